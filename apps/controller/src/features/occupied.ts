/**
 * Which ranges of addresses are taken, and by whom; ranges of one network do not overlap.
 *
 * @complexity looking up and placing are logarithmic in the number of ranges of a network, apart from moving array elements
 */

/** A range in a network; ranges of different networks have nothing to do with each other. */
export interface Span {
  readonly network: string;
  readonly first: number | bigint;
  readonly last: number | bigint;
}

interface Taken<T> {
  readonly first: number | bigint;
  readonly last: number | bigint;
  readonly by: T;
}

export class Occupied<T> {
  /** Sorted, by network. */
  readonly #ranges = new Map<string, Taken<T>[]>();
  readonly #spansOf: (item: T) => readonly Span[];

  /** @param spansOf the ranges of an item, disjoint among themselves */
  constructor(items: Iterable<T>, spansOf: (item: T) => readonly Span[]) {
    this.#spansOf = spansOf;
    for (const item of items) this.place(item);
  }

  /** One that shares an address with this one. */
  overlapping(item: T): T | undefined {
    for (const { network, first, last } of this.#spansOf(item)) {
      const ranges = this.#of(network);
      const at = firstAfter(ranges, first);
      const [before, after] = [ranges[at - 1], ranges[at]];
      if (before !== undefined && before.last >= first) return before.by;
      if (after !== undefined && after.first <= last) return after.by;
    }
    return undefined;
  }

  place(item: T): void {
    for (const { network, first, last } of this.#spansOf(item)) {
      const ranges = this.#of(network);
      ranges.splice(firstAfter(ranges, first), 0, { first, last, by: item });
    }
  }

  remove(item: T): void {
    for (const { network } of this.#spansOf(item)) {
      const ranges = this.#of(network);
      const at = ranges.findIndex(({ by }) => by === item);
      if (at >= 0) ranges.splice(at, 1);
    }
  }

  #of(network: string): Taken<T>[] {
    const found = this.#ranges.get(network);
    if (found !== undefined) return found;
    const ranges: Taken<T>[] = [];
    this.#ranges.set(network, ranges);
    return ranges;
  }
}

/** Index of the first range that begins after an address. */
function firstAfter(ranges: readonly Taken<unknown>[], address: number | bigint): number {
  let [low, high] = [0, ranges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ranges[middle]?.first ?? 0) <= address) low = middle + 1;
    else high = middle;
  }
  return low;
}
