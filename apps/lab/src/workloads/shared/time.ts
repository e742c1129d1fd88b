/**
 * Time as something formulas can wait for: a formula that asks whether a moment has come is evaluated again when it
 * comes, and no formula polls.
 */
import { sourceCell, type Cancel, type Scheduler, type SourceCell } from '@kube-ovn/dataflow';

/** What a plan may know of time. */
export interface Time {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Whether a moment (milliseconds since 1970) has come; the asker is asked again when it does. */
  readonly reached: (atMs: number) => boolean;
}

/** Longest delay of a timer; a moment further away is waited for in steps. @source Node.js setTimeout, 2^31-1 */
const longestDelayMs = 2_147_483_647;

/** Time by real timers. One timer per moment that somebody waits for. */
export class Alarms implements Time, Disposable {
  readonly #scheduler: Pick<Scheduler, 'setTimeout'>;
  readonly #pending = new Map<number, SourceCell<boolean>>();
  readonly #timers = new Map<number, Cancel>();
  readonly now: () => number;

  constructor(now: () => number, scheduler: Pick<Scheduler, 'setTimeout'>) {
    this.now = now;
    this.#scheduler = scheduler;
  }

  readonly reached = (atMs: number): boolean => {
    const delay = atMs - this.now();
    if (delay <= 0) return true;
    let alarm = this.#pending.get(atMs);
    if (alarm === undefined) {
      alarm = sourceCell(false);
      this.#pending.set(atMs, alarm);
      this.#arm(atMs, alarm);
    }
    return alarm.value;
  };

  /** No alarm goes off any more. */
  [Symbol.dispose](): void {
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  #arm(atMs: number, alarm: SourceCell<boolean>): void {
    const delay = Math.min(Math.max(0, atMs - this.now()), longestDelayMs);
    const cancel = this.#scheduler.setTimeout(() => {
      if (this.now() < atMs) return this.#arm(atMs, alarm);
      this.#pending.delete(atMs);
      this.#timers.delete(atMs);
      alarm.set(true);
    }, delay);
    this.#timers.set(atMs, cancel);
  }
}

/** RFC 3339, whole seconds. */
export function timestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
