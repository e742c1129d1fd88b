/**
 * Starts the processes of a lab, watches them, and starts them again when they end.
 *
 * Every process is a session of its own (so that Ctrl-C at a terminal reaches the supervisor alone), carries the
 * lab's marker in its environment, writes to a log file, and is recorded in the manifest.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from '../errors.ts';
import { MARKER, type Layout } from './layout.ts';
import { record } from './manifest.ts';
import { startTicks } from './proc.ts';
import { inNamespace } from './tool.ts';
import { pause, waitFor } from './wait.ts';

export interface ProcessSpec {
  /** unique in the lab; also the name of the log file */
  readonly id: string;
  readonly argv: readonly string[];
  /** network namespace by name; the root namespace when absent */
  readonly namespace?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** true as soon as the process does its job; asked again and again */
  readonly ready?: () => boolean | Promise<boolean>;
  /** default 20 000 ms */
  readonly readyTimeoutMs?: number;
}

export interface ProcessState {
  readonly id: string;
  readonly pid: number | undefined;
  readonly restarts: number;
  readonly lastExit: string | undefined;
}

interface Entry {
  readonly spec: ProcessSpec;
  child: ChildProcess | undefined;
  restarts: number;
  lastExit: string | undefined;
  timer: NodeJS.Timeout | undefined;
}

const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 5000;

export interface SupervisorOptions {
  readonly layout: Layout;
  readonly signal?: AbortSignal;
  /** told of every end of a process that nobody asked for */
  readonly onExit?: (id: string, reason: string, restartInMs: number) => void;
}

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #entries = new Map<string, Entry>();
  #isStopping = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    mkdirSync(options.layout.logDir, { recursive: true, mode: 0o700 });
  }

  /**
   * Start a process and wait until it is ready.
   *
   * @throws {LabError} LAB_PROCESS_FAILED with the end of its log when it ends first or is not ready in time
   */
  async start(spec: ProcessSpec): Promise<void> {
    if (this.#entries.has(spec.id)) throw new Error(`bug: process ${spec.id} started twice`);
    const entry: Entry = { spec, child: undefined, restarts: 0, lastExit: undefined, timer: undefined };
    this.#entries.set(spec.id, entry);
    this.#spawn(entry);
    const { ready } = spec;
    if (ready === undefined) return;
    try {
      await waitFor(
        `${spec.id} ready`,
        async () => {
          if (entry.lastExit !== undefined)
            throw new LabError('LAB_PROCESS_FAILED', `${spec.id} ended (${entry.lastExit}) before it was ready`);
          return ready();
        },
        { timeoutMs: spec.readyTimeoutMs ?? 20_000, intervalMs: 20, ...(this.#options.signal && { signal: this.#options.signal }) },
      );
    } catch (cause) {
      if (cause instanceof LabError && cause.code === 'LAB_CANCELLED') throw cause;
      throw new LabError(
        'LAB_PROCESS_FAILED',
        `${spec.id} did not become ready; end of ${this.logFile(spec.id)}:\n${this.logTail(spec.id)}`,
        { cause },
      );
    }
  }

  logFile(id: string): string {
    return join(this.#options.layout.logDir, `${id}.log`);
  }

  /** The last lines of a process's log. */
  logTail(id: string, lines = 12): string {
    try {
      return readFileSync(this.logFile(id), 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
    } catch {
      return '(no log)';
    }
  }

  states(): readonly ProcessState[] {
    return [...this.#entries.values()].map(({ spec, child, restarts, lastExit }) => ({ id: spec.id, pid: child?.pid, restarts, lastExit }));
  }

  pid(id: string): number | undefined {
    return this.#entries.get(id)?.child?.pid;
  }

  /** End one process for good: SIGTERM, then SIGKILL after the grace time. It is not started again. */
  async stop(id: string, graceMs = 5000): Promise<void> {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#entries.delete(id);
    clearTimeout(entry.timer);
    const { child } = entry;
    if (child === undefined) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await Promise.race([ended, pause(graceMs)]);
    child.kill('SIGKILL');
  }

  /**
   * Kill one process for good, without a chance to say goodbye.
   * @returns for `start` to start it again
   */
  async kill(id: string): Promise<ProcessSpec | undefined> {
    const entry = this.#entries.get(id);
    this.#entries.delete(id);
    clearTimeout(entry?.timer);
    if (entry?.child === undefined) return entry?.spec;
    const ended = new Promise((resolve) => entry.child?.once('exit', resolve));
    entry.child.kill('SIGKILL');
    await ended;
    return entry.spec;
  }

  /** From now on nothing is started again; the processes themselves are ended by `tearDown`. */
  release(): void {
    this.#isStopping = true;
    for (const entry of this.#entries.values()) clearTimeout(entry.timer);
  }

  #spawn(entry: Entry): void {
    const { spec } = entry;
    const { layout } = this.#options;
    const [program, ...args] = inNamespace(spec.namespace, spec.argv);
    if (program === undefined) throw new Error(`bug: process ${spec.id} without a program`);
    const log = openSync(this.logFile(spec.id), 'a', 0o600);
    const child = spawn(program, args, {
      cwd: layout.dir,
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...process.env, ...spec.env, [MARKER]: layout.dir },
    });
    closeSync(log);
    entry.child = child;
    if (child.pid !== undefined) {
      const identity = { pid: child.pid, startTicks: startTicks(child.pid) ?? '' };
      record(layout.manifest, {
        kind: 'process',
        id: spec.id,
        ...(spec.namespace !== undefined && { namespace: spec.namespace }),
        argv: spec.argv,
        ...identity,
      });
    }
    child.once('error', (error) => this.#ended(entry, error.message));
    child.once('exit', (code, signal) => this.#ended(entry, code === null ? `signal ${signal}` : `exit code ${code}`));
  }

  #ended(entry: Entry, reason: string): void {
    entry.child = undefined;
    entry.lastExit = reason;
    if (this.#isStopping || this.#entries.get(entry.spec.id) !== entry) return;
    const delayMs = Math.min(FIRST_DELAY_MS * 2 ** Math.min(entry.restarts, 10), MAX_DELAY_MS);
    entry.restarts += 1;
    this.#options.onExit?.(entry.spec.id, reason, delayMs);
    entry.timer = setTimeout(() => this.#spawn(entry), delayMs);
  }
}
