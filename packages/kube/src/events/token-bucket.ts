/** A bound on how often something may happen. */

/** How often. */
export interface Rate {
  /** How many at once after a quiet time. */
  readonly burst: number;
  /** One more after each such time, in milliseconds. */
  readonly refillMs: number;
}

/** Holds up to `burst` tokens; each use takes one, and one comes back every `refillMs`. */
export class TokenBucket {
  readonly #rate: Rate;
  #tokens: number;
  #atMs: number;

  constructor(rate: Rate, nowMs: number) {
    this.#rate = rate;
    this.#tokens = rate.burst;
    this.#atMs = nowMs;
  }

  /** Take a token, if there is one. */
  take(nowMs: number): boolean {
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + (nowMs - this.#atMs) / this.#rate.refillMs);
    this.#atMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}
