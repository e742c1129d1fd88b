import { isIPv4, isIPv6 } from 'node:net';
import { HostError } from './errors.ts';

/** `AF_INET` and `AF_INET6` as the kernel numbers them. */
export const AF_INET = 2;
/** See `AF_INET`. */
export const AF_INET6 = 10;

/** A prefix as it goes into a netlink message. */
export interface PrefixBytes {
  readonly bytes: Buffer;
  readonly length: number;
}

/**
 * The 4 or 16 bytes of an IP address, network order.
 * @throws {HostError} HOST_INVALID
 */
export function addressBytes(text: string): Buffer {
  if (isIPv4(text)) return Buffer.from(text.split('.').map(Number));
  if (!isIPv6(text) || text.includes('%'))
    throw new HostError('HOST_INVALID', `address ${JSON.stringify(text)}`, 'is neither an IPv4 nor an IPv6 address');
  const dotted = text.lastIndexOf('.') === -1 ? undefined : text.slice(text.lastIndexOf(':') + 1);
  const hex = dotted === undefined ? text : text.slice(0, -dotted.length) + dottedAsGroups(dotted);
  const [head = '', tail] = hex.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups = [...left, ...Array.from({ length: 8 - left.length - right.length }, () => '0'), ...right];
  const bytes = Buffer.alloc(16);
  groups.forEach((group, index) => bytes.writeUInt16BE(Number.parseInt(group, 16), index * 2));
  return bytes;
}

/** The text of an address. @source RFC 5952 §4 */
export function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[i * 2] ?? 0) << 8) | (bytes[i * 2 + 1] ?? 0));
  const { start, length } = longestZeroRun(groups);
  const hex = groups.map((group) => group.toString(16));
  if (length < 2) return hex.join(':');
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`;
}

/**
 * `10.16.0.0/16` as bytes and length; a bare address is a host prefix.
 * @throws {HostError} HOST_INVALID
 */
export function prefixBytes(text: string): PrefixBytes {
  const [address = '', length, ...rest] = text.split('/');
  const bytes = addressBytes(address);
  const bits = bytes.length * 8;
  if (length === undefined) return { bytes, length: bits };
  if (rest.length > 0 || !/^\d{1,3}$/.test(length) || Number(length) > bits) {
    throw new HostError('HOST_INVALID', `prefix ${JSON.stringify(text)}`, `the part after "/" must be a number from 0 to ${bits}`);
  }
  return { bytes, length: Number(length) };
}

/** `AF_INET` or `AF_INET6`, by the size of the address. */
export function familyOf(bytes: Uint8Array): number {
  return bytes.length === 4 ? AF_INET : AF_INET6;
}

/**
 * The 6 bytes of `0a:00:00:12:34:56`.
 * @throws {HostError} HOST_INVALID
 */
export function macBytes(text: string): Buffer {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text)) {
    throw new HostError('HOST_INVALID', `MAC ${JSON.stringify(text)}`, 'must be six hexadecimal pairs joined by ":"');
  }
  return Buffer.from(text.replaceAll(':', ''), 'hex');
}

/** Lower-case text of a link-layer address. */
export function macText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(':');
}

function dottedAsGroups(dotted: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = dotted.split('.').map(Number);
  return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  groups.forEach((group, index) => {
    if (group !== 0) start = index + 1;
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start };
  });
  return best;
}
