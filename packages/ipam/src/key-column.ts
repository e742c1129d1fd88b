/**
 * A column of the table of leases: the address or MAC address of each, as two exact numbers.
 */

/** Numbers by slot; grows as slots are set. A column whose `hi` is zero throughout keeps none. */
export class KeyColumn {
  #lo = new Float64Array(0);
  #hi: Float64Array<ArrayBuffer> | undefined;

  lo(slot: number): number {
    return this.#lo[slot] ?? 0;
  }

  hi(slot: number): number {
    return this.#hi?.[slot] ?? 0;
  }

  has(slot: number, hi: number, lo: number): boolean {
    return this.lo(slot) === lo && this.hi(slot) === hi;
  }

  set(slot: number, hi: number, lo: number): void {
    if (slot >= this.#lo.length) this.#lo = grown(this.#lo, slot);
    this.#lo[slot] = lo;
    if (hi === 0 && this.#hi === undefined) return;
    if (this.#hi === undefined || slot >= this.#hi.length) this.#hi = grown(this.#hi ?? new Float64Array(0), slot);
    this.#hi[slot] = hi;
  }
}

const FIRST_ROOM = 8;

function grown(values: Float64Array<ArrayBuffer>, slot: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(Math.max(FIRST_ROOM, 2 * values.length, slot + 1));
  larger.set(values);
  return larger;
}
