/** `ko why`: does this reach that, and which object decides? */
import { lookup } from 'node:dns/promises';
import type { Command } from 'commander';
import { type Context, say } from '../cli/context.ts';
import { inForm, type Output, outputOption } from '../cli/output.ts';
import { readEvidence } from '../read/why-evidence.ts';
import { readWorld } from '../read/why-world.ts';
import { type Answer, connectionsOf, type End, printAnswer, type Question, readEnd, readPort, why } from '@kube-ovn/insight';

const EXAMPLES = `
exit code: 0 when it reaches, 1 when it does not, or not surely, or not by every endpoint of a service

examples:
  ko why shop/web-0 shop/db-0 5432
  ko why shop/web-0 svc/shop/db 5432         or db.shop.svc.cluster.local
  ko why node/node1 10.16.0.9 icmp
  ko why 203.0.113.9 node/node1 30080         a client outside, at a NodePort
  ko why shop/web-0 example.org 443`;

export function whyCommand(program: Command, context: () => Context): void {
  program
    .command('why')
    .description('does this reach that, and if not, which object decides')
    .argument('<from>', 'NAMESPACE/POD, node/NAME, or an address: one of the outside too')
    .argument('<to>', 'NAMESPACE/POD, svc/NAMESPACE/NAME, node/NAME, an address or a name of DNS')
    .argument('[port]', '80, udp/53, or icmp, which is the default')
    .addOption(outputOption())
    .option('--json', 'the same as -o json')
    .addHelpText('after', EXAMPLES)
    .action(function (this: Command, from: string, to: string, port: string | undefined) {
      const { output, json = false } = this.opts<{ readonly output: Output; readonly json?: boolean }>();
      return answer(context(), { from, to, port, output: json ? 'json' : output });
    });
}

interface Asked {
  readonly from: string;
  readonly to: string;
  readonly port: string | undefined;
  readonly output: Output;
}

async function answer(context: Context, { from, to, port, output }: Asked): Promise<void> {
  const question = { from: readEnd(from), to: await resolved(readEnd(to)), ...readPort(port) };
  const unseen: string[] = [];
  const whole = { ...(await judge(context, question, (reason) => unseen.push(reason))), unseen };
  say(
    context,
    inForm(output, whole, () => printAnswer(whole)),
  );
  context.exitWith(whole.reaches === 'all' ? 0 : 1);
}

/** First by what is known of everything; what is not surely in the way then is looked for at the ends themselves. */
async function judge({ cluster }: Context, question: Question, unseen: (reason: string) => void): Promise<Answer> {
  const world = await readWorld(cluster, unseen);
  const first = why(question, world);
  if (first.reaches === 'none') return first;
  const evidence = await readEvidence(cluster, { connections: connectionsOf(question, world), world }, unseen);
  return why(question, { ...world, evidence });
}

/** A name of the outside is what this machine takes it for. */
async function resolved(end: End): Promise<End> {
  if (end.kind !== 'name') return end;
  const found = await lookup(end.name).catch(() => undefined);
  return found === undefined ? end : { kind: 'address', address: found.address };
}
