/**
 * BIRD as a process: its files, its start, and its end.
 *
 * A BIRD that runs already with our socket is taken over: it announced while the speaker was away, and its sessions go on. One that ends is
 * started again with the files as they are, in recovery: peers then know that it was there before (RFC 4724).
 */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sleep, type Scheduler } from '@kube-ovn/dataflow';
import { BirdError } from '../errors.ts';
import type { BirdFiles } from '../features/configuration/configuration.formula.ts';
import { openControl, type BirdControl } from './control.ts';
import { isRefusal, replyText, type Reply } from './reply.ts';

export interface BirdOptions {
  readonly program: string;
  readonly dir: string;
  readonly scheduler: Scheduler;
  readonly told: (message: string, error?: unknown) => void;
}

export interface Bird {
  /**
   * Make it announce what these files say.
   * @returns whether anything was to be done
   * @throws {BirdError} BIRD_REFUSED, BIRD_NOT_STARTED, BIRD_UNREACHABLE; what it announced before stays announced
   */
  apply(files: BirdFiles): Promise<boolean>;
  /** @throws {BirdError} BIRD_UNREACHABLE, BIRD_REFUSED */
  ask(command: string): Promise<Reply>;
  readonly isRunning: boolean;
  /** Processes started so far. */
  readonly starts: number;
  /** Configurations that a running BIRD took over so far. */
  readonly configurations: number;
  /** End it; `graceful` leaves the routes with peers that were asked to keep them. */
  stop(graceful: boolean): Promise<void>;
}

/** Longest wait for the control socket of a BIRD that was started, in milliseconds. */
const START_MS = 5_000;
const LOOK_MS = 20;
const FIRST_RESTART_MS = 50;
const MAX_RESTART_MS = 5_000;
const MAX_SAID = 2_000;

class BirdProcess implements Bird {
  readonly #options: BirdOptions;
  readonly #socket: string;
  #control: BirdControl | undefined;
  #written: BirdFiles | undefined;
  /** The files are what the running process has read. */
  #isTaken = false;
  #isStopping = false;
  #delayMs = FIRST_RESTART_MS;
  starts = 0;
  configurations = 0;

  constructor(options: BirdOptions) {
    this.#options = options;
    this.#socket = join(options.dir, 'bird.ctl');
    mkdirSync(options.dir, { recursive: true, mode: 0o700 });
    chmodSync(options.dir, 0o700);
  }

  get isRunning(): boolean {
    return this.#control !== undefined;
  }

  async apply(files: BirdFiles): Promise<boolean> {
    const wasThere = existsSync(join(this.#options.dir, 'bird.conf'));
    const isNew = this.#write(files);
    if (this.#control === undefined && !(await this.#takeOver())) {
      await this.#start(wasThere);
      return true;
    }
    if (!isNew && this.#isTaken) return false;
    await this.#configure();
    return true;
  }

  async ask(command: string): Promise<Reply> {
    if (this.#control === undefined) throw new BirdError('BIRD_UNREACHABLE', 'BIRD does not run');
    const reply = await this.#control.ask(command);
    if (isRefusal(reply)) throw new BirdError('BIRD_REFUSED', `BIRD refuses "${command}": ${replyText(reply)}`);
    return reply;
  }

  async stop(graceful: boolean): Promise<void> {
    this.#isStopping = true;
    const control = this.#control;
    if (control === undefined) return;
    await control.ask(graceful ? 'graceful restart' : 'down').catch(() => undefined);
    await Promise.race([control.closed, sleep(this.#options.scheduler, START_MS)]);
    control[Symbol.dispose]();
  }

  async #configure(): Promise<void> {
    this.#isTaken = false;
    await this.ask('configure');
    this.#isTaken = true;
    this.configurations += 1;
  }

  /** @returns whether a BIRD of an earlier life of the speaker, or ours, answers */
  async #takeOver(): Promise<boolean> {
    try {
      this.#attach(await openControl(this.#socket));
      return true;
    } catch (error) {
      if (error instanceof BirdError) return false;
      throw error;
    }
  }

  async #start(isRestart: boolean): Promise<void> {
    const { program, dir, scheduler } = this.#options;
    rmSync(this.#socket, { force: true });
    const args = ['-f', '-c', join(dir, 'bird.conf'), '-s', this.#socket, '-P', join(dir, 'bird.pid'), ...(isRestart ? ['-R'] : [])];
    // A session of its own: what ends the speaker at a terminal does not end the announcements. Times are told in UTC.
    const child = spawn(program, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
      cwd: dir,
      env: { ...process.env, TZ: 'UTC' },
    });
    let said = '';
    let end: string | undefined;
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-MAX_SAID);
      for (const line of text.trim().split('\n')) this.#options.told(`bird: ${line}`);
    });
    child.on('error', (error) => (end = error.message));
    child.on('exit', (code, signal) => (end ??= code === null ? `signal ${signal}` : `exit code ${code}`));
    this.starts += 1;
    for (let waitedMs = 0; waitedMs < START_MS && end === undefined; waitedMs += LOOK_MS) {
      await sleep(scheduler, LOOK_MS);
      if (!existsSync(this.#socket) || !(await this.#takeOver())) continue;
      chmodSync(this.#socket, 0o600);
      this.#isTaken = true;
      return;
    }
    if (end === undefined) child.kill('SIGKILL');
    throw new BirdError('BIRD_NOT_STARTED', `${program} did not start (${end ?? `no socket within ${START_MS} ms`}): ${said.trim()}`);
  }

  #attach(control: BirdControl): void {
    this.#control = control;
    this.#delayMs = FIRST_RESTART_MS;
    void control.closed.then(() => this.#ended(control));
  }

  async #ended(control: BirdControl): Promise<void> {
    if (this.#control !== control) return;
    this.#control = undefined;
    this.#isTaken = false;
    if (this.#isStopping) return;
    this.#options.told('BIRD has ended; starting it again');
    while (!this.#isStopping && this.#control === undefined) {
      await sleep(this.#options.scheduler, this.#delayMs);
      this.#delayMs = Math.min(this.#delayMs * 2, MAX_RESTART_MS);
      try {
        if (this.#written !== undefined) await this.apply(this.#written);
      } catch (error) {
        this.#options.told('starting BIRD failed, will be tried again', error);
      }
    }
  }

  /** Each file as a whole, so that BIRD never reads half of one. */
  #write(files: BirdFiles): boolean {
    let isNew = false;
    for (const [name, text] of Object.entries(files)) {
      const path = join(this.#options.dir, name);
      if (
        this.#written === undefined
          ? existsSync(path) && readFileSync(path, 'utf8') === text
          : this.#written[name as keyof BirdFiles] === text
      )
        continue;
      writeFileSync(`${path}.new`, text, { mode: 0o600 });
      renameSync(`${path}.new`, path);
      isNew = true;
    }
    this.#written = files;
    return isNew;
  }
}

/** Nothing is started before the first `apply`. */
export function birdProcess(options: BirdOptions): Bird {
  return new BirdProcess(options);
}
