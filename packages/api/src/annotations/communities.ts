/** BGP communities as text. */
import type { Codec } from './codecs.ts';

/** @source IANA, "BGP Well-known Communities" */
const WELL_KNOWN: Readonly<Record<string, string>> = {
  'graceful-shutdown': '65535:0',
  'no-export': '65535:65281',
  'no-advertise': '65535:65282',
  'no-export-subconfed': '65535:65283',
};
const MAX_16 = 65_535;
const MAX_32 = 4_294_967_295;

/** One community in canonical text: two numbers of 16 bits, or the three of 32 bits of a large one. @source RFC 1997, RFC 8092 */
export function parseCommunity(text: string): string | undefined {
  const word = text.trim().toLowerCase();
  const known = WELL_KNOWN[word];
  if (known !== undefined) return known;
  const parts = word.split(':');
  if (!parts.every((part) => /^\d{1,10}$/.test(part)) || (parts.length !== 2 && parts.length !== 3)) return undefined;
  const numbers = parts.map(Number);
  return numbers.every((number) => number <= (parts.length === 2 ? MAX_16 : MAX_32)) ? numbers.join(':') : undefined;
}

/** Communities between commas; each once, in canonical text. */
export const communityList: Codec<readonly string[]> = {
  format: `communities separated by commas, each such as 65000:100, 65000:1:2 or one of ${Object.keys(WELL_KNOWN).join(', ')}`,
  parse(text) {
    const found = text
      .split(',')
      .filter((part) => part.trim() !== '')
      .map(parseCommunity);
    return found.every((community) => community !== undefined) ? [...new Set(found)] : undefined;
  },
  print: (value) => value.join(','),
};
