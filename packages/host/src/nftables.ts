import { spawn } from 'node:child_process';
import { HostError } from './errors.ts';
import { inNetns, type Netns } from './netns/netns.ts';

const TIMEOUT_MS = 10_000;
/** A table with 10,000 elements is 600 kB of text. */
const MAX_OUTPUT_BYTES = 1 << 26;

/**
 * Run an nft script: all of it or nothing takes effect, in one kernel transaction.
 *
 * To replace a whole table without a gap, begin the script with `table inet NAME {}` and `delete table inet NAME`.
 * @param script nft(8) syntax, passed on standard input
 * @throws {HostError} HOST_REFUSED with nft's first line of complaint; HOST_NOT_FOUND when nft is not installed; HOST_TIMEOUT
 */
export async function applyNftables(script: string, ns?: Netns): Promise<void> {
  await nft(['-f', '-'], script, ns);
}

/**
 * A table as nft prints it, or undefined when it does not exist.
 * @param table `inet kube-ovn`
 */
export async function readNftTable(table: { readonly family: string; readonly name: string }, ns?: Netns): Promise<string | undefined> {
  try {
    return await nft(['list', 'table', table.family, table.name], '', ns);
  } catch (error) {
    if (error instanceof HostError && error.code === 'HOST_REFUSED' && error.message.includes('No such file or directory'))
      return undefined;
    throw error;
  }
}

async function nft(args: readonly string[], input: string, ns: Netns | undefined): Promise<string> {
  // the child is forked by this thread, so it inherits the namespace that the thread is in
  const child = inNetns(ns, () =>
    spawn('nft', args, {
      stdio: 'pipe',
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
      env: { PATH: '/usr/sbin:/sbin:/usr/bin:/bin', LC_ALL: 'C' },
    }),
  );
  const output = collect(child.stdout);
  const complaint = collect(child.stderr);
  // nft may leave without reading its input; the exit status tells why
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const status = await new Promise<{ code: number | null; signal: NodeJS.Signals | null; error?: Error }>((resolve) => {
    child.on('error', (error) => resolve({ code: null, signal: null, error }));
    child.on('close', (code, signal) => resolve({ code, signal }));
  });
  if (status.code === 0) return output();
  if (status.error !== undefined)
    throw new HostError('HOST_NOT_FOUND', 'nft', 'cannot be started; install the package "nftables"', { cause: status.error });
  if (status.signal !== null) throw new HostError('HOST_TIMEOUT', 'nft', `did not end within ${TIMEOUT_MS} ms`);
  throw new HostError('HOST_REFUSED', 'nft script', complaint().split('\n').slice(0, 3).join(' / '));
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= MAX_OUTPUT_BYTES) chunks.push(chunk);
  });
  return () => Buffer.concat(chunks).toString('utf8');
}
