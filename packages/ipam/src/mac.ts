/**
 * MAC addresses (EUI-48): text and the 48-bit number inside.
 */
import { IpamError } from './errors.ts';

/** Number of the address with the bits of an individual, locally administered address. */
const LOCAL_BIT = 0x02_00_00_00_00_00;
const GROUP_BIT = 0x01_00_00_00_00_00;
const OCTET = 256;

/** 48-bit number of a MAC address written with `:` or `-`; `undefined` when it is none. */
export function readMac(text: string): number | undefined {
  if (!/^[0-9a-fA-F]{2}([:-])(?:[0-9a-fA-F]{2}\1){4}[0-9a-fA-F]{2}$/.test(text)) return undefined;
  return Number.parseInt(text.replaceAll(/[:-]/g, ''), 16);
}

/**
 * Parse a MAC address.
 *
 * @throws {IpamError} IPAM_BAD_MAC
 */
export function parseMac(text: string): number {
  const value = readMac(text);
  if (value === undefined) throw new IpamError('IPAM_BAD_MAC', `"${text.slice(0, 32)}" is not a MAC address`, { value: text.slice(0, 32) });
  return value;
}

/** Hexadecimal text of every octet: text of an address is asked for with every lease. */
const octetText: readonly string[] = Array.from({ length: OCTET }, (_, octet) => octet.toString(16).padStart(2, '0'));

/** Lower-case text with colons. */
export function formatMac(value: number): string {
  const high = Math.floor(value / 2 ** 32);
  const low = value >>> 0;
  const hex = octetText;
  return `${hex[high >>> 8]}:${hex[high & 255]}:${hex[low >>> 24]}:${hex[(low >>> 16) & 255]}:${hex[(low >>> 8) & 255]}:${hex[low & 255]}`;
}

/** Canonical text of any spelling of a MAC address; `undefined` when it is none. */
export function canonicalMac(text: string): string | undefined {
  const value = readMac(text);
  return value === undefined ? undefined : formatMac(value);
}

/** True for an address that may be a network interface's own: not a group address and not zero. */
export function isUnicastMac(value: number): boolean {
  return value !== 0 && Math.floor(value / GROUP_BIT) % 2 === 0;
}

/**
 * A random locally administered unicast address.
 *
 * @param random uniform in [0, 1)
 * @source IEEE 802-2014 §8.4 (the two low bits of the first octet)
 */
export function randomMac(random: () => number): number {
  const first = Math.floor(random() * 64) * 4;
  const rest = Math.floor(random() * OCTET ** 2) * OCTET ** 3 + Math.floor(random() * OCTET ** 3);
  return first * OCTET ** 5 + LOCAL_BIT + rest;
}
