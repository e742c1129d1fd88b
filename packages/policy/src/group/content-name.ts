/** Names of rows that follow from what the rows hold, so that equal contents are one row whoever wants it. */
import { sha256 } from '@noble/hashes/sha2.js';

/** 128 bits: that two contents get one name is beyond the reach of someone who seeks it. */
const nameBytes = 16;

/**
 * A name that is valid for port groups and address sets.
 *
 * @param kind what the row is, a word of letters
 * @param content text that is equal for equal rows and for no others
 */
export function contentName(kind: string, content: string): string {
  return `${kind}.${contentHash(content)}`;
}

/** 32 hexadecimal digits. */
export function contentHash(content: string): string {
  const digest = sha256(utf8(content));
  const codes: number[] = [];
  for (const byte of digest.subarray(0, nameBytes)) codes.push(codeOf(byte >> 4), codeOf(byte & 15));
  return String.fromCharCode(...codes);
}

/** TextEncoder is no part of the language. @source RFC 3629 §3; a lone surrogate counts as a code point */
function utf8(text: string): Uint8Array {
  const ascii = new Uint8Array(text.length);
  let at = 0;
  while (at < text.length && text.charCodeAt(at) < 0x80) {
    ascii[at] = text.charCodeAt(at);
    at += 1;
  }
  if (at === text.length) return ascii;
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x1_0000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
  }
  return Uint8Array.from(bytes);
}

/** Of a hexadecimal digit. */
function codeOf(digit: number): number {
  return digit < 10 ? 0x30 + digit : 0x57 + digit;
}
