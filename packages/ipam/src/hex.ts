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

/** @returns character code of the digit that stands for the low four bits of a number */
export function digitCode(value: number): number {
  const digit = value & 15;
  // 39 from the digit 9 to the letter a, without a branch that nobody can predict.
  return 48 + digit + (((9 - digit) >> 31) & 39);
}
