/**
 * Addresses as the allocator counts with them: exact numbers, no bigint.
 *
 * A point is an address cut into 32, 48 and 48 bits. `top` is the same for all addresses of a subnet (a wider IPv6 block is
 * given its first /32 only), so that what lies inside a subnet is compared and indexed by two numbers, the *spot*. An IPv4
 * address has its value in `lo` and zero above.
 */

/** Where an address is inside its block: bits 32 to 79 and 80 to 127 of it, each 0..2^48-1. */
export interface Spot {
  readonly hi: number;
  readonly lo: number;
}

/** A whole address; `top` is its first 32 bits. */
export interface Point extends Spot {
  readonly top: number;
}

/** Inclusive range of points. */
export interface Span {
  readonly first: Point;
  readonly last: Point;
}

/** How many values `hi` and `lo` have. */
export const HALF: number = 2 ** 48;

const HALF_BITS = 48n;
const HALF_MASK = (1n << HALF_BITS) - 1n;

export function comparePoints(a: Point, b: Point): number {
  return a.top - b.top || a.hi - b.hi || a.lo - b.lo;
}

export function isSamePoint(a: Point | undefined, b: Point | undefined): boolean {
  return a?.lo === b?.lo && a?.hi === b?.hi && a?.top === b?.top;
}

/** The next address; after the last there is none. */
export function pointAfter({ top, hi, lo }: Point): Point {
  if (lo + 1 < HALF) return { top, hi, lo: lo + 1 };
  return hi + 1 < HALF ? { top, hi: hi + 1, lo: 0 } : { top: top + 1, hi: 0, lo: 0 };
}

/** The address before; before the first there is none. */
export function pointBefore({ top, hi, lo }: Point): Point {
  if (lo > 0) return { top, hi, lo: lo - 1 };
  return hi > 0 ? { top, hi: hi - 1, lo: HALF - 1 } : { top: top - 1, hi: HALF - 1, lo: HALF - 1 };
}

export function pointOf(value: bigint): Point {
  return {
    top: Number(value >> (2n * HALF_BITS)),
    hi: Number((value >> HALF_BITS) & HALF_MASK),
    lo: Number(value & HALF_MASK),
  };
}

export function numberOf({ top, hi, lo }: Point): bigint {
  return (((BigInt(top) << HALF_BITS) | BigInt(hi)) << HALF_BITS) | BigInt(lo);
}
