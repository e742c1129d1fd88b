/**
 * One run of a container: a process in the pod's network namespace, with mount, UTS and PID namespaces of its own.
 *
 * ```
 *   nsenter (network) → unshare (mount, UTS, PID) → init.sh → the command, as process 1
 * ```
 * All of it has one pid outside; when that ends, the kernel ends everything in the PID namespace.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as setTimeoutAsync } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { childPids } from '../../infra/proc.ts';
import { MARKER } from '../../infra/layout.ts';
import { LogFile } from './log-file.ts';
import { containerPropagation } from './propagation.ts';

export interface RunSpec {
  readonly containerId: string;
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDir: string;
  readonly hostname: string;
  /** path of the pod's network namespace; undefined for the node's own */
  readonly netns: string | undefined;
  readonly hostsFile: string;
  readonly resolvConf: string;
  /** folders of the node and where they are seen inside, in pairs */
  readonly mounts: readonly (readonly [string, string])[];
  readonly logFile: string;
}

export interface Exit {
  readonly exitCode: number;
  readonly signal?: number;
  /** set when the command could not be started */
  readonly message?: string;
}

/** Signal numbers that matter for exit codes: signal(7). */
const SIGNALS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGTERM: 15,
};

const INIT = fileURLToPath(new URL('./init.sh', import.meta.url));

export class ContainerRun {
  readonly spec: RunSpec;
  /** settles when everything of the run has ended */
  readonly ended: Promise<Exit>;
  readonly #child: ChildProcess;
  #isOver = false;
  #killTimer: NodeJS.Timeout | undefined;

  constructor(spec: RunSpec) {
    this.spec = spec;
    const log = new LogFile(spec.logFile);
    const [program = '', ...args] = runCommandLine(spec);
    this.#child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true, env: runEnvironment(spec.environment) });
    if (this.#child.stdout) log.follow('stdout', this.#child.stdout);
    if (this.#child.stderr) log.follow('stderr', this.#child.stderr);
    const { promise, resolve } = Promise.withResolvers<Exit>();
    this.#child.once('error', (error) => resolve({ exitCode: 128, message: error.message }));
    this.#child.once('close', (code, signal) =>
      resolve(
        signal === null
          ? { exitCode: code ?? 255, ...(code !== null && code > 128 && { signal: code - 128 }) }
          : { exitCode: 128 + (SIGNALS[signal] ?? 0), signal: SIGNALS[signal] ?? 0 },
      ),
    );
    this.ended = promise.then((exit) => {
      this.#isOver = true;
      clearTimeout(this.#killTimer);
      log.close();
      return exit;
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Pid, seen from outside, of the container's process 1; undefined before it is there and after it has gone. */
  get mainPid(): number | undefined {
    return this.#child.pid === undefined ? undefined : childPids(this.#child.pid)[0];
  }

  /** Settles when process 1 is there, or the run is over already. */
  async started(): Promise<void> {
    while (!this.#isOver && this.mainPid === undefined) await setTimeoutAsync(3);
  }

  /** SIGTERM to process 1 now and SIGKILL to everything after the grace time; called again, the shorter grace holds. */
  stop(graceMs: number): void {
    if (this.#isOver) return;
    if (graceMs <= 0) return this.#kill();
    this.#signalMain('SIGTERM');
    clearTimeout(this.#killTimer);
    this.#killTimer = setTimeout(() => this.#kill(), graceMs);
  }

  #kill(): void {
    // Process 1's death is the namespace's; unshare then ends with its code. Without one, end unshare itself.
    if (!this.#signalMain('SIGKILL')) this.#child.kill('SIGKILL');
  }

  #signalMain(signal: NodeJS.Signals): boolean {
    const pid = this.mainPid;
    if (pid === undefined) return false;
    try {
      return process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
      throw error;
    }
  }
}

function runCommandLine(spec: RunSpec): readonly string[] {
  const enter = spec.netns === undefined ? [] : ['nsenter', `--net=${spec.netns}`, '--'];
  const unshare = [
    'unshare',
    '--mount',
    '--propagation',
    containerPropagation(),
    '--uts',
    '--pid',
    '--fork',
    '--kill-child',
    '--mount-proc',
  ];
  return [
    ...enter,
    ...unshare,
    '--',
    'sh',
    INIT,
    spec.hostname,
    spec.hostsFile,
    spec.resolvConf,
    spec.workingDir,
    String(spec.mounts.length),
    ...spec.mounts.flat(),
    ...spec.argv,
  ];
}

/** A container's environment: its own variables over the least that programs expect, and the lab's marker. */
export function runEnvironment(own: Readonly<Record<string, string>>): Record<string, string> {
  const { PATH = '', [MARKER]: marker } = process.env;
  return { PATH, HOME: '/root', ...own, ...(marker !== undefined && { [MARKER]: marker }) };
}
