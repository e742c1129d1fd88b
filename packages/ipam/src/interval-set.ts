/**
 * A set of spots as sorted, disjoint, non-adjacent intervals.
 *
 * The intervals lie in blocks of bounded length, and the blocks in one array: two binary searches find an interval, and an
 * insertion moves at most one block's worth of entries. The cost of every operation follows the number of intervals, never
 * the number of members: a set of 2^80 addresses that nobody has used is one interval.
 */
import type { Spot } from './point.ts';
import { HALF } from './point.ts';

/** Inclusive range of spots. */
export interface SpotRange {
  readonly first: Spot;
  readonly last: Spot;
}

/** Intervals, never none while the block is in a set. */
interface Block {
  /** Four numbers an interval: first.hi, first.lo, last.hi, last.lo. Longer than what is used. */
  bounds: Float64Array;
  /** How many intervals there are. */
  size: number;
}

const WIDTH = 4;
const MAX_BLOCK = 64;
const SMALL_BLOCK = MAX_BLOCK / 8;
/** Intervals for which a block has room at first: few enough to lie in the object itself, since most sets stay small. */
const FIRST_ROOM = 2;

/**
 * A mutable set of spots.
 *
 * @complexity n intervals: O(log n) to find, O(block) to insert or remove, O(n / block) each time that a block is split or emptied
 */
export class IntervalSet {
  readonly #blocks: Block[] = [];
  /** What the last `#find` found. */
  #block = 0;
  #at = -1;

  /** @param ranges sorted, disjoint, non-adjacent */
  constructor(ranges: Iterable<SpotRange> = []) {
    for (const { first, last } of ranges) {
      const block = this.#blocks.at(-1);
      const isFull = block === undefined || block.size >= MAX_BLOCK / 2;
      if (isFull) this.#blocks.push(newBlock(first.hi, first.lo, last.hi, last.lo));
      else insert(block, block.size, [first.hi, first.lo, last.hi, last.lo]);
    }
  }

  get isEmpty(): boolean {
    return this.#blocks.length === 0;
  }

  /** Smallest member. */
  get first(): Spot | undefined {
    const block = this.#blocks[0];
    return block && { hi: at(block, 0), lo: at(block, 1) };
  }

  /** Largest member. */
  get last(): Spot | undefined {
    const block = this.#blocks.at(-1);
    return block && { hi: at(block, WIDTH * block.size - 2), lo: at(block, WIDTH * block.size - 1) };
  }

  has(hi: number, lo: number): boolean {
    this.#find(hi, lo);
    return this.#isInside(hi, lo);
  }

  /** Smallest member that is not below the spot. */
  ceiling(hi: number, lo: number): Spot | undefined {
    this.#find(hi, lo);
    if (this.#isInside(hi, lo)) return { hi, lo };
    let block = this.#blocks[this.#block];
    let next = this.#at + 1;
    if (block !== undefined && next >= block.size) {
      block = this.#blocks[this.#block + 1];
      next = 0;
    }
    return block && { hi: at(block, WIDTH * next), lo: at(block, WIDTH * next + 1) };
  }

  /** Remove a member; false when it was none. */
  delete(hi: number, lo: number): boolean {
    this.#find(hi, lo);
    const block = this.#blocks[this.#block];
    if (block === undefined || !this.#isInside(hi, lo)) return false;
    const { bounds } = block;
    const from = WIDTH * this.#at;
    const isFirst = at(block, from + 1) === lo && at(block, from) === hi;
    const isLast = at(block, from + 3) === lo && at(block, from + 2) === hi;
    if (isFirst && isLast) {
      this.#removeAt(this.#block, this.#at);
    } else if (isFirst) {
      bounds[from] = hiAfter(hi, lo);
      bounds[from + 1] = loAfter(lo);
    } else {
      const end: Four = [hiAfter(hi, lo), loAfter(lo), at(block, from + 2), at(block, from + 3)];
      bounds[from + 2] = lo > 0 ? hi : hi - 1;
      bounds[from + 3] = lo > 0 ? lo - 1 : HALF - 1;
      if (!isLast) this.#insertAfter(end);
    }
    return true;
  }

  /** Add a member; false when it was one already. */
  add(hi: number, lo: number): boolean {
    this.#find(hi, lo);
    if (this.#isInside(hi, lo)) return false;
    const block = this.#blocks[this.#block];
    if (block === undefined) {
      this.#blocks.push(newBlock(hi, lo, hi, lo));
      return true;
    }
    const isEnd = this.#at + 1 === block.size;
    const next = isEnd ? this.#blocks[this.#block + 1] : block;
    const nextAt = isEnd ? 0 : this.#at + 1;
    const from = WIDTH * this.#at;
    const joinsBefore = this.#at >= 0 && isNext(at(block, from + 2), at(block, from + 3), hi, lo);
    const joinsAfter = next !== undefined && isNext(hi, lo, at(next, WIDTH * nextAt), at(next, WIDTH * nextAt + 1));
    if (joinsBefore) {
      block.bounds[from + 2] = joinsAfter ? at(next, WIDTH * nextAt + 2) : hi;
      block.bounds[from + 3] = joinsAfter ? at(next, WIDTH * nextAt + 3) : lo;
      if (joinsAfter) this.#removeAt(isEnd ? this.#block + 1 : this.#block, nextAt);
    } else if (joinsAfter) {
      next.bounds[WIDTH * nextAt] = hi;
      next.bounds[WIDTH * nextAt + 1] = lo;
    } else {
      this.#insertAfter([hi, lo, hi, lo]);
    }
    return true;
  }

  /** The intervals, in order. */
  *ranges(): IterableIterator<SpotRange> {
    for (const block of this.#blocks) {
      for (let from = 0; from < WIDTH * block.size; from += WIDTH) {
        yield { first: { hi: at(block, from), lo: at(block, from + 1) }, last: { hi: at(block, from + 2), lo: at(block, from + 3) } };
      }
    }
  }

  /** Find the last interval that begins at or before the spot; `#at` is -1 when none does. */
  #find(hi: number, lo: number): void {
    const blocks = this.#blocks;
    let low = 1;
    let high = blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (beginsBy(blocks[middle], 0, hi, lo)) low = middle + 1;
      else high = middle;
    }
    const block = blocks[low - 1];
    this.#block = low - 1;
    low = 0;
    high = block === undefined ? 0 : block.size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (beginsBy(block, WIDTH * middle, hi, lo)) low = middle + 1;
      else high = middle;
    }
    this.#at = low - 1;
  }

  /** True when the interval that was found reaches as far as the spot. */
  #isInside(hi: number, lo: number): boolean {
    const block = this.#blocks[this.#block];
    if (block === undefined || this.#at < 0) return false;
    const lastHi = at(block, WIDTH * this.#at + 2);
    return hi < lastHi || (hi === lastHi && lo <= at(block, WIDTH * this.#at + 3));
  }

  /** Insert behind the interval that was found. */
  #insertAfter(interval: Four): void {
    const block = this.#blocks[this.#block];
    if (block === undefined) return;
    insert(block, this.#at + 1, interval);
    if (block.size < MAX_BLOCK) return;
    const half = MAX_BLOCK / 2;
    this.#blocks.splice(this.#block + 1, 0, { bounds: block.bounds.slice(WIDTH * half), size: block.size - half });
    block.size = half;
  }

  #removeAt(index: number, place: number): void {
    const block = this.#blocks[index];
    if (block === undefined) return;
    block.bounds.copyWithin(WIDTH * place, WIDTH * (place + 1), WIDTH * block.size);
    block.size -= 1;
    const next = this.#blocks[index + 1];
    if (block.size === 0) {
      this.#blocks.splice(index, 1);
    } else if (next !== undefined && block.size < SMALL_BLOCK && block.size + next.size <= MAX_BLOCK / 2) {
      makeRoom(block, block.size + next.size);
      block.bounds.set(next.bounds.subarray(0, WIDTH * next.size), WIDTH * block.size);
      block.size += next.size;
      this.#blocks.splice(index + 1, 1);
    }
  }
}

type Four = readonly [number, number, number, number];

/** A number of a block; the index is in bounds. */
function at(block: Block, index: number): number {
  return block.bounds[index] as number;
}

function newBlock(firstHi: number, firstLo: number, lastHi: number, lastLo: number): Block {
  const bounds = new Float64Array(WIDTH * FIRST_ROOM);
  bounds[0] = firstHi;
  bounds[1] = firstLo;
  bounds[2] = lastHi;
  bounds[3] = lastLo;
  return { bounds, size: 1 };
}

function makeRoom(block: Block, size: number): void {
  if (WIDTH * size <= block.bounds.length) return;
  const bounds = new Float64Array(Math.min(WIDTH * MAX_BLOCK, Math.max(2 * block.bounds.length, WIDTH * size)));
  bounds.set(block.bounds);
  block.bounds = bounds;
}

function insert(block: Block, place: number, [firstHi, firstLo, lastHi, lastLo]: Four): void {
  makeRoom(block, block.size + 1);
  const { bounds, size } = block;
  const from = WIDTH * place;
  if (place < size) bounds.copyWithin(from + WIDTH, from, WIDTH * size);
  bounds[from] = firstHi;
  bounds[from + 1] = firstLo;
  bounds[from + 2] = lastHi;
  bounds[from + 3] = lastLo;
  block.size += 1;
}

function beginsBy(block: Block | undefined, from: number, hi: number, lo: number): boolean {
  if (block === undefined) return false;
  const firstHi = at(block, from);
  return firstHi < hi || (firstHi === hi && at(block, from + 1) <= lo);
}

function hiAfter(hi: number, lo: number): number {
  return lo + 1 < HALF ? hi : hi + 1;
}

function loAfter(lo: number): number {
  return lo + 1 < HALF ? lo + 1 : 0;
}

/** True when the second spot is the one after the first. */
function isNext(hi: number, lo: number, nextHi: number, nextLo: number): boolean {
  return nextLo === loAfter(lo) && nextHi === hiAfter(hi, lo);
}
