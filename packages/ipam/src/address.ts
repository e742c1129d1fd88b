/**
 * Addresses: text, the number inside, and ip-num's objects at the door.
 *
 * At the door an IPv4 address is a plain number and an IPv6 address a bigint; inside both are points (point.ts). Nothing else in
 * the package knows ip-num or parses address text. Leading zeros, zones and spaces are refused: two spellings of one address must not be
 * taken for two addresses.
 */
import type { IPv4, IPv6 } from 'ip-num';
import { IPv4 as IpNumV4, IPv6 as IpNumV6 } from 'ip-num';
import { IpamError } from './errors.ts';
import { hex, hex2, hexDigit } from './hex.ts';
import type { Point } from './point.ts';
import { numberOf, pointOf } from './point.ts';

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
      const point = parseV6(input);
      return point && { family: 6, value: numberOf(point) };
    }
    const value = parseV4(input);
    return value < 0 ? undefined : { family: 4, value };
  }
  if ('family' in input) return input;
  if (input instanceof IpNumV4) return { family: 4, value: Number(input.getValue()) };
  if (input instanceof IpNumV6) return { family: 6, value: input.getValue() };
  return undefined;
}

/** An address of the family as a point; `undefined` when it is none. */
export function readPoint(input: AddressLike, family: Family): Point | undefined {
  if (typeof input === 'string') {
    if (input.length > MAX_TEXT) return undefined;
    if (family === 6) return parseV6(input);
    const value = parseV4(input);
    return value < 0 ? undefined : { top: 0, hi: 0, lo: value };
  }
  const address = readAddress(input);
  return address?.family === family ? pointAt(address) : undefined;
}

/** The point of an address. */
export function pointAt(address: Address): Point {
  return address.family === 4 ? { top: 0, hi: 0, lo: address.value } : pointOf(address.value);
}

/** Canonical text of a point. */
export function formatPoint(family: Family, point: Point): string {
  return family === 4 ? formatV4(point.lo) : formatV6(point);
}

/** What is before the last octet, or before the last group unless that is zero. */
export function formatStart(family: Family, { top, hi, lo }: Point): string {
  return family === 4 ? formatV4Start(lo) : formatV6({ top, hi, lo: lo - (lo & 0xffff) + 1 }).slice(0, -1);
}

/** The last octet or group. */
export function formatEnd(family: Family, value: number): string {
  return family === 4 ? `${decimal[value]}` : formatGroup(value);
}

/** Text of an address, in the canonical form of RFC 5952 §4 and §5 (`::ffff:192.0.2.1` for IPv4-mapped). */
export function formatAddress(address: Address): string {
  return formatPoint(address.family, pointAt(address));
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

/** Text of every octet, in decimal: text of an address is asked for with every lease. */
const decimal: readonly string[] = Array.from({ length: 256 }, (_, octet) => `${octet}`);

const decimalDot: readonly string[] = decimal.map((text) => `${text}.`);

/** Dotted text of an IPv4 number. */
function formatV4(value: number): string {
  return `${formatV4Start(value)}${decimal[value & 255]}`;
}

function formatV4Start(value: number): string {
  return `${decimalDot[value >>> 24]}${decimalDot[(value >>> 16) & 255]}${decimalDot[(value >>> 8) & 255]}`;
}

/** Text of an IPv6 address. @source RFC 5952 §4.2 (longest run of zeros, the first of equals), §5 */
function formatV6({ top, hi, lo }: Point): string {
  const high = Math.floor(hi / WORD);
  const low = Math.floor(lo / WORD);
  if (top === 0 && hi === 0 && low === 0xffff) return `::ffff:${formatV4(lo >>> 0)}`;
  const groups = [top >>> 16, top & 0xffff, high, (hi >>> 16) & 0xffff, hi & 0xffff, low, (lo >>> 16) & 0xffff, lo & 0xffff];
  let start = 8;
  let length = 1;
  let zeros = 0;
  for (let place = 0; place < 8; place += 1) {
    zeros = groups[place] === 0 ? zeros + 1 : 0;
    if (zeros > length) {
      length = zeros;
      start = place + 1 - zeros;
    }
  }
  if (start === 8) return joinHex(groups, 0, 8);
  return `${joinHex(groups, 0, start)}::${joinHex(groups, start + length, 8)}`;
}

function joinHex(groups: readonly number[], from: number, to: number): string {
  let text = '';
  for (let place = from; place < to; place += 1) {
    const digits = formatGroup(groups[place] ?? 0);
    text = place === from ? digits : `${text}:${digits}`;
  }
  return text;
}

function formatGroup(group: number): string {
  return group < 256 ? `${hex[group]}` : `${hex[group >>> 8]}${hex2[group & 255]}`;
}

const WORD = 2 ** 32;
const CODE_0 = 48;
const CODE_DOT = 46;
const CODE_COLON = 58;

/** @returns -1 for what is no IPv4 address */
function parseV4(text: string, from = 0): number {
  let value = 0;
  let octet = -1;
  let octets = 0;
  for (let index = from; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === CODE_DOT) {
      if (octet < 0 || octets === 3) return -1;
      value = value * 256 + octet;
      octets += 1;
      octet = -1;
    } else {
      const digit = code - CODE_0;
      if (digit < 0 || digit > 9 || octet === 0) return -1;
      octet = octet < 0 ? digit : octet * 10 + digit;
      if (octet > 255) return -1;
    }
  }
  return octets === 3 && octet >= 0 ? value * 256 + octet : -1;
}

/** One pass over the text: parsing must not cost more than allocating. */
function parseV6(text: string): Point | undefined {
  const groups = [0, 0, 0, 0, 0, 0, 0, 0];
  let count = 0;
  let gap = -1;
  let group = 0;
  let digits = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code === CODE_COLON) {
      const isGap = text.charCodeAt(index + 1) === CODE_COLON;
      if (isGap ? gap >= 0 : digits === 0 || index === text.length - 1) return undefined;
      if (digits > 0) {
        if (count === 8) return undefined;
        groups[count] = group;
        count += 1;
      }
      if (isGap) {
        gap = count;
        index += 1;
      }
      group = 0;
      digits = 0;
    } else if (code === CODE_DOT) {
      const dotted = parseV4(text, index - digits);
      if (dotted < 0 || count > 6) return undefined;
      groups[count] = dotted >>> 16;
      groups[count + 1] = dotted & 0xffff;
      return joinGroups(groups, count + 2, gap);
    } else {
      const digit = hexDigit(code);
      digits += 1;
      if (digit < 0 || digits > 4) return undefined;
      group = group * 16 + digit;
    }
  }
  if (digits > 0) {
    if (count === 8) return undefined;
    groups[count] = group;
    count += 1;
  }
  return joinGroups(groups, count, gap);
}

/**
 * @param groups eight, of which `count` are set
 * @param gap place of `::` in the groups, -1 when there is none; it stands for at least one group
 */
function joinGroups(groups: number[], count: number, gap: number): Point | undefined {
  if (gap < 0 ? count !== 8 : count === 8) return undefined;
  if (gap >= 0) {
    for (let moved = 1; moved <= count - gap; moved += 1) {
      groups[8 - moved] = groups[count - moved] ?? 0;
      groups[count - moved] = 0;
    }
  }
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = groups;
  return { top: a * 65_536 + b, hi: c * WORD + d * 65_536 + e, lo: f * WORD + g * 65_536 + h };
}
