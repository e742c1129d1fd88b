/**
 * Which remote is tried next, and after what pause.
 */
import { backoffDelay } from './backoff.ts';

const BACKOFF = { firstMs: 50, maxMs: 4000 };
/** A server that was live for less is as good as one that was not: reading everything from it in a tight loop helps nobody. */
const STEADY_MS = 1000;

/** The remotes of a client. Every one is tried once without a pause; then comes a pause that grows until one holds. */
export class RemoteRing {
  readonly #remotes: readonly string[];
  readonly #random: () => number;
  #at = 0;
  #triedInRound = 0;
  #round = 0;
  #liveSinceMs: number | undefined;

  constructor(remotes: readonly string[], random: () => number) {
    this.#remotes = remotes;
    this.#random = random;
  }

  get current(): string {
    return this.#remotes[this.#at % this.#remotes.length] ?? '';
  }

  live(nowMs: number): void {
    this.#liveSinceMs = nowMs;
  }

  /** The present one is lost: go on to the next. Returns the pause before it, in ms. */
  lost(nowMs: number): number {
    if (this.#liveSinceMs !== undefined && nowMs - this.#liveSinceMs >= STEADY_MS) {
      this.#round = 0;
      this.#triedInRound = 0;
    }
    this.#liveSinceMs = undefined;
    this.#at++;
    this.#triedInRound++;
    if (this.#triedInRound < this.#remotes.length) return 0;
    this.#triedInRound = 0;
    return backoffDelay(this.#round++, BACKOFF, this.#random);
  }
}
