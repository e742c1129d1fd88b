/** A stream of numbered packets between two pods: when did it stop to get through, and when did it begin again? */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A path is closed when so many packets in a row got no answer. */
const RUN = 150;
const PERIOD_MS = 2;
const PATIENCE_MS = 20_000;

/** Times are milliseconds of the machine's monotonic clock, as `monotonicMs` tells it. */
export interface ProbeStream {
  /** When the first packet was sent of those that have got no answer any more, among those sent at a time or later. */
  closedSince(timeMs: number): Promise<number>;
  /** When the first answer came, at a time or later. */
  openSince(timeMs: number): Promise<number>;
  stop(): Promise<void>;
}

/** The clock that all processes of this machine share. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Start a stream from a network namespace to a netexec. */
export function startProbes(netns: string, to: { readonly address: string; readonly udpPort: number }): ProbeStream {
  const program = fileURLToPath(new URL('./probe-program.ts', import.meta.url));
  const inside = ['nsenter', `--net=${netns}`, process.execPath, program, to.address, String(to.udpPort), String(PERIOD_MS)];
  const [enter = '', ...argv] = inside;
  const child = spawn(enter, argv, { stdio: ['pipe', 'pipe', 'inherit'] });
  const log = new ProbeLog();
  const waiters = new Set<() => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    log.take(line);
    for (const look of waiters) look();
  });
  const until = (what: string, ask: () => number | undefined): Promise<number> =>
    new Promise((resolve, reject) => {
      const end = (settle: () => void): void => {
        clearTimeout(timer);
        waiters.delete(look);
        settle();
      };
      const look = (): void => {
        const answer = ask();
        if (answer !== undefined) end(() => resolve(answer));
      };
      const timer = setTimeout(() => end(() => reject(new Error(`the path is not ${what} within ${PATIENCE_MS} ms`))), PATIENCE_MS);
      waiters.add(look);
      look();
    });
  return {
    closedSince: (timeMs) => until('closed', () => log.closedSince(timeMs)),
    openSince: (timeMs) => until('open', () => log.openSince(timeMs)),
    stop: async () => {
      child.stdin.end();
      if (child.exitCode === null) await once(child, 'close');
    },
  };
}

/** What the program has printed. */
class ProbeLog {
  readonly #sent: number[] = [];
  readonly #answered: (number | undefined)[] = [];
  readonly #answers: number[] = [];
  #judged: readonly number[] = [];

  take(line: string): void {
    const [kind, number, time] = line.split(' ');
    const index = Number(number);
    if (kind === 's') this.#sent[index] = Number(time);
    if (kind !== 'a') return;
    if (this.#judged.includes(index)) throw new Error(`packet ${index} was taken for lost and got an answer: this machine is too busy`);
    this.#answered[index] = Number(time);
    this.#answers.push(Number(time));
  }

  closedSince(timeMs: number): number | undefined {
    let first = this.#sent.length;
    while (first > 0 && this.#answered[first - 1] === undefined && (this.#sent[first - 1] ?? 0) >= timeMs) first -= 1;
    if (this.#sent.length - first < RUN) return undefined;
    this.#judged = Array.from({ length: RUN }, (_, index) => first + index);
    return this.#sent[first];
  }

  openSince(timeMs: number): number | undefined {
    let first = this.#answers.length;
    while (first > 0 && (this.#answers[first - 1] ?? 0) >= timeMs) first -= 1;
    return this.#answers[first];
  }
}
