/** Run a tool to its end, by argument list, with a bound on its time and output. */
import { spawn } from 'node:child_process';
import { LabError } from '../errors.ts';

export interface ToolOptions {
  /** default 20 000 ms; OVS tools wait for ever when the daemon they ask is stopped */
  readonly timeoutMs?: number;
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** exit codes that count as success; default only 0 */
  readonly accept?: readonly number[];
}

export interface ToolResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

const MAX_OUTPUT = 4 << 20;

/**
 * Run a program and collect its output.
 *
 * @throws {LabError} LAB_TOOL_FAILED with program, arguments, exit code and the last of stderr
 */
export async function runTool(argv: readonly string[], options: ToolOptions = {}): Promise<ToolResult> {
  const [program, ...args] = argv;
  if (program === undefined) throw new Error('bug: runTool without a program');
  const { promise, resolve, reject } = Promise.withResolvers<ToolResult>();
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...options.env } });
  const output = { stdout: '', stderr: '' };
  const timeoutMs = options.timeoutMs ?? 20_000;
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    child.kill('SIGKILL');
  }, timeoutMs);
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (chunk: string) => {
      if (output[stream].length < MAX_OUTPUT) output[stream] += chunk;
    });
  }
  // A tool may end without reading its input; its exit code says whether that matters.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  child.on('error', (cause: NodeJS.ErrnoException) => {
    clearTimeout(timer);
    const missing = cause.code === 'ENOENT';
    reject(new LabError(missing ? 'LAB_MISSING_PROGRAM' : 'LAB_TOOL_FAILED', `can't run ${program}`, { cause }));
  });
  child.on('close', (code, signal) => {
    clearTimeout(timer);
    if (code !== null && (options.accept ?? [0]).includes(code)) return resolve({ ...output, code });
    const reason = isLate ? `no end within ${timeoutMs} ms` : code === null ? `ended by ${signal}` : `exit code ${code}`;
    const said = output.stderr.trim().split('\n').slice(-3).join(' | ');
    reject(new LabError('LAB_TOOL_FAILED', `${argv.join(' ')}: ${reason}${said === '' ? '' : `: ${said}`}`, { details: { code, signal } }));
  });
  return promise;
}

/** argv that runs a program inside a named network namespace, in the caller's mount namespace. */
export function inNamespace(namespace: string | undefined, argv: readonly string[]): readonly string[] {
  // `ip netns exec` would give the program a mount namespace of its own, where mounts that it makes
  // (a pod's network namespace is one) are seen by nobody else. nsenter changes the network namespace alone.
  return namespace === undefined ? argv : ['nsenter', `--net=/run/netns/${namespace}`, '--', ...argv];
}

/** Run one batch of `ip` commands, all or an error that names the line; in a namespace or in the root. */
export async function ipBatch(namespace: string | undefined, lines: readonly string[]): Promise<void> {
  const argv = inNamespace(namespace, ['ip', '-batch', '-']);
  try {
    await runTool(argv, { input: `${lines.join('\n')}\n` });
  } catch (cause) {
    throw new LabError('LAB_TOOL_FAILED', `ip batch${namespace === undefined ? '' : ` in ${namespace}`} [${lines.join('; ')}]`, { cause });
  }
}
