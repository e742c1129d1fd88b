/**
 * Forms of value that several annotations share.
 */
import { canonicalAddress, canonicalMac, formatPrefix, parseCidrBlock, readAddress } from '@kube-ovn/ipam';
import type { AnnotationDefinition } from './define.ts';

/** Text both ways, and the form for people. */
export type Codec<T> = Pick<AnnotationDefinition<T>, 'format' | 'parse' | 'print'>;

/** One address, or one of each family; canonical text. */
export interface AddressPair {
  readonly v4?: string;
  readonly v6?: string;
}

/** At most one address of each family, in any order. */
export function parseAddressPair(text: string): AddressPair | undefined {
  const pair: { v4?: string; v6?: string } = {};
  const parts = text.split(',', 3).map((part) => part.trim());
  for (const part of parts) {
    const family = readAddress(part)?.family;
    const address = canonicalAddress(part);
    if (family === undefined || address === undefined) return undefined;
    const side = family === 4 ? 'v4' : 'v6';
    if (pair[side] !== undefined) return undefined;
    pair[side] = address;
  }
  return pair;
}

/** `v4`, `v6` or `v4,v6`. */
export function formatAddressPair(pair: AddressPair): string {
  return [pair.v4, pair.v6].filter((address) => address !== undefined).join(',');
}

export const addressPair: Codec<AddressPair> = {
  format: 'an IPv4 address, an IPv6 address, or both as "v4,v6"',
  parse: parseAddressPair,
  print: formatAddressPair,
};

export const cidrPair: Codec<AddressPair> = {
  format: 'an IPv4 block, an IPv6 block, or both as "v4,v6"',
  parse: parseCidrPair,
  print: formatAddressPair,
};

function parseCidrPair(text: string): AddressPair | undefined {
  try {
    const { v4, v6 } = parseCidrBlock(text);
    return { ...(v4 === undefined ? {} : { v4: formatPrefix(v4) }), ...(v6 === undefined ? {} : { v6: formatPrefix(v6) }) };
  } catch {
    return undefined;
  }
}

export const macAddress: Codec<string> = {
  format: 'a MAC address such as 00:00:00:53:6b:b6',
  parse: (text) => canonicalMac(text.trim()),
  print: (mac) => mac,
};

export const truth: Codec<boolean> = {
  format: '"true" or "false"',
  parse(text) {
    const word = text.trim().toLowerCase();
    if (word === 'true') return true;
    return word === 'false' || word === '' ? false : undefined;
  },
  print: String,
};

/** Any text that is not empty. */
export const word: Codec<string> = {
  format: 'text that is not empty',
  parse: (text) => text.trim() || undefined,
  print: (value) => value,
};

/** Names between commas; spaces around them and empty ones do not count. */
export const wordList: Codec<readonly string[]> = {
  format: 'names separated by commas',
  parse: splitList,
  print: (value) => value.join(','),
};

function splitList(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** Addresses between commas, of any family; canonical text. */
export const addressList: Codec<readonly string[]> = {
  format: 'addresses separated by commas',
  parse(text) {
    const parts = splitList(text).map((part) => canonicalAddress(part));
    return parts.every((part) => part !== undefined) ? parts : undefined;
  },
  print: (value) => value.join(','),
};

/** A whole number in decimal digits, between bounds. */
export function wholeNumber(minimum: number, maximum: number, unit: string): Codec<number> {
  return {
    format: `a whole number of ${unit} from ${minimum} to ${maximum}`,
    parse(text) {
      const trimmed = text.trim();
      const value = Number(trimmed);
      return /^\d{1,15}$/.test(trimmed) && value >= minimum && value <= maximum ? value : undefined;
    },
    print: String,
  };
}

/** One of a few words, in any case. */
export function oneOf<const T extends string>(...values: readonly T[]): Codec<T> {
  return {
    format: `one of ${values.map((value) => `"${value}"`).join(', ')}`,
    parse: (text) => values.find((value) => value.toLowerCase() === text.trim().toLowerCase()),
    print: (value) => value,
  };
}
