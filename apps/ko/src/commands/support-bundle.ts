/** `ko support-bundle`: one file with what somebody needs who was not there. */
import { type FileHandle, open, rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { type Command, InvalidArgumentError } from 'commander';
import { bundle } from '../bundle/bundle.ts';
import { tar } from '../bundle/tar.ts';
import { type Context, say } from '../cli/context.ts';
import { countFlag, minutesFlag } from '../cli/flags.ts';
import { inForm, type Output, outputOption } from '../cli/output.ts';
import { KoError } from '../errors.ts';
import { fillBundle } from '../read/support.ts';

interface SupportFlags {
  readonly file: string;
  readonly lines: number;
  readonly since: number;
  readonly maxSize: number;
  readonly output: Output;
}

const MIB = 1024 * 1024;
const NOTES = `
INDEX.md in it says what is in it, and what is not and why. Secrets are not read; in objects, logs and what programs print, passwords,
tokens and keys are replaced by REDACTED, and so are commands and variables of containers outside the system's namespace. Names,
labels and addresses stay: read it before you give it away.
examples:
  ko support-bundle
  ko support-bundle node1 node2 --lines 10000 --max-size 200`;

export function supportBundleCommand(program: Command, context: () => Context): void {
  const stamp = new Date().toISOString().replace(/\..*/, '').replaceAll(/[:-]/g, '');
  program
    .command('support-bundle')
    .description('one file with a diagnosis, objects, databases of OVN, logs, flows and the state of nodes; without secrets')
    .argument('[nodes...]', 'state and logs of these alone')
    .option('--file <file>', 'a new file', `ko-support-${stamp}.tar.gz`)
    .option('--lines <number>', 'the last so many of each log', countFlag, 5000)
    .option('--since <minutes>', 'warnings of so long ago', minutesFlag, minutesFlag('60'))
    .option('--max-size <MiB>', 'of all together, before it is compressed', mebibytes, 100)
    .addOption(outputOption())
    .addHelpText('after', NOTES)
    .action((nodes: readonly string[], flags: SupportFlags) => supportBundle(context(), nodes, flags));
}

function mebibytes(text: string): number {
  const size = Number(text);
  if (!/^\d+$/.test(text) || size < 1 || size > 1024) throw new InvalidArgumentError('Want MiB, 1 to 1024.');
  return size;
}

async function supportBundle(context: Context, nodes: readonly string[], flags: SupportFlags): Promise<void> {
  const { file } = flags;
  // before anything is asked: a file that is there already is not written over
  const out = await open(file, 'wx', 0o600).catch((error: unknown) => {
    throw new KoError('KO_BAD_FILE', error instanceof Error ? error.message : String(error), { cause: error });
  });
  try {
    await pack(context, nodes, { ...flags, out });
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  } finally {
    await out.close();
  }
}

async function pack(context: Context, nodes: readonly string[], flags: SupportFlags & { readonly out: FileHandle }): Promise<void> {
  const { out, file, lines, since, maxSize, output } = flags;
  const now = new Date();
  const totalBytes = maxSize * MIB;
  // one log or database shall not take the room of all others
  const made = bundle({ totalBytes, fileBytes: Math.ceil(totalBytes / 4) });
  await fillBundle(made, context, { nodes: nodes.length === 0 ? undefined : nodes, lines, sinceMs: now.getTime() - since });
  if (context.terminal.signal.aborted) throw new KoError('KO_UNREACHABLE', 'stopped; nothing is written');
  const { files, index } = made.finish(now);
  const folder = `ko-support-${now.toISOString().slice(0, 10)}`;
  const archive = tar(
    files.map(({ path, content }) => ({ path: `${folder}/${path}`, content })),
    now,
  );
  const packed = await promisify(gzip)(archive);
  await out.writeFile(packed);
  const missing = index.missing.map(({ path, note = '' }) => `missing: ${path}: ${note}`);
  say(
    context,
    inForm(output, { file, packedBytes: packed.length, ...index }, () =>
      [
        ...missing,
        `${file}: ${packed.length} bytes, ${index.entries.length} files, ${index.missing.length} missing; INDEX.md in it lists them`,
      ].join('\n'),
    ),
  );
}
