/** The agent as text, for `node --input-type=module -e`. */
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import type { Order } from './agent.ts';

/** Variable in which a container has it. */
export const AGENT_VARIABLE = 'KO_AGENT';

/** What comes after the agent: it is called with one order, as JSON, and writes what it finds to standard output. */
const CALL = `
const order = JSON.parse(process.argv[1]);
if (order.do === 'serve') await serve(order.port, order.name);
else process.stdout.write(JSON.stringify(await carryOut(order)), () => process.exit(0));
`;

/** What runs when the text is given to Node: its first argument is an {@link Order}. */
export function agentSource(): string {
  const isSource = import.meta.url.endsWith('.ts');
  const text = readFileSync(new URL(isSource ? './agent.ts' : './agent.js', import.meta.url), 'utf8');
  return `${isSource ? stripTypeScriptTypes(text) : text}${CALL}`;
}

/** In a container that has the agent in its environment. */
export function agentArgv(order: Order): readonly string[] {
  return ['sh', '-c', `exec node --input-type=module -e "$${AGENT_VARIABLE}" "$1"`, 'ko', JSON.stringify(order)];
}
