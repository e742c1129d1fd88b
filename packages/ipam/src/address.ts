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

const WORD = 0xffff_ffffn;

/** Text of an IPv6 number. @source RFC 5952 §4.2 (longest run of zeros, the first of equals), §5 */
export function formatV6(value: bigint): string {
  const words = [Number(value >> 96n), Number((value >> 64n) & WORD), Number((value >> 32n) & WORD), Number(value & WORD)] as const;
  const [a, b, c, d] = words;
  if (a === 0 && b === 0 && c === 0xffff) return `::ffff:${formatV4(d)}`;
  const groups = [a >>> 16, a & 0xffff, b >>> 16, b & 0xffff, c >>> 16, c & 0xffff, d >>> 16, d & 0xffff];
  const run = longestZeroRun(groups);
  if (run.length < 2) return joinHex(groups, 0, 8);
  return `${joinHex(groups, 0, run.start)}::${joinHex(groups, run.start + run.length, 8)}`;
}

function joinHex(groups: readonly number[], from: number, to: number): string {
  let text = '';
  for (let index = from; index < to; index += 1) text += (index === from ? '' : ':') + (groups[index] ?? 0).toString(16);
  return text;
}

function longestZeroRun(groups: readonly number[]): { readonly start: number; readonly length: number } {
  let start = 0;
  let length = 0;
  let zeros = 0;
  for (let index = 0; index < groups.length; index += 1) {
    zeros = groups[index] === 0 ? zeros + 1 : 0;
    if (zeros > length) {
      length = zeros;
      start = index + 1 - zeros;
    }
  }
  return { start, length };
}

const CODE_0 = 48;
const CODE_DOT = 46;
const CODE_COLON = 58;

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

/** @returns value of a hexadecimal digit, -1 for another character */
function hexDigit(code: number): number {
  if (code >= CODE_0 && code <= 57) return code - CODE_0;
  const letter = code | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

/** One pass over the text: parsing must not cost more than allocating. */
function parseV6(text: string): bigint | undefined {
  const groups: number[] = [];
  let gap = -1;
  let group = 0;
  let digits = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === CODE_COLON) {
      const isGap = text.charCodeAt(index + 1) === CODE_COLON;
      if (isGap ? gap >= 0 : digits === 0 || index === text.length - 1) return undefined;
      if (digits > 0) groups.push(group);
      if (isGap) {
        gap = groups.length;
        index += 1;
      }
      group = 0;
      digits = 0;
    } else if (code === CODE_DOT) {
      const dotted = parseV4(text.slice(index - digits));
      return dotted === undefined ? undefined : joinGroups([...groups, dotted >>> 16, dotted & 0xffff], gap);
    } else {
      const digit = hexDigit(code);
      digits += 1;
      if (digit < 0 || digits > 4) return undefined;
      group = group * 16 + digit;
    }
  }
  if (digits > 0) groups.push(group);
  return joinGroups(groups, gap);
}

/** @param gap place of `::` in the groups, -1 when there is none; it stands for at least one group */
function joinGroups(groups: readonly number[], gap: number): bigint | undefined {
  const missing = 8 - groups.length;
  if (gap < 0 ? missing !== 0 : missing < 1) return undefined;
  const at = (place: number): number => {
    if (gap < 0 || place < gap) return groups[place] ?? 0;
    return place < gap + missing ? 0 : (groups[place - missing] ?? 0);
  };
  let value = 0n;
  for (let place = 0; place < 8; place += 2) value = (value << 32n) | BigInt(at(place) * 65_536 + at(place + 1));
  return value;
}
