/**
 * Who holds an address or a MAC address of a subnet. Nearly always one; several when they share it.
 */
import type { KeyColumn } from './key-column.ts';
import type { Slot } from './lease-table.ts';

const NO_CELLS = new Int32Array(0);
const FIRST_CELLS = 8;
const NOBODY: readonly Slot[] = [];

/**
 * An index from key to slot: a hash table with open addressing whose keys stay in the column that it indexes.
 *
 * A cell is two numbers: the hash, and the slot plus one, or zero. An entry stands in the cell of its hash or in the next that was
 * free, without a gap between: removal closes the gap instead of leaving a mark, so that keys which come and go for ever cost
 * nothing. Further holders of a key are kept beside the table, under the slot of the first.
 *
 * @complexity O(1); growth is O(size) once in as many additions
 */
export class HolderIndex {
  readonly #keys: KeyColumn;
  #cells = NO_CELLS;
  #size = 0;
  /** Most subnets never have any. */
  #others: Map<Slot, readonly Slot[]> | undefined;

  /** @param keys the key of every slot; must be set before a slot is added, and stay until it is deleted */
  constructor(keys: KeyColumn) {
    this.#keys = keys;
  }

  /** How many keys are held. */
  get size(): number {
    return this.#size;
  }

  /** The holder that came first. */
  first(hi: number, lo: number): Slot | undefined {
    const cell = this.#find(hashOf(hi, lo), hi, lo);
    return cell < 0 ? undefined : this.#slotAt(cell);
  }

  /** All holders, in the order in which they came. */
  all(hi: number, lo: number): readonly Slot[] {
    const first = this.first(hi, lo);
    return first === undefined ? NOBODY : [first, ...this.#othersOf(first)];
  }

  /** True when the key was free before. */
  add(slot: Slot): boolean {
    const hi = this.#keys.hi(slot);
    const lo = this.#keys.lo(slot);
    if (this.#size * 4 >= this.#cells.length * 1.5) this.#grow();
    const hash = hashOf(hi, lo);
    const cell = this.#find(hash, hi, lo);
    if (cell >= 0) {
      const first = this.#slotAt(cell);
      this.#setOthers(first, [...this.#othersOf(first), slot]);
      return false;
    }
    this.#put(~cell, hash, slot);
    this.#size += 1;
    return true;
  }

  /** True when the key is free now. */
  delete(slot: Slot): boolean {
    const hi = this.#keys.hi(slot);
    const lo = this.#keys.lo(slot);
    const hash = hashOf(hi, lo);
    const cell = this.#find(hash, hi, lo);
    if (cell < 0) return false;
    const first = this.#slotAt(cell);
    const others = this.#othersOf(first);
    if (others.length === 0) {
      if (first !== slot) return false;
      this.#close(cell);
      this.#size -= 1;
      return true;
    }
    this.#others?.delete(first);
    const [next, ...rest] = [first, ...others].filter((other) => other !== slot);
    if (next === undefined) return false;
    this.#put(cell, hash, next);
    if (rest.length > 0) this.#setOthers(next, rest);
    return false;
  }

  #othersOf(first: Slot): readonly Slot[] {
    return this.#others?.get(first) ?? NOBODY;
  }

  #setOthers(first: Slot, others: readonly Slot[]): void {
    this.#others ??= new Map();
    this.#others.set(first, others);
  }

  /** The first holder of every key, in no order. */
  *firsts(): IterableIterator<Slot> {
    for (let cell = 0; cell < this.#cells.length; cell += 2) {
      if (this.#isTaken(cell)) yield this.#slotAt(cell);
    }
  }

  /** The cell of a key; what is not there has the complement of the cell where it would be. */
  #find(hash: number, hi: number, lo: number): number {
    const cells = this.#cells;
    const mask = cells.length - 1;
    if (mask < 0) return -1;
    for (let cell = (hash << 1) & mask; ; cell = (cell + 2) & mask) {
      const slot = cells[cell + 1] as number;
      if (slot === 0) return ~cell;
      if (cells[cell] === hash && this.#keys.has(slot - 1, hi, lo)) return cell;
    }
  }

  #put(cell: number, hash: number, slot: Slot): void {
    this.#cells[cell] = hash;
    this.#cells[cell + 1] = slot + 1;
  }

  #slotAt(cell: number): Slot {
    return (this.#cells[cell + 1] as number) - 1;
  }

  #isTaken(cell: number): boolean {
    return this.#cells[cell + 1] !== 0;
  }

  /** Empty a cell, and move up what stands behind it and could stand there. */
  #close(cell: number): void {
    const cells = this.#cells;
    const mask = cells.length - 1;
    let gap = cell;
    for (let next = (cell + 2) & mask; cells[next + 1] !== 0; next = (next + 2) & mask) {
      const home = ((cells[next] as number) << 1) & mask;
      if (((next - home) & mask) < ((next - gap) & mask)) continue;
      cells[gap] = cells[next] as number;
      cells[gap + 1] = cells[next + 1] as number;
      gap = next;
    }
    cells[gap + 1] = 0;
  }

  #grow(): void {
    const old = this.#cells;
    this.#cells = new Int32Array(Math.max(2 * FIRST_CELLS, 2 * old.length));
    const mask = this.#cells.length - 1;
    for (let from = 0; from < old.length; from += 2) {
      const slot = old[from + 1] as number;
      if (slot === 0) continue;
      const hash = old[from] as number;
      let cell = (hash << 1) & mask;
      while (this.#isTaken(cell)) cell = (cell + 2) & mask;
      this.#put(cell, hash, slot - 1);
    }
  }
}

/** Neighbours have neighbouring hashes, so that an index that is filled from the lowest address on has no collisions. */
function hashOf(hi: number, lo: number): number {
  const mixed =
    (lo | 0) ^ Math.imul((lo / 2 ** 32) | 0, 0x85eb_ca6b) ^ Math.imul(hi | 0, 0xc2b2_ae35) ^ Math.imul((hi / 2 ** 32) | 0, 0x27d4_eb2f);
  const product = Math.imul(mixed, 0x9e37_79b1);
  return product ^ (product >>> 15);
}
