/** `ko env-check`: do the nodes have what the network needs? */
import type { Command } from 'commander';
import { type Context, say } from '../cli/context.ts';
import { inForm, type Output, outputOption } from '../cli/output.ts';
import { checkEnvironment } from '../environment/check.ts';
import { printEnvironment } from '../environment/print.ts';
import { readEnvironment } from '../read/environment.ts';

export function envCheckCommand(program: Command, context: () => Context): void {
  program
    .command('env-check')
    .description('whether nodes have what the network needs: programs and versions, datapath, tunnels and their MTU, kernel, DPDK, clock')
    .argument('[nodes...]', 'only these')
    .addOption(outputOption())
    .addHelpText('after', '\nexit code: 1 when there are errors or warnings; notes are good to know, and no more')
    .action((nodes: readonly string[], { output }: { readonly output: Output }) => envCheck(context(), nodes, output));
}

async function envCheck(context: Context, names: readonly string[], output: Output): Promise<void> {
  const facts = await readEnvironment(context.cluster, names.length === 0 ? undefined : names);
  const findings = checkEnvironment(facts);
  const nodes = facts.nodes.map(({ node }) => node);
  say(
    context,
    inForm(output, { nodes, findings }, () => printEnvironment(nodes, findings)),
  );
  context.exitWith(findings.some(({ severity }) => severity !== 'note') ? 1 : 0);
}
