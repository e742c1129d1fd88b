/**
 * Hexadecimal digits of addresses: text of one is asked for with every lease.
 */

/** Text of every octet, without leading zeros. */
export const hex: readonly string[] = Array.from({ length: 256 }, (_, octet) => octet.toString(16));

/** Text of every octet, two digits. */
export const hex2: readonly string[] = hex.map((text) => text.padStart(2, '0'));

/** @returns value of the digit that a character code stands for, -1 for another character */
export function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}
