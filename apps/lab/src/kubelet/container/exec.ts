/** Run a command inside a running container: in all of its namespaces, with its environment. */
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { LabError } from '../../errors.ts';
import { runEnvironment, type ContainerRun } from './runner.ts';

export interface ExecOptions {
  readonly stdio: StdioOptions;
  /** make standard input the command's controlling terminal */
  readonly terminal?: boolean;
}

/**
 * Start a command in a container.
 *
 * @throws {LabError} LAB_POD when the container does not run (any more)
 */
export function spawnInRun(run: ContainerRun, command: readonly string[], options: ExecOptions): ChildProcess {
  const pid = run.mainPid;
  if (pid === undefined) throw new LabError('LAB_POD', 'container not running');
  if (command.length === 0) throw new LabError('LAB_POD', 'no command to run');
  const terminal = options.terminal === true ? ['setsid', '--ctty', '--wait', '--'] : [];
  const enter = ['nsenter', '--target', String(pid), '--mount', '--root', '--uts', '--pid', '--net', `--wd=${run.spec.workingDir}`, '--'];
  const [program = '', ...args] = [...terminal, ...enter, ...command];
  return spawn(program, args, {
    stdio: options.stdio,
    env: { ...runEnvironment(run.spec.environment), ...(options.terminal === true && { TERM: 'xterm' }) },
  });
}

/** Run a command to its end and collect what it says, for probes. */
export async function execInRun(
  run: ContainerRun,
  command: readonly string[],
  timeoutMs: number,
): Promise<{ code: number; output: string }> {
  const child = spawnInRun(run, command, { stdio: ['ignore', 'pipe', 'pipe'] });
  const { promise, resolve } = Promise.withResolvers<{ code: number; output: string }>();
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      if (output.length < 10_000) output += chunk;
    });
  }
  const timer = setTimeout(() => {
    child.kill('SIGKILL');
    resolve({ code: 124, output: `command timed out after ${timeoutMs} ms` });
  }, timeoutMs);
  child.once('error', (error) => resolve({ code: 126, output: error.message }));
  child.once('close', (code) => resolve({ code: code ?? 137, output }));
  const result = await promise;
  clearTimeout(timer);
  return result;
}
