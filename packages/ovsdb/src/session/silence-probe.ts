/**
 * Notices that a peer has fallen silent: it is probed after one interval of silence, and given up after another.
 */
import type { CancelTimer, Clock } from '../ports.ts';

/** What a probe tells its owner. */
export interface SilenceEvents {
  /** Ask the peer for a sign of life. */
  probe(): void;
  silent(forMs: number): void;
}

/** A probe of one peer. It begins as if the peer had been asked: to dial is to ask. */
export class SilenceProbe {
  readonly #intervalMs: number;
  readonly #clock: Clock;
  readonly #events: SilenceEvents;
  #heardMs: number;
  #isAsked = true;
  #cancelTimer: CancelTimer | undefined;

  /** @param intervalMs 0 turns probing off */
  constructor(intervalMs: number, clock: Clock, events: SilenceEvents) {
    this.#intervalMs = intervalMs;
    this.#clock = clock;
    this.#events = events;
    this.#heardMs = clock.now();
    this.#schedule(intervalMs);
  }

  /** The peer gave a sign of life. */
  heard(): void {
    this.#heardMs = this.#clock.now();
    this.#isAsked = false;
  }

  end(): void {
    this.#cancelTimer?.();
  }

  #schedule(delayMs: number): void {
    if (this.#intervalMs === 0) return;
    this.#cancelTimer = this.#clock.setTimeout(() => this.#check(), delayMs);
  }

  #check(): void {
    const silentMs = this.#clock.now() - this.#heardMs;
    if (this.#isAsked) {
      this.#events.silent(silentMs);
      return;
    }
    if (silentMs < this.#intervalMs) {
      this.#schedule(this.#intervalMs - silentMs);
      return;
    }
    this.#isAsked = true;
    this.#events.probe();
    this.#schedule(this.#intervalMs);
  }
}
