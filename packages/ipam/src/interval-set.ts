/**
 * A set of numbers as sorted, disjoint, non-adjacent intervals.
 *
 * The intervals lie in blocks of bounded length, and the blocks in one array: two binary searches find an interval, and an
 * insertion moves at most one block's worth of entries. The cost of every operation follows the number of intervals, never
 * the number of members: a set of 2^80 addresses that nobody has used is one interval.
 */
import type { AddressNumber, Interval } from './range.ts';
import type { NumberLine } from './number-line.ts';

/** Intervals of a block: parallel arrays, never empty while the block is in a set. */
interface Block<N> {
  readonly firsts: N[];
  readonly lasts: N[];
}

const MAX_BLOCK = 64;
const SMALL_BLOCK = MAX_BLOCK / 8;

/** Where a number is, or would be: interval `at` of block `block` is the last that begins at or before it; -1 when none does. */
interface Place {
  block: number;
  at: number;
}

/**
 * A mutable set of numbers of one family.
 *
 * @complexity n intervals: O(log n) to find, O(block) to insert or remove, O(n / block) each time that a block is split or emptied
 */
export class IntervalSet<N extends AddressNumber> {
  readonly #line: NumberLine<N>;
  readonly #blocks: Block<N>[] = [];

  /** @param intervals sorted, disjoint, non-adjacent */
  constructor(line: NumberLine<N>, intervals: Iterable<Interval<N>> = []) {
    this.#line = line;
    let block: Block<N> | undefined;
    for (const { first, last } of intervals) {
      if (block === undefined || block.firsts.length >= MAX_BLOCK / 2) {
        block = { firsts: [], lasts: [] };
        this.#blocks.push(block);
      }
      block.firsts.push(first);
      block.lasts.push(last);
    }
  }

  get isEmpty(): boolean {
    return this.#blocks.length === 0;
  }

  /** Smallest member. */
  get first(): N | undefined {
    return this.#blocks[0]?.firsts[0];
  }

  /** Largest member. */
  get last(): N | undefined {
    return this.#blocks.at(-1)?.lasts.at(-1);
  }

  has(value: N): boolean {
    const { block, at } = this.#find(value);
    const last = this.#blocks[block]?.lasts[at];
    return last !== undefined && value <= last;
  }

  /** Smallest member that is not below `value`. */
  ceiling(value: N): N | undefined {
    const { block, at } = this.#find(value);
    const found = this.#blocks[block];
    const last = found?.lasts[at];
    if (last !== undefined && value <= last) return value;
    return found?.firsts[at + 1] ?? this.#blocks[block + 1]?.firsts[0];
  }

  /** Remove a member; false when it was none. */
  delete(value: N): boolean {
    const place = this.#find(value);
    const block = this.#blocks[place.block];
    const first = block?.firsts[place.at];
    const last = block?.lasts[place.at];
    if (block === undefined || first === undefined || last === undefined || value > last) return false;
    if (first === last) {
      this.#removeAt(place);
    } else if (value === first) {
      block.firsts[place.at] = this.#line.next(value);
    } else if (value === last) {
      block.lasts[place.at] = this.#line.previous(value);
    } else {
      block.lasts[place.at] = this.#line.previous(value);
      this.#insertAfter(place, this.#line.next(value), last);
    }
    return true;
  }

  /** Add a member; false when it was one already. */
  add(value: N): boolean {
    const place = this.#find(value);
    const block = this.#blocks[place.block];
    const last = block?.lasts[place.at];
    if (last !== undefined && value <= last) return false;
    const after = this.#following(place);
    const joinsBefore = last !== undefined && this.#line.next(last) === value;
    const joinsAfter = after !== undefined && this.#blocks[after.block]?.firsts[after.at] === this.#line.next(value);
    if (joinsAfter && joinsBefore) {
      const end = this.#blocks[after.block]?.lasts[after.at];
      if (block !== undefined && end !== undefined) block.lasts[place.at] = end;
      this.#removeAt(after);
    } else if (joinsBefore && block !== undefined) {
      block.lasts[place.at] = value;
    } else if (joinsAfter) {
      const next = this.#blocks[after.block];
      if (next !== undefined) next.firsts[after.at] = value;
    } else {
      this.#insertAfter(place, value, value);
    }
    return true;
  }

  /** The intervals, in order. */
  *intervals(): IterableIterator<Interval<N>> {
    for (const { firsts, lasts } of this.#blocks) {
      for (const [at, first] of firsts.entries()) {
        const last = lasts[at];
        if (last !== undefined) yield { first, last };
      }
    }
  }

  #find(value: N): Place {
    const blocks = this.#blocks;
    let low = 0;
    let high = blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const first = blocks[middle]?.firsts[0];
      if (first !== undefined && first <= value) low = middle + 1;
      else high = middle;
    }
    const block = low - 1;
    const firsts = blocks[block]?.firsts;
    if (firsts === undefined) return { block: 0, at: -1 };
    low = 1;
    high = firsts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const first = firsts[middle];
      if (first !== undefined && first <= value) low = middle + 1;
      else high = middle;
    }
    return { block, at: low - 1 };
  }

  #following({ block, at }: Place): Place | undefined {
    const here = this.#blocks[block];
    if (here !== undefined && at + 1 < here.firsts.length) return { block, at: at + 1 };
    return block + 1 < this.#blocks.length ? { block: block + 1, at: 0 } : undefined;
  }

  #insertAfter({ block, at }: Place, first: N, last: N): void {
    const target = this.#blocks[block];
    if (target === undefined) {
      this.#blocks.push({ firsts: [first], lasts: [last] });
      return;
    }
    target.firsts.splice(at + 1, 0, first);
    target.lasts.splice(at + 1, 0, last);
    if (target.firsts.length <= MAX_BLOCK) return;
    const half = MAX_BLOCK / 2;
    this.#blocks.splice(block + 1, 0, { firsts: target.firsts.splice(half), lasts: target.lasts.splice(half) });
  }

  #removeAt({ block, at }: Place): void {
    const target = this.#blocks[block];
    if (target === undefined) return;
    target.firsts.splice(at, 1);
    target.lasts.splice(at, 1);
    const next = this.#blocks[block + 1];
    if (target.firsts.length === 0) {
      this.#blocks.splice(block, 1);
    } else if (next !== undefined && target.firsts.length < SMALL_BLOCK && target.firsts.length + next.firsts.length <= MAX_BLOCK / 2) {
      target.firsts.push(...next.firsts);
      target.lasts.push(...next.lasts);
      this.#blocks.splice(block + 1, 1);
    }
  }
}
