/**
 * The free addresses of one pool, in the order in which they are given.
 *
 * Addresses that nobody has had come first; an address that was given back waits until those are used up, so that a
 * connection to its former holder does not reach a new one soon after.
 *
 * @source Kube-OVN: a pool's lists Free and Released
 */
import { IntervalSet } from './interval-set.ts';
import type { NumberLine } from './number-line.ts';
import type { AddressNumber, Interval } from './range.ts';

/** Order in which fresh addresses are given. */
export type Strategy = 'lowest' | 'random';

/**
 * Where an address was taken from, so that it can be put back as if nothing had happened.
 *
 * `refilled`: from the released ones, which have become the fresh ones by that.
 */
export type Origin = 'fresh' | 'released' | 'refilled' | 'none';

export class FreeList<N extends AddressNumber> {
  readonly #line: NumberLine<N>;
  #fresh: IntervalSet<N>;
  #released: IntervalSet<N>;

  /** @param intervals sorted, disjoint, non-adjacent */
  constructor(line: NumberLine<N>, intervals: Iterable<Interval<N>>) {
    this.#line = line;
    this.#fresh = new IntervalSet(line, intervals);
    this.#released = new IntervalSet(line);
  }

  /**
   * The address that is given next; it stays in the list.
   *
   * With `random` it is the first free one from a random point on: an address behind a long run of taken ones is likelier.
   */
  next(strategy: Strategy, random: () => number): N | undefined {
    const list = this.#fresh.isEmpty ? this.#released : this.#fresh;
    const { first, last } = list;
    if (strategy === 'lowest' || first === undefined || last === undefined) return first;
    return list.ceiling(this.#line.between(first, last, random));
  }

  /** Take an address out. The first one that is taken when no fresh one is left turns the released ones into fresh ones. */
  take(value: N): Origin {
    if (this.#fresh.delete(value)) return 'fresh';
    const isRefill = this.#fresh.isEmpty;
    if (!this.#released.delete(value)) return 'none';
    if (!isRefill) return 'released';
    this.#swap();
    return 'refilled';
  }

  /** Give an address back. */
  release(value: N): void {
    this.#released.add(value);
  }

  /** Undo `take`; several are undone in reverse order. */
  putBack(value: N, origin: Origin): void {
    if (origin === 'fresh' || origin === 'refilled') this.#fresh.add(value);
    if (origin === 'released') this.#released.add(value);
    if (origin === 'refilled') this.#swap();
  }

  #swap(): void {
    [this.#fresh, this.#released] = [this.#released, this.#fresh];
  }

  /** All free addresses; those of each list in order. */
  *intervals(): IterableIterator<Interval<N>> {
    yield* this.#fresh.intervals();
    yield* this.#released.intervals();
  }
}
