/**
 * Prefixes (CIDR blocks) of one family.
 */
import type { Address, Family } from './address.ts';
import { formatAddress, readAddress } from './address.ts';
import { IpamError } from './errors.ts';

interface PrefixOf<F extends Family, N> {
  readonly family: F;
  /** Prefix length in bits, 0..32 or 0..128. */
  readonly length: number;
  /** First address, host bits zero. */
  readonly first: N;
  /** Last address, host bits one. */
  readonly last: N;
}

/** A CIDR block. */
export type Prefix = PrefixOf<4, number> | PrefixOf<6, bigint>;

/**
 * Parse `address/length`; host bits are masked off.
 *
 * @throws {IpamError} IPAM_BAD_PREFIX
 * @source RFC 4632 §3.1; RFC 4291 §2.3
 */
export function parsePrefix(text: string): Prefix {
  const prefix = readPrefix(text);
  if (prefix === undefined) {
    const value = text.slice(0, 50);
    throw new IpamError('IPAM_BAD_PREFIX', `"${value}" is not a CIDR block such as 10.16.0.0/16 or fd00::/64`, { value });
  }
  return prefix;
}

/** Like `parsePrefix`, with `undefined` in place of an error. */
export function readPrefix(text: string): Prefix | undefined {
  const slash = text.indexOf('/');
  if (slash < 0) return undefined;
  const digits = text.slice(slash + 1);
  const address = readAddress(text.slice(0, slash));
  const length = lengths.get(digits);
  return address === undefined || length === undefined ? undefined : prefixAround(address, length);
}

/** Every length, by its text. */
const lengths: ReadonlyMap<string, number> = new Map(Array.from({ length: 129 }, (_, bits) => [`${bits}`, bits]));

/** The block of `length` bits that holds an address; `undefined` when the length does not fit the family. */
export function prefixAround(address: Address, length: number): Prefix | undefined {
  if (!Number.isInteger(length) || length < 0 || length > (address.family === 4 ? 32 : 128)) return undefined;
  if (address.family === 4) {
    const size = 2 ** (32 - length);
    const first = address.value - (address.value % size);
    return { family: 4, length, first, last: first + size - 1 };
  }
  const hostBits = BigInt(128 - length);
  const first = (address.value >> hostBits) << hostBits;
  return { family: 6, length, first, last: first + (1n << hostBits) - 1n };
}

/**
 * Parse `v4`, `v6` or `v4,v6`: the blocks of a subnet, at most one of each family, IPv4 first.
 *
 * @throws {IpamError} IPAM_BAD_PREFIX
 * @source Kube-OVN Subnet.spec.cidrBlock
 */
export function parseCidrBlock(text: string): { readonly v4?: Prefix & { family: 4 }; readonly v6?: Prefix & { family: 6 } } {
  if (!text.includes(',')) {
    const prefix = parsePrefix(text.trim());
    return prefix.family === 4 ? { v4: prefix } : { v6: prefix };
  }
  const parts = text.split(',').map((part) => part.trim());
  const blocks: { v4?: Prefix & { family: 4 }; v6?: Prefix & { family: 6 } } = {};
  for (const part of parts.length > 3 ? parts.slice(0, 3) : parts) {
    const prefix = parsePrefix(part);
    if (blocks[prefix.family === 4 ? 'v4' : 'v6'] !== undefined || parts.length > 2) {
      throw new IpamError('IPAM_BAD_PREFIX', `"${text.slice(0, 100)}" names more than one block of a family`, {
        value: text.slice(0, 100),
      });
    }
    if (prefix.family === 4) blocks.v4 = prefix;
    else blocks.v6 = prefix;
  }
  return blocks;
}

/** `first/length`. */
export function formatPrefix(prefix: Prefix): string {
  return `${formatAddress(firstAddress(prefix))}/${prefix.length}`;
}

/** The block's first address. */
export function firstAddress(prefix: Prefix): Address {
  return prefix.family === 4 ? { family: 4, value: prefix.first } : { family: 6, value: prefix.first };
}

/** True when the address lies in the block. */
export function prefixContains(prefix: Prefix, address: Address): boolean {
  return prefix.family === address.family && prefix.first <= address.value && address.value <= prefix.last;
}

/** True when the two blocks share an address. */
export function prefixesOverlap(a: Prefix, b: Prefix): boolean {
  return a.family === b.family && a.first <= b.last && b.first <= a.last;
}

/**
 * First and last address that may be given to a host.
 *
 * With two or more host bits the first (network, or the IPv6 subnet-router anycast address) and the last are left out;
 * a point-to-point block of two has both, a block of one has its one.
 *
 * @source RFC 3021 §2.1 (IPv4 /31); RFC 4291 §2.6.1; RFC 6164 (IPv6 /127); Kube-OVN's counters treat both families alike
 */
export function usableBounds(prefix: Prefix): { readonly first: Address; readonly last: Address } {
  if (prefix.family === 4) {
    const inset = prefix.length <= 30 ? 1 : 0;
    return { first: { family: 4, value: prefix.first + inset }, last: { family: 4, value: prefix.last - inset } };
  }
  const inset = prefix.length <= 126 ? 1n : 0n;
  return { first: { family: 6, value: prefix.first + inset }, last: { family: 6, value: prefix.last - inset } };
}
