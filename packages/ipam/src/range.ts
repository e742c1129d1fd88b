/**
 * Inclusive ranges of addresses in their two notations: `a..b` (what users write) and `a-b` (what a status shows).
 */
import type { Address, Family } from './address.ts';
import { formatPoint, pointAt, readAddress } from './address.ts';
import { IpamError } from './errors.ts';
import type { Span } from './point.ts';
import { isSamePoint, pointOf } from './point.ts';
import { readPrefix } from './prefix.ts';

/** Number of an address: IPv4 a plain number, IPv6 a bigint. */
export type AddressNumber = number | bigint;

/** Inclusive range of numbers of one family. */
export interface Interval<N extends AddressNumber> {
  readonly first: N;
  readonly last: N;
}

/** Inclusive range of addresses. */
export type AddressRange = ({ readonly family: 4 } & Interval<number>) | ({ readonly family: 6 } & Interval<bigint>);

/**
 * Parse one address, `first..last`, or a CIDR block.
 *
 * @throws {IpamError} IPAM_BAD_RANGE
 * @source Kube-OVN Subnet.spec.excludeIps, IPPool.spec.ips
 */
export function parseRange(text: string): AddressRange {
  const range = readRange(text);
  if (range === undefined) {
    const value = text.slice(0, 100);
    throw new IpamError('IPAM_BAD_RANGE', `"${value}" is not an address, a range first..last or a CIDR block`, { value });
  }
  return range;
}

/** Like `parseRange`, with `undefined` in place of an error. */
export function readRange(text: string): AddressRange | undefined {
  if (text.includes('/')) return readPrefix(text);
  const dots = text.indexOf('..');
  const first = readAddress(dots < 0 ? text : text.slice(0, dots));
  const last = dots < 0 ? first : readAddress(text.slice(dots + 2));
  return first === undefined || last === undefined ? undefined : rangeBetween(first, last);
}

function rangeBetween(first: Address, last: Address): AddressRange | undefined {
  if (first.value > last.value) return undefined;
  if (first.family === 4 && last.family === 4) return { family: 4, first: first.value, last: last.value };
  if (first.family === 6 && last.family === 6) return { family: 6, first: first.value, last: last.value };
  return undefined;
}

/**
 * `a-b,c`: the text of a status field.
 *
 * @param limit at most so many ranges; what is left out is told as `+<number> ranges`
 * @source Kube-OVN Subnet.status.v4usingIPrange
 */
export function formatRanges<N extends AddressNumber>(
  family: Family,
  ranges: Iterable<Interval<N>>,
  limit: number = Number.POSITIVE_INFINITY,
): string {
  return formatSpans(family, spansOf(ranges), limit);
}

function* spansOf<N extends AddressNumber>(ranges: Iterable<Interval<N>>): IterableIterator<Span> {
  for (const { first, last } of ranges) yield { first: pointOf(BigInt(first)), last: pointOf(BigInt(last)) };
}

/** The same of spans. */
export function formatSpans(family: Family, spans: Iterable<Span>, limit: number): string {
  const parts: string[] = [];
  let left = 0;
  for (const { first, last } of spans) {
    if (parts.length >= limit) left += 1;
    else parts.push(formatSpan(family, { first, last }, '-'));
  }
  if (left > 0) parts.push(`+${left} ranges`);
  return parts.join(',');
}

/** One address, or two with a mark between. */
export function formatSpan(family: Family, { first, last }: Span, mark: '-' | '..'): string {
  return isSamePoint(first, last) ? formatPoint(family, first) : `${formatPoint(family, first)}${mark}${formatPoint(family, last)}`;
}

/** A range as points. */
export function spanOf(range: AddressRange): Span {
  return range.family === 4
    ? { first: pointAt({ family: 4, value: range.first }), last: pointAt({ family: 4, value: range.last }) }
    : { first: pointOf(range.first), last: pointOf(range.last) };
}
