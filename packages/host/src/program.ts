/** Programs of the host that do what no library of ours does. */
import { spawn } from 'node:child_process';
import { HostError } from './errors.ts';
import { inNetns, type Netns } from './netns/netns.ts';

export interface ProgramCall {
  readonly program: string;
  /** Where it comes from, for the message when it is missing. */
  readonly debianPackage: string;
  readonly args: readonly string[];
  /** For its standard input. */
  readonly input?: string;
  readonly ns: Netns | undefined;
}

export interface ProgramResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const TIMEOUT_MS = 10_000;
/** A table of nft with 10,000 elements is 600 kB of text. */
const MAX_OUTPUT_BYTES = 1 << 26;

/**
 * Run one to its end, whatever its exit status is.
 * @throws {HostError} HOST_NOT_FOUND when it is not installed; HOST_TIMEOUT
 */
export async function runProgram({ program, debianPackage, args, input = '', ns }: ProgramCall): Promise<ProgramResult> {
  // the child is forked by this thread, so it inherits the namespace that the thread is in
  const child = inNetns(ns, () =>
    spawn(program, args, {
      stdio: 'pipe',
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
      env: { PATH: '/usr/sbin:/sbin:/usr/bin:/bin', LC_ALL: 'C' },
    }),
  );
  const output = collect(child.stdout);
  const complaint = collect(child.stderr);
  // it may leave without reading its input; the exit status tells why
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const status = await new Promise<{ code: number | null; error?: Error }>((resolve) => {
    child.on('error', (error) => resolve({ code: null, error }));
    child.on('close', (code) => resolve({ code }));
  });
  if (status.error !== undefined)
    throw new HostError('HOST_NOT_FOUND', program, `cannot be started; install the package "${debianPackage}"`, { cause: status.error });
  if (status.code === null) throw new HostError('HOST_TIMEOUT', program, `did not end within ${TIMEOUT_MS} ms`);
  return { code: status.code, stdout: output(), stderr: complaint() };
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
