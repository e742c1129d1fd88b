/** Time that passes only when told to. */
import type { Cancel, Scheduler } from '../sink.ts';

interface Timer {
  readonly atMs: number;
  readonly run: () => void;
}

/** A scheduler for tests: microtasks are real, timers fire when `advance` passes them, in the order of their times. */
export class FakeScheduler implements Scheduler {
  #nowMs: number;
  readonly #timers = new Set<Timer>();

  constructor(startMs = 0) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  setTimeout(f: () => void, ms: number): Cancel {
    const timer = { atMs: this.#nowMs + Math.max(0, ms), run: f };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  queueMicrotask(f: () => void): void {
    void Promise.resolve().then(f);
  }

  /** Timers that have yet to fire. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** Let `ms` milliseconds pass; promises that timers settle are followed before the next timer fires. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await this.drainMicrotasks();
    for (let next = this.#nextTimer(untilMs); next !== undefined; next = this.#nextTimer(untilMs)) {
      this.#timers.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.run();
      await this.drainMicrotasks();
    }
    this.#nowMs = untilMs;
  }

  /** Let promises that are settled already run their course. */
  async drainMicrotasks(turns = 50): Promise<void> {
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
  }

  #nextTimer(untilMs: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) if (timer.atMs <= untilMs && (next === undefined || timer.atMs < next.atMs)) next = timer;
    return next;
  }
}
