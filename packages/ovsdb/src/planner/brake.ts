/**
 * The safety brake: when the first plan would delete too large a share of our rows, nothing is removed at all.
 */
import type { Seed } from './union.ts';

/** Engage when at least `minimum` rows, and more than `share` (0 to 1) of our rows, would be deleted. */
export interface BrakeLimits {
  readonly share: number;
  readonly minimum: number;
}

/** Rows of ours in the database, and how many of them nobody wants. */
export interface Census {
  readonly ours: number;
  readonly unwanted: number;
}

/** A brake; it looks until it was once let pass. */
export class Brake {
  readonly #limits: BrakeLimits | undefined;
  readonly #parked = new Set<Seed>();
  #state: 'unset' | 'engaged' | 'passed' = 'unset';

  constructor(limits: BrakeLimits | undefined) {
    this.#limits = limits;
    if (limits === undefined) this.#state = 'passed';
  }

  get isEngaged(): boolean {
    return this.#state === 'engaged';
  }

  /** Look again, unless it was passed. Returns the seeds that may now be planned. */
  look(census: () => Census): readonly Seed[] {
    const limits = this.#limits;
    if (this.#state === 'passed' || limits === undefined) return [];
    const { ours, unwanted } = census();
    const engages = unwanted >= limits.minimum && unwanted > limits.share * ours;
    if (!engages) return this.release();
    this.#state = 'engaged';
    return [];
  }

  /** Let pass, whatever the share. Returns the seeds that may now be planned. */
  release(): readonly Seed[] {
    this.#state = 'passed';
    const parked = [...this.#parked];
    this.#parked.clear();
    return parked;
  }

  /** True when a removal must not be planned; it is then remembered. */
  holds(seed: Seed): boolean {
    if (!this.isEngaged) return false;
    this.#parked.add(seed);
    return true;
  }
}
