/** `ko drops`: which policy drops what, of which pods. */
import { resources } from '@kube-ovn/api';
import type { Command } from 'commander';
import { type Context, say } from '../cli/context.ts';
import { countFlag } from '../cli/flags.ts';
import { inForm, type Output, outputOption } from '../cli/output.ts';
import { readAclRecord } from '../drops/acl-log.ts';
import { decisions, printDecisions } from '../drops/drops.ts';
import { selectLogs } from '../log/select.ts';
import { eachNode } from '../site/each-node.ts';
import { Kept } from '../site/place.ts';

interface DropsFlags {
  readonly node?: string;
  readonly lines: number;
  readonly allowed?: boolean;
  readonly output: Output;
}

const NOTES = `
Of policies with the annotation ovn.kubernetes.io/enable_log: "true" alone, and no more records than their meter lets through. An address is
named after who has it now.
exit code: 3 when the log of a node can not be read
examples:
  ko drops
  ko drops --node node1 --allowed -o json`;

export function dropsCommand(program: Command, context: () => Context): void {
  program
    .command('drops')
    .description('what policies with a log have dropped: by policy, rule and pods, from the logs of ovn-controller')
    .option('--node <name>', 'of this node alone')
    .option('--lines <number>', 'of the last so many lines of each log', countFlag, 10_000)
    .option('--allowed', 'also what they have allowed and told')
    .addOption(outputOption())
    .addHelpText('after', NOTES)
    .action((flags: DropsFlags) => drops(context(), flags));
}

async function drops(context: Context, { node, lines, allowed = false, output }: DropsFlags): Promise<void> {
  const sources = selectLogs(await context.cluster.logs(), { parts: ['ovs-ovn'], node });
  const logs = await eachNode(
    sources.map((_, i) => String(i)),
    async (i) => {
      const text = new Kept();
      const source = sources[Number(i)];
      try {
        await source?.print(text, { lines, follow: false, previous: false });
        return { text: text.text(), failed: undefined };
      } catch (error) {
        return { text: '', failed: `${source?.name ?? ''}: ${error instanceof Error ? error.message : String(error)}` };
      }
    },
  );
  const records = logs
    .flatMap(({ text }) => text.split('\n'))
    .flatMap((line) => readAclRecord(line) ?? [])
    .filter(({ verdict }) => allowed || verdict !== 'allow');
  const found = decisions(records, await addressNames(context));
  const unread = logs.flatMap(({ failed }) => failed ?? []);
  say(
    context,
    inForm(output, { decisions: found, unread }, () =>
      [printDecisions(found), ...unread.map((reason) => `not read: ${reason}`)].join('\n'),
    ),
  );
  if (unread.length > 0) context.exitWith(3);
}

/** Whose an address is now. */
async function addressNames({ client }: Context): Promise<(address: string) => string> {
  const [pods, nodes] = await Promise.all([client.list(resources.pod), client.list(resources.node)]);
  const names = new Map([
    ...nodes.items.flatMap(({ metadata, status }) =>
      (status?.addresses ?? []).map(({ address }) => [address, `node ${metadata.name}`] as const),
    ),
    ...pods.items
      .filter(({ status }) => status?.hostIP !== status?.podIP)
      .flatMap(({ metadata, status }) =>
        (status?.podIPs ?? []).map(({ ip }) => [ip, `pod ${metadata.namespace ?? ''}/${metadata.name}`] as const),
      ),
  ]);
  return (address) => names.get(address) ?? address;
}
