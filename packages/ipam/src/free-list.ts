/**
 * The free addresses of one pool, in the order in which they are given.
 *
 * Addresses that nobody has had come first; an address that was given back waits until those are used up, so that a
 * connection to its former holder does not reach a new one soon after.
 *
 * @source Kube-OVN: a pool's lists Free and Released
 */
import type { SpotRange } from './interval-set.ts';
import { IntervalSet } from './interval-set.ts';
import type { KeyColumn } from './key-column.ts';
import type { Spot } from './point.ts';
import { HALF } from './point.ts';

/** Order in which fresh addresses are given. */
export type Strategy = 'lowest' | 'random';

/**
 * Where an address was taken from, so that it can be put back as if nothing had happened.
 *
 * `refilled`: from the released ones, which have become the fresh ones by that.
 */
export type Origin = 'fresh' | 'released' | 'refilled' | 'none';

/** Free spots; fresh ones and released ones. */
export class FreeList {
  #fresh: IntervalSet;
  #released: IntervalSet;

  /** @param fresh, released sorted, disjoint, non-adjacent; disjoint from each other */
  constructor(fresh: Iterable<SpotRange>, released: Iterable<SpotRange> = []) {
    this.#fresh = new IntervalSet(fresh);
    this.#released = new IntervalSet(released);
  }

  /**
   * Write the address that is given next into a column; it stays in the list.
   *
   * With `random` it is the first free one from a random point on: an address behind a long run of taken ones is likelier.
   *
   * @returns false when there is none
   */
  writeNext(strategy: Strategy, column: KeyColumn, slot: number, random: () => number): boolean {
    const list = this.#fresh.isEmpty ? this.#released : this.#fresh;
    if (strategy === 'lowest') return list.writeFirst(column, slot);
    const spot = randomSpot(list, random);
    if (spot !== undefined) column.set(slot, spot.hi, spot.lo);
    return spot !== undefined;
  }

  /** Take an address out. The first one that is taken when no fresh one is left turns the released ones into fresh ones. */
  take(hi: number, lo: number): Origin {
    if (this.#fresh.delete(hi, lo)) return 'fresh';
    const isRefill = this.#fresh.isEmpty;
    if (!this.#released.delete(hi, lo)) return 'none';
    if (!isRefill) return 'released';
    this.#swap();
    return 'refilled';
  }

  /** Give an address back. */
  release(hi: number, lo: number): void {
    this.#released.add(hi, lo);
  }

  /** Undo `take`; several are undone in reverse order. */
  putBack({ hi, lo }: Spot, origin: Origin): void {
    if (origin === 'fresh' || origin === 'refilled') this.#fresh.add(hi, lo);
    if (origin === 'released') this.#released.add(hi, lo);
    if (origin === 'refilled') this.#swap();
  }

  #swap(): void {
    [this.#fresh, this.#released] = [this.#released, this.#fresh];
  }

  /** All free addresses; those of each list in order. */
  *ranges(): IterableIterator<SpotRange> {
    yield* this.#fresh.ranges();
    yield* this.#released.ranges();
  }

  /** Those that were given back. */
  released(): IterableIterator<SpotRange> {
    return this.#released.ranges();
  }
}

/** The first of a set from a random spot on. */
function randomSpot(set: IntervalSet, random: () => number): Spot | undefined {
  const { first } = set;
  if (first === undefined) return undefined;
  const from = spotBetween(first, set.last ?? first, random);
  return set.ceiling(from.hi, from.lo);
}

/** A random spot between two, the bounds a little likelier where they are not at a multiple of 2^48. */
function spotBetween(first: Spot, last: Spot, random: () => number): Spot {
  if (first.hi === last.hi) return { hi: first.hi, lo: first.lo + Math.floor(random() * (last.lo - first.lo + 1)) };
  const hi = first.hi + Math.floor(random() * (last.hi - first.hi + 1));
  const lo = Math.floor(random() * HALF);
  if (hi === first.hi) return { hi, lo: Math.max(lo, first.lo) };
  return { hi, lo: hi === last.hi ? Math.min(lo, last.lo) : lo };
}
