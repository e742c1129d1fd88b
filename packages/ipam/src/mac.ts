/**
 * MAC addresses (EUI-48): text and the 48-bit number inside.
 */
import { IpamError } from './errors.ts';
import { digitCode, hexDigit } from './hex.ts';

/** Number of the address with the bits of an individual, locally administered address. */
const LOCAL_BIT = 0x02_00_00_00_00_00;
const GROUP_BIT = 0x01_00_00_00_00_00;
const OCTET = 256;
/** 2 x 23 bits are drawn. */
const HALF_BITS = 2 ** 23;

const TEXT_LENGTH = 17;
const CODE_COLON = 58;
const CODE_DASH = 45;

/** 48-bit number of a MAC address written with `:` or `-`; `undefined` when it is none. */
export function readMac(text: string): number | undefined {
  const mark = text.charCodeAt(2);
  if (text.length !== TEXT_LENGTH || (mark !== CODE_COLON && mark !== CODE_DASH)) return undefined;
  let value = 0;
  for (let index = 0; index < TEXT_LENGTH; index += 1) {
    const code = text.charCodeAt(index);
    if (index % 3 === 2) {
      if (code !== mark) return undefined;
    } else {
      const digit = hexDigit(code);
      if (digit < 0) return undefined;
      value = value * 16 + digit;
    }
  }
  return value;
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

/** Lower-case text with colons. */
export function formatMac(value: number): string {
  const high = Math.floor(value / 2 ** 32);
  const low = value >>> 0;
  // All characters at once: joining pieces would make a string of each two.
  return String.fromCharCode(
    digitCode(high >>> 12),
    digitCode(high >>> 8),
    CODE_COLON,
    digitCode(high >>> 4),
    digitCode(high),
    CODE_COLON,
    digitCode(low >>> 28),
    digitCode(low >>> 24),
    CODE_COLON,
    digitCode(low >>> 20),
    digitCode(low >>> 16),
    CODE_COLON,
    digitCode(low >>> 12),
    digitCode(low >>> 8),
    CODE_COLON,
    digitCode(low >>> 4),
    digitCode(low),
  );
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
  const bits = Math.floor(random() * HALF_BITS);
  // Six bits beside the two fixed ones, then the other 40.
  const first = (bits >>> 17) * 4;
  const rest = (bits % 2 ** 17) * HALF_BITS + Math.floor(random() * HALF_BITS);
  return first * OCTET ** 5 + LOCAL_BIT + rest;
}
