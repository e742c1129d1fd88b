/** `ko log`: what the programs of the network have said. */
import { pipeline } from 'node:stream/promises';
import { Argument, type Command } from 'commander';
import { type Context, say } from '../cli/context.ts';
import { countFlag } from '../cli/flags.ts';
import { inForm, type Output, outputOption } from '../cli/output.ts';
import { KoError } from '../errors.ts';
import { LabelLines } from '../log/label.ts';
import { selectLogs } from '../log/select.ts';
import type { LogSource } from '../site/cluster.ts';
import { eachNode } from '../site/each-node.ts';
import { Kept } from '../site/place.ts';
import { type LogPart, logParts } from '../site/site.ts';

interface LogFlags {
  readonly node?: string;
  readonly lines: number;
  readonly follow?: boolean;
  readonly previous?: boolean;
  readonly output: Output;
}

const EXAMPLES = `
ovs-ovn is Open vSwitch with the ovn-controller of a node; ovn-central the databases with ovn-northd.
examples:
  ko log
  ko log ovs-ovn daemon --node node1 --lines 20
  ko log controller --follow`;

export function logCommand(program: Command, context: () => Context): void {
  program
    .command('log')
    .description('what the programs of the network have said, by part and node')
    .addArgument(new Argument('[parts...]', 'only these').choices(logParts))
    .option('--node <name>', 'of this node alone')
    .option('--lines <number>', 'the last so many of each', countFlag, 100)
    .option('-f, --follow', 'go on with what they say from now on, until Ctrl-C')
    .option('--previous', 'of the run before this one, of programs in pods')
    .addOption(outputOption())
    .addHelpText('after', EXAMPLES)
    .action((parts: readonly LogPart[], flags: LogFlags) => log(context(), parts, flags));
}

async function log(context: Context, parts: readonly LogPart[], { node, output, ...flags }: LogFlags): Promise<void> {
  const sources = selectLogs(await context.cluster.logs(), { parts, node });
  const wish = { lines: flags.lines, follow: flags.follow === true, previous: flags.previous === true, signal: context.terminal.signal };
  if (wish.follow && output !== 'text')
    throw new KoError('KO_USAGE', `--follow has no end, and -o ${output} is one document: leave one out`);
  if (wish.follow) {
    await Promise.all(sources.map((source) => printLabelled(context, source, wish)));
    return;
  }
  if (output === 'text') {
    for (const source of sources) await printLabelled(context, source, wish);
    return;
  }
  const indexes = sources.map((_, i) => String(i));
  const logs = await eachNode(indexes, (i) => readLog(sources[Number(i)] as LogSource, wish));
  say(
    context,
    inForm(output, { logs }, () => ''),
  );
  if (logs.some(({ failed }) => failed !== undefined)) context.exitWith(3);
}

type Wish = Parameters<LogSource['print']>[1];

/** One that can not be read does not keep the others. */
async function printLabelled(context: Context, source: LogSource, wish: Wish): Promise<void> {
  const { stdout, stderr } = context.terminal;
  const label = new LabelLines(`${source.node === undefined ? '' : `${source.node} `}${source.program} | `);
  const printed = pipeline(label, stdout, { end: false });
  try {
    await source.print(label, wish);
  } catch (error) {
    stderr.write(`ko: ${error instanceof Error ? error.message : String(error)}\n`);
    context.exitWith(3);
  }
  label.end();
  await printed;
}

interface Log extends Pick<LogSource, 'part' | 'program' | 'node' | 'name'> {
  readonly lines: readonly string[];
  readonly failed?: string;
}

async function readLog(source: LogSource, wish: Wish): Promise<Log> {
  const { part, program, node, name } = source;
  const text = new Kept();
  const failed = await source.print(text, wish).then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  const lines = text.text().split('\n').slice(0, -1);
  return { part, program, node, name, lines, ...(failed === undefined ? {} : { failed }) };
}
