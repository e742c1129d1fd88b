/**
 * The two number lines that addresses lie on: plain numbers for IPv4, bigints for IPv6.
 *
 * Everything above this file is written once for both.
 */
import type { Address } from './address.ts';
import { formatV4, formatV6 } from './address.ts';
import type { AddressNumber } from './range.ts';

/** What allocation needs to know about the numbers of a family. */
export interface NumberLine<N extends AddressNumber> {
  readonly family: 4 | 6;
  next(value: N): N;
  previous(value: N): N;
  /** How many numbers the inclusive interval has. */
  width(first: N, last: N): bigint;
  /** A random number of the inclusive interval. */
  between(first: N, last: N, random: () => number): N;
  /** The value of an address of this family, `undefined` for the other. */
  valueOf(address: Address): N | undefined;
  /** The value as it is kept beside a lease: small in memory, and usable as a key. */
  pack(value: N): N;
  unpack(packed: N): N;
  format(value: N): string;
}

export const v4Line: NumberLine<number> = {
  family: 4,
  next: (value) => value + 1,
  previous: (value) => value - 1,
  width: (first, last) => BigInt(last - first + 1),
  between: (first, last, random) => first + Math.floor(random() * (last - first + 1)),
  valueOf: (address) => (address.family === 4 ? address.value : undefined),
  // A signed 32-bit integer lies in the object itself; a larger number is an object of its own.
  pack: (value) => value | 0,
  unpack: (packed) => packed >>> 0,
  format: formatV4,
};

const WORD = 2 ** 32;

export const v6Line: NumberLine<bigint> = {
  family: 6,
  next: (value) => value + 1n,
  previous: (value) => value - 1n,
  width: (first, last) => last - first + 1n,
  between(first, last, random) {
    const width = last - first + 1n;
    let drawn = 0n;
    for (let bits = 1n; bits < width << 32n; bits <<= 32n) drawn = (drawn << 32n) | BigInt(Math.floor(random() * WORD));
    return first + (drawn % width);
  },
  valueOf: (address) => (address.family === 6 ? address.value : undefined),
  pack: (value) => value,
  unpack: (packed) => packed,
  format: formatV6,
};
