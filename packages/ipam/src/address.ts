/**
 * Addresses: text, the number inside, and ip-num's objects at the door.
 *
 * Inside the package an IPv4 address is a plain number and an IPv6 address a bigint. Nothing else in the package knows
 * ip-num or parses address text. Leading zeros, zones and spaces are refused: two spellings of one address must not be
 * taken for two addresses.
 */
import type { IPv4, IPv6 } from 'ip-num';
import { IPv4 as IpNumV4, IPv6 as IpNumV6 } from 'ip-num';
import { IpamError } from './errors.ts';

/** IP version. */
export type Family = 4 | 6;

/** An address with its family: IPv4 as a number in 0..2^32-1, IPv6 as a bigint in 0..2^128-1. */
export type Address = { readonly family: 4; readonly value: number } | { readonly family: 6; readonly value: bigint };

/** What the door accepts wherever an address is meant: text or an object of ip-num. */
export type AddressLike = string | IPv4 | IPv6 | Address;

/** Largest text that is looked at; no textual address is longer (RFC 4291 §2.2, form 3). */
const MAX_TEXT = 45;

/**
 * Parse an address.
 *
 * @throws {IpamError} IPAM_BAD_ADDRESS
 * @source RFC 4291 §2.2; RFC 6943 §3.1.1 (why leading zeros are refused)
 */
export function parseAddress(input: AddressLike): Address {
  const address = readAddress(input);
  if (address === undefined) {
    const value = typeof input === 'string' ? input.slice(0, MAX_TEXT + 1) : typeof input;
    throw new IpamError('IPAM_BAD_ADDRESS', `"${value}" is not an IPv4 or IPv6 address`, { value });
  }
  return address;
}

/** Like `parseAddress`, with `undefined` in place of an error. */
export function readAddress(input: AddressLike): Address | undefined {
  if (typeof input === 'string') {
    if (input.length > MAX_TEXT) return undefined;
    if (input.includes(':')) {
      const value = parseV6(input);
      return value === undefined ? undefined : { family: 6, value };
    }
    const value = parseV4(input);
    return value === undefined ? undefined : { family: 4, value };
  }
  if ('family' in input) return input;
  if (input instanceof IpNumV4) return { family: 4, value: Number(input.getValue()) };
  if (input instanceof IpNumV6) return { family: 6, value: input.getValue() };
  return undefined;
}

/** Text of an address, in the canonical form of RFC 5952 §4 and §5 (`::ffff:192.0.2.1` for IPv4-mapped). */
export function formatAddress(address: Address): string {
  return address.family === 4 ? formatV4(address.value) : formatV6(address.value);
}

/** The same address as an object of ip-num. */
export function toIpNum(address: Address): IPv4 | IPv6 {
  return address.family === 4 ? new IpNumV4(BigInt(address.value)) : new IpNumV6(address.value);
}

/** Canonical text of any spelling of an address; `undefined` when it is none. */
export function canonicalAddress(input: AddressLike): string | undefined {
  const address = readAddress(input);
  return address === undefined ? undefined : formatAddress(address);
}

/** Dotted text of an IPv4 number. */
export function formatV4(value: number): string {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}

/** Text of an IPv6 number. @source RFC 5952 §4.2 (longest run of zeros, the first of equals), §5 */
export function formatV6(value: bigint): string {
  if (value >> 32n === 0xffffn) return `::ffff:${formatV4(Number(value & 0xffff_ffffn))}`;
  const groups = groupsOf(value);
  const run = longestZeroRun(groups);
  const hex = groups.map((group) => group.toString(16));
  if (run.length < 2) return hex.join(':');
  return `${hex.slice(0, run.start).join(':')}::${hex.slice(run.start + run.length).join(':')}`;
}

function groupsOf(value: bigint): number[] {
  const high = value >> 64n;
  const words = [Number(high >> 32n), Number(high & 0xffff_ffffn), Number((value >> 32n) & 0xffff_ffffn), Number(value & 0xffff_ffffn)];
  return words.flatMap((word) => [word >>> 16, word & 0xffff]);
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (let index = 0; index <= groups.length; index += 1) {
    if (groups[index] === 0) continue;
    if (index - start > best.length) best = { start, length: index - start };
    start = index + 1;
  }
  return best;
}

const CODE_0 = 48;
const CODE_DOT = 46;

function parseV4(text: string): number | undefined {
  let value = 0;
  let octet = -1;
  let octets = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === CODE_DOT) {
      if (octet < 0 || octets === 3) return undefined;
      value = value * 256 + octet;
      octets += 1;
      octet = -1;
    } else {
      const digit = code - CODE_0;
      if (digit < 0 || digit > 9 || octet === 0) return undefined;
      octet = octet < 0 ? digit : octet * 10 + digit;
      if (octet > 255) return undefined;
    }
  }
  return octets === 3 && octet >= 0 ? value * 256 + octet : undefined;
}

function parseV6(text: string): bigint | undefined {
  const gap = text.indexOf('::');
  if (gap < 0) {
    const groups = parseGroups(text);
    return groups?.length === 8 ? joinGroups(groups) : undefined;
  }
  if (text.includes('::', gap + 1)) return undefined;
  const head = gap === 0 ? [] : parseGroups(text.slice(0, gap));
  const tail = gap + 2 === text.length ? [] : parseGroups(text.slice(gap + 2));
  if (head === undefined || tail === undefined || head.length + tail.length > 7) return undefined;
  if (text.slice(0, gap).includes('.')) return undefined;
  return joinGroups([...head, ...Array.from({ length: 8 - head.length - tail.length }, () => 0), ...tail]);
}

/** Groups between colons; the last may be dotted IPv4, which stands for two groups. */
function parseGroups(text: string): number[] | undefined {
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(Number.parseInt(part, 16));
      continue;
    }
    const dotted = index === parts.length - 1 ? parseV4(part) : undefined;
    if (dotted === undefined) return undefined;
    groups.push(dotted >>> 16, dotted & 0xffff);
  }
  return groups;
}

function joinGroups(groups: readonly number[]): bigint {
  let high = 0n;
  for (let index = 0; index < 8; index += 2) {
    high = (high << 32n) | BigInt((groups[index] ?? 0) * 65_536 + (groups[index + 1] ?? 0));
  }
  return high;
}
