/**
 * Sets of addresses of both families, as sorted disjoint intervals: what blocks, their exceptions and what an earlier rule takes away
 * come to. They leave as the fewest prefixes, since a negated comparison would cost the switch a product of flows.
 */
import { type Address, type Family, formatPrefix, prefixAround, readAddress, readPrefix } from '@kube-ovn/ipam';

interface Interval {
  readonly first: bigint;
  readonly last: bigint;
}

/** Addresses by family. */
export interface AddressRanges {
  readonly 4: readonly Interval[];
  readonly 6: readonly Interval[];
}

export const families: readonly Family[] = [4, 6];

const bitsOf = { 4: 32, 6: 128 } as const;

/** Every address. */
export const everyAddress: AddressRanges = { 4: [wholeOf(4)], 6: [wholeOf(6)] };

/** What lies in the blocks; an address counts as a block of one. What is neither is left out. */
export function rangesOf(blocks: Iterable<string>): AddressRanges {
  const found: Record<Family, Interval[]> = { 4: [], 6: [] };
  for (const text of blocks) {
    const address = text.includes('/') ? undefined : readAddress(text);
    const prefix = address === undefined ? readPrefix(text) : undefined;
    if (address !== undefined) found[address.family].push({ first: BigInt(address.value), last: BigInt(address.value) });
    if (prefix !== undefined) found[prefix.family].push({ first: BigInt(prefix.first), last: BigInt(prefix.last) });
  }
  return { 4: merged(found[4]), 6: merged(found[6]) };
}

export function unionOf(sets: readonly AddressRanges[]): AddressRanges {
  return { 4: merged(sets.flatMap((set) => set[4])), 6: merged(sets.flatMap((set) => set[6])) };
}

/** What is in `from` and not in `taken`. */
export function withoutAddresses(from: AddressRanges, taken: AddressRanges): AddressRanges {
  return { 4: difference(from[4], taken[4]), 6: difference(from[6], taken[6]) };
}

export function isEveryAddress(set: AddressRanges, family: Family): boolean {
  const [only] = set[family];
  const whole = wholeOf(family);
  return set[family].length === 1 && only?.first === whole.first && only.last === whole.last;
}

/** Whether an address, in any form, is in the set. */
export function contains(set: AddressRanges, text: string): boolean {
  const address = readAddress(text);
  if (address === undefined) return false;
  const value = BigInt(address.value);
  return set[address.family].some(({ first, last }) => first <= value && value <= last);
}

export function hasNoAddress(set: AddressRanges): boolean {
  return set[4].length === 0 && set[6].length === 0;
}

/** The fewest prefixes that cover exactly the set's addresses of one family, in order; single addresses without a length. */
export function prefixesOf(set: AddressRanges, family: Family): string[] {
  return set[family].flatMap((interval) => prefixesOfInterval(interval, family));
}

/** Text that is equal for equal sets and for no others. */
export function rangesText(set: AddressRanges): string {
  return families.flatMap((family) => (isEveryAddress(set, family) ? [`ip${family}`] : prefixesOf(set, family))).join(',');
}

function wholeOf(family: Family): Interval {
  return { first: 0n, last: (1n << BigInt(bitsOf[family])) - 1n };
}

function merged(intervals: readonly Interval[]): Interval[] {
  const sorted = intervals.toSorted((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0));
  const result: Interval[] = [];
  for (const interval of sorted) {
    const previous = result.at(-1);
    if (previous === undefined || interval.first > previous.last + 1n) result.push(interval);
    else if (interval.last > previous.last) result[result.length - 1] = { first: previous.first, last: interval.last };
  }
  return result;
}

function difference(from: readonly Interval[], taken: readonly Interval[]): Interval[] {
  const result: Interval[] = [];
  let at = 0;
  for (const { first, last } of from) {
    let start = first;
    while (at < taken.length && (taken[at]?.last ?? 0n) < start) at += 1;
    for (let next = at; next < taken.length; next += 1) {
      const gap = taken[next];
      if (gap === undefined || gap.first > last) break;
      if (gap.first > start) result.push({ first: start, last: gap.first - 1n });
      start = gap.last + 1n;
    }
    if (start <= last) result.push({ first: start, last });
  }
  return result;
}

function prefixesOfInterval({ first, last }: Interval, family: Family): string[] {
  const bits = bitsOf[family];
  const prefixes: string[] = [];
  for (let start = first; start <= last;) {
    let length = bits;
    // Double the block while it stays aligned and inside.
    while (length > 0) {
      const size = 1n << BigInt(bits - length + 1);
      if (start % size !== 0n || start + size - 1n > last) break;
      length -= 1;
    }
    prefixes.push(prefixText(start, length, family));
    start += 1n << BigInt(bits - length);
  }
  return prefixes;
}

function prefixText(first: bigint, length: number, family: Family): string {
  const address: Address = family === 4 ? { family, value: Number(first) } : { family, value: first };
  const prefix = prefixAround(address, length);
  if (prefix === undefined) throw new Error(`bug: a block of ${length} bits in IPv${family}`);
  const text = formatPrefix(prefix);
  return length === bitsOf[family] ? text.slice(0, text.indexOf('/')) : text;
}
