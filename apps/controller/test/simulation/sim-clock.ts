/** Time that passes only from one event to the next, in an order that the seed decides. */
import type { Cancel, Scheduler } from '@kube-ovn/dataflow';
import type { Random } from './random.ts';

interface Timer {
  readonly atMs: number;
  /** Decides between timers of the same time. */
  readonly lot: number;
  readonly run: () => void;
}

/** A process's view of time: after `kill` nothing of it ever runs again. */
export interface ProcessClock extends Scheduler {
  kill(): void;
}

export class SimClock {
  readonly #random: Random;
  readonly #timers = new Set<Timer>();
  #nowMs = 0;
  /** What a bug threw, to be reported by whoever advances the clock. */
  #thrown: unknown[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  now(): number {
    return this.#nowMs;
  }

  /** The time of day of the simulation. */
  date(): Date {
    return new Date(Date.UTC(2026, 0, 1) + this.#nowMs);
  }

  after(ms: number, run: () => void): Cancel {
    const timer = { atMs: this.#nowMs + Math.max(0, ms), lot: this.#random.next(), run };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  forProcess(): ProcessClock {
    let alive = true;
    const guarded = (f: () => void) => () => {
      if (!alive) return;
      try {
        f();
      } catch (error) {
        this.#thrown.push(error);
      }
    };
    return {
      now: () => this.#nowMs,
      // Node's timers take a millisecond at least.
      setTimeout: (f, ms) => this.after(Math.max(1, ms), guarded(f)),
      queueMicrotask: (f) => queueMicrotask(guarded(f)),
      kill: () => (alive = false),
    };
  }

  /**
   * Let `ms` pass.
   *
   * @param between called after each event, when nothing is left to run at that moment
   */
  async advance(ms: number, between: () => void = () => {}): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await drained();
    for (let next = this.#next(untilMs); next !== undefined; next = this.#next(untilMs)) {
      this.#timers.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.run();
      await drained();
      between();
      if (this.#thrown.length > 0) throw this.#thrown[0];
    }
    this.#nowMs = untilMs;
  }

  #next(untilMs: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.atMs > untilMs) continue;
      if (next === undefined || timer.atMs < next.atMs || (timer.atMs === next.atMs && timer.lot < next.lot)) next = timer;
    }
    return next;
  }
}

/** All promises that are settled have run their course: Node empties its microtasks before an immediate. */
function drained(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
