/** `ko top`: the busiest pods. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Context, say } from '../cli/context.ts';
import { secondsFlag } from '../cli/flags.ts';
import { inForm, type Output, outputOption } from '../cli/output.ts';
import { readTop } from '../read/top.ts';
import { busiest, type Measure, printTop } from '../top/top.ts';

interface TopFlags {
  readonly interval: number;
  readonly by: Measure;
  readonly limit: number;
  readonly namespace?: string;
  readonly output: Output;
}

const NOTES = `
What Open vSwitch counts at the node's end of each interface; what policies drop is not among its drops.
examples:
  ko top --by drops
  ko top node1 -n shop --interval 10`;

export function topCommand(program: Command, context: () => Context): void {
  program
    .command('top')
    .description('the busiest pods over some seconds, by what Open vSwitch counts on each node')
    .argument('[nodes...]', 'only of these')
    .option('--interval <seconds>', 'time between the two looks', secondsFlag, secondsFlag('5'))
    .addOption(new Option('--by <measure>', 'what makes busy').choices(['bytes', 'packets', 'drops']).default('bytes'))
    .option('--limit <number>', 'so many pods', positive, 10)
    .option('-n, --namespace <name>', 'pods of this namespace alone')
    .addOption(outputOption())
    .addHelpText('after', NOTES)
    .action((nodes: readonly string[], flags: TopFlags) => top(context(), nodes, flags));
}

async function top(context: Context, names: readonly string[], { interval, by, limit, namespace, output }: TopFlags): Promise<void> {
  const nodes = names.length === 0 ? await context.cluster.nodes() : names;
  const { all, unseen } = await readTop(context.cluster, nodes, interval);
  const asked = namespace === undefined ? all : all.filter(({ pod }) => pod.startsWith(`${namespace}/`));
  const pods = busiest(asked, by, limit);
  say(
    context,
    inForm(output, { pods, unseen }, () => [printTop(pods), ...unseen.map((reason) => `not seen: ${reason}`)].join('\n')),
  );
  // nobody was seen: that is no answer
  if (unseen.length === nodes.length && nodes.length > 0) context.exitWith(3);
}

function positive(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('Want a number from 1.');
  return Number(text);
}
