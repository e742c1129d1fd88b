/** The programs of the package, run from source as processes of their own. */
import { execFile, spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const source = ['--conditions=@kube-ovn/source', '--disable-warning=ExperimentalWarning'];
const program = (name: string): string => fileURLToPath(new URL(`../../src/node/cli/${name}.ts`, import.meta.url));

export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/** Run `ovsdb` to its end. Rejects with `code`, `stdout` and `stderr` when it fails. */
export function ovsdb(...args: readonly string[]): Promise<Output> {
  return run(process.execPath, [...source, program('main'), ...args], { maxBuffer: 1 << 28 });
}

/** As `ovsdb`, with this text on standard input. */
export function ovsdbWithInput(input: string, ...args: readonly string[]): Promise<Output> {
  const promise = ovsdb(...args) as ReturnType<typeof run>;
  promise.child.stdin?.end(input);
  return promise as Promise<Output>;
}

export function ovsdbCodegen(...args: readonly string[]): Promise<Output> {
  return run(process.execPath, [...source, program('codegen'), ...args], { maxBuffer: 1 << 28 });
}

/** A program that goes on until it is told to end. */
export interface Running extends AsyncDisposable {
  readonly child: ChildProcessWithoutNullStreams;
  /** The next line of standard output; rejects when there is none any more. */
  nextLine(): Promise<string>;
  /** What it has written to standard error. */
  complaints(): string;
  /** Resolves when it has. */
  complained(pattern: RegExp): Promise<void>;
  /** Exit code or signal. */
  readonly ended: Promise<number | string | null>;
}

/** Start `ovsdb`. @param nodeArgs more arguments for Node */
export function startOvsdb(args: readonly string[], nodeArgs: readonly string[] = []): Running {
  const child = spawn(process.execPath, [...source, ...nodeArgs, program('main'), ...args]);
  const lines = createInterface({ input: child.stdout, crlfDelay: Infinity })[Symbol.asyncIterator]();
  let words = '';
  child.stderr.on('data', (bytes: Buffer) => (words += bytes.toString()));
  child.stdin.on('error', () => undefined);
  const ended = new Promise<number | string | null>((resolve) => child.once('close', (code, signal) => resolve(code ?? signal)));
  return {
    child,
    async nextLine() {
      const { value, done } = await lines.next();
      if (done === true) throw new Error(`the program ended: ${words}`);
      return value;
    },
    complaints: () => words,
    complained: (pattern) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (pattern.test(words)) resolve();
          else child.stderr.once('data', look);
        };
        look();
      }),
    ended,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
