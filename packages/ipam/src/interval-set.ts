/**
 * A set of spots as sorted, disjoint, non-adjacent intervals.
 *
 * The intervals lie in blocks of bounded length, and the blocks in one list: two binary searches find an interval, and an
 * insertion moves at most one block's worth of entries. The cost of every operation follows the number of intervals, never
 * the number of members: a set of 2^80 addresses that nobody has used is one interval. The numbers of all blocks share one
 * array, since making an array for a block costs as much as many insertions.
 */
import type { KeyColumn } from './key-column.ts';
import type { Spot } from './point.ts';
import { HALF } from './point.ts';

/** Inclusive range of spots. */
export interface SpotRange {
  readonly first: Spot;
  readonly last: Spot;
}

/** Intervals, never none while the block is in a set. */
interface Block {
  /** Where its numbers begin. */
  readonly start: number;
  /** How many intervals there are. */
  size: number;
}

/** Numbers of an interval: first.hi, first.lo, last.hi, last.lo. */
const WIDTH = 4;
const MAX_BLOCK = 64;
const SMALL_BLOCK = MAX_BLOCK / 8;
/** Intervals for which a set has room at first: few enough to lie in the object itself, since most sets stay small. */
const FIRST_ROOM = 2;
/** By what the array of the numbers grows. */
const GROWTH = 1.5;
const NO_NUMBERS = new Float64Array(0);

/**
 * A mutable set of spots.
 *
 * @complexity n intervals: O(log n) to find, O(block) to insert or remove, O(n / block) each time that a block is split or emptied
 */
export class IntervalSet {
  readonly #blocks: Block[] = [];
  #numbers = NO_NUMBERS;
  /** Where blocks began that are no more. */
  #gaps: number[] | undefined;
  /** What the last `#find` found. */
  #block = 0;
  #at = -1;

  /** @param ranges sorted, disjoint, non-adjacent */
  constructor(ranges: Iterable<SpotRange> = []) {
    for (const { first, last } of ranges) {
      let block = this.#blocks.at(-1);
      if (block === undefined || block.size >= MAX_BLOCK / 2) block = this.#addBlock(this.#blocks.length);
      const from = this.#makeGap(block, block.size);
      this.#numbers[from] = first.hi;
      this.#numbers[from + 1] = first.lo;
      this.#numbers[from + 2] = last.hi;
      this.#numbers[from + 3] = last.lo;
    }
  }

  get isEmpty(): boolean {
    return this.#blocks.length === 0;
  }

  /** Smallest member. */
  get first(): Spot | undefined {
    const block = this.#blocks[0];
    return block && this.#spot(block.start);
  }

  /** Write the smallest member into a column; false when there is none. */
  writeFirst(column: KeyColumn, slot: number): boolean {
    const block = this.#blocks[0];
    if (block === undefined) return false;
    column.set(slot, this.#numbers[block.start] as number, this.#numbers[block.start + 1] as number);
    return true;
  }

  /** Largest member. */
  get last(): Spot | undefined {
    const block = this.#blocks.at(-1);
    return block && this.#spot(block.start + WIDTH * block.size - 2);
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
    return block && this.#spot(block.start + WIDTH * next);
  }

  /** Remove a member; false when it was none. */
  delete(hi: number, lo: number): boolean {
    this.#find(hi, lo);
    const block = this.#blocks[this.#block];
    if (block === undefined || !this.#isInside(hi, lo)) return false;
    const numbers = this.#numbers;
    const from = block.start + WIDTH * this.#at;
    const lastHi = numbers[from + 2] as number;
    const lastLo = numbers[from + 3] as number;
    const isFirst = numbers[from + 1] === lo && numbers[from] === hi;
    const isLast = lastLo === lo && lastHi === hi;
    if (isFirst && isLast) {
      this.#removeAt(this.#block, this.#at);
    } else if (isFirst) {
      numbers[from] = hiAfter(hi, lo);
      numbers[from + 1] = loAfter(lo);
    } else {
      numbers[from + 2] = lo > 0 ? hi : hi - 1;
      numbers[from + 3] = lo > 0 ? lo - 1 : HALF - 1;
      if (!isLast) this.#insertAfter(hiAfter(hi, lo), loAfter(lo), lastHi, lastLo);
    }
    return true;
  }

  /** Add a member; false when it was one already. */
  add(hi: number, lo: number): boolean {
    this.#find(hi, lo);
    if (this.#isInside(hi, lo)) return false;
    const block = this.#blocks[this.#block];
    if (block === undefined) {
      this.#addBlock(0);
      this.#insertAfter(hi, lo, hi, lo);
      return true;
    }
    const numbers = this.#numbers;
    const isEnd = this.#at + 1 === block.size;
    const next = isEnd ? this.#blocks[this.#block + 1] : block;
    const nextAt = isEnd ? 0 : this.#at + 1;
    const from = block.start + WIDTH * this.#at;
    const nextFrom = next === undefined ? 0 : next.start + WIDTH * nextAt;
    const joinsBefore = this.#at >= 0 && isNext(numbers[from + 2], numbers[from + 3], hi, lo);
    const joinsAfter = next !== undefined && isNext(hi, lo, numbers[nextFrom], numbers[nextFrom + 1]);
    if (joinsBefore) {
      numbers[from + 2] = joinsAfter ? (numbers[nextFrom + 2] as number) : hi;
      numbers[from + 3] = joinsAfter ? (numbers[nextFrom + 3] as number) : lo;
      if (joinsAfter) this.#removeAt(isEnd ? this.#block + 1 : this.#block, nextAt);
    } else if (joinsAfter) {
      numbers[nextFrom] = hi;
      numbers[nextFrom + 1] = lo;
    } else {
      this.#insertAfter(hi, lo, hi, lo);
    }
    return true;
  }

  /** The intervals, in order. */
  *ranges(): IterableIterator<SpotRange> {
    for (const { start, size } of this.#blocks) {
      for (let from = start; from < start + WIDTH * size; from += WIDTH) yield { first: this.#spot(from), last: this.#spot(from + 2) };
    }
  }

  #spot(from: number): Spot {
    return { hi: this.#numbers[from] as number, lo: this.#numbers[from + 1] as number };
  }

  /** Find the last interval that begins at or before the spot; `#at` is -1 when none does. */
  #find(hi: number, lo: number): void {
    const blocks = this.#blocks;
    let low = 1;
    let high = blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#beginsBy((blocks[middle] as Block).start, hi, lo)) low = middle + 1;
      else high = middle;
    }
    const block = blocks[low - 1];
    this.#block = low - 1;
    low = 0;
    high = block === undefined ? 0 : block.size;
    const start = block === undefined ? 0 : block.start;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#beginsBy(start + WIDTH * middle, hi, lo)) low = middle + 1;
      else high = middle;
    }
    this.#at = low - 1;
  }

  #beginsBy(from: number, hi: number, lo: number): boolean {
    const firstHi = this.#numbers[from] as number;
    return firstHi < hi || (firstHi === hi && (this.#numbers[from + 1] as number) <= lo);
  }

  /** True when the interval that was found reaches as far as the spot. */
  #isInside(hi: number, lo: number): boolean {
    const block = this.#blocks[this.#block];
    if (block === undefined || this.#at < 0) return false;
    const end = block.start + WIDTH * this.#at + 2;
    const lastHi = this.#numbers[end] as number;
    return hi < lastHi || (hi === lastHi && lo <= (this.#numbers[end + 1] as number));
  }

  /** Insert an interval behind the one that was found. */
  #insertAfter(firstHi: number, firstLo: number, lastHi: number, lastLo: number): void {
    const block = this.#blocks[this.#block];
    if (block === undefined) return;
    const gap = this.#makeGap(block, this.#at + 1);
    this.#numbers[gap] = firstHi;
    this.#numbers[gap + 1] = firstLo;
    this.#numbers[gap + 2] = lastHi;
    this.#numbers[gap + 3] = lastLo;
    if (block.size < MAX_BLOCK) return;
    const half = this.#addBlock(this.#block + 1);
    const from = block.start + (WIDTH * MAX_BLOCK) / 2;
    this.#makeRoom(half.start + (WIDTH * MAX_BLOCK) / 2);
    this.#numbers.copyWithin(half.start, from, block.start + WIDTH * MAX_BLOCK);
    half.size = MAX_BLOCK / 2;
    block.size = MAX_BLOCK / 2;
  }

  /** Move the intervals of a block from a place on. @returns where the numbers of a new one go */
  #makeGap(block: Block, place: number): number {
    this.#makeRoom(block.start + WIDTH * (block.size + 1));
    const from = block.start + WIDTH * place;
    const end = block.start + WIDTH * block.size;
    if (from < end) this.#numbers.copyWithin(from + WIDTH, from, end);
    block.size += 1;
    return from;
  }

  #removeAt(index: number, place: number): void {
    const block = this.#blocks[index];
    if (block === undefined) return;
    const from = block.start + WIDTH * place;
    this.#numbers.copyWithin(from, from + WIDTH, block.start + WIDTH * block.size);
    block.size -= 1;
    const next = this.#blocks[index + 1];
    if (block.size === 0) {
      this.#dropBlock(index);
    } else if (next !== undefined && block.size < SMALL_BLOCK && block.size + next.size <= MAX_BLOCK / 2) {
      this.#makeRoom(block.start + WIDTH * (block.size + next.size));
      this.#numbers.copyWithin(block.start + WIDTH * block.size, next.start, next.start + WIDTH * next.size);
      block.size += next.size;
      this.#dropBlock(index + 1);
    }
  }

  #addBlock(index: number): Block {
    const block = { start: this.#gaps?.pop() ?? WIDTH * MAX_BLOCK * this.#blocks.length, size: 0 };
    if (index === this.#blocks.length) this.#blocks.push(block);
    else this.#blocks.splice(index, 0, block);
    return block;
  }

  #dropBlock(index: number): void {
    for (const { start } of this.#blocks.splice(index, 1)) (this.#gaps ??= []).push(start);
  }

  #makeRoom(length: number): void {
    if (length <= this.#numbers.length) return;
    const numbers = new Float64Array(Math.max(WIDTH * FIRST_ROOM, length, Math.ceil(this.#numbers.length * GROWTH)));
    numbers.set(this.#numbers);
    this.#numbers = numbers;
  }
}

function hiAfter(hi: number, lo: number): number {
  return lo + 1 < HALF ? hi : hi + 1;
}

function loAfter(lo: number): number {
  return lo + 1 < HALF ? lo + 1 : 0;
}

/** True when the second spot is the one after the first. */
function isNext(hi: number | undefined, lo: number | undefined, nextHi: number | undefined, nextLo: number | undefined): boolean {
  return nextLo === loAfter(lo as number) && nextHi === hiAfter(hi as number, lo as number);
}
