/** Bytes of which each is one character. */

/** The text of the bytes from one position up to another, all of which are ASCII. */
export type DecodeAscii = (bytes: Uint8Array, from: number, to: number) => string;

/** A text of one character for each byte. */
export function fromBytes(bytes: Uint8Array, from = 0, to: number = bytes.length): string {
  let text = '';
  for (let at = from; at < to; at++) text += String.fromCharCode(bytes[at] as number);
  return text;
}

/** The bytes of a text whose characters are all below 256. */
export function toBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
