/**
 * The text of a UUID: read in any case, written in lower case.
 *
 * @source RFC 4122 §3; ovsdb-server 3.1 takes either case wherever a client names a UUID, and shows lower case
 */
import type { Uuid } from './value.ts';

/** Characters of a UUID. */
export const UUID_LENGTH = 36;

const HYPHEN = 0x2d;

/** True for a UUID as a server writes it and a replica shows it. It is asked of every row and every reference: a pattern costs more. */
export function isUuid(text: string): text is Uuid {
  if (text.length !== UUID_LENGTH) return false;
  for (let at = 0; at < UUID_LENGTH; at++) if (!fits(text.charCodeAt(at), at)) return false;
  return true;
}

/** The same of bytes from a position on. */
export function isUuidAt(bytes: Uint8Array, from: number): boolean {
  if (from + UUID_LENGTH > bytes.length) return false;
  for (let at = 0; at < UUID_LENGTH; at++) if (!fits(bytes[from + at] as number, at)) return false;
  return true;
}

function fits(code: number, at: number): boolean {
  if (at === 8 || at === 13 || at === 18 || at === 23) return code === HYPHEN;
  return (code >= 0x30 && code <= 0x39) || (code >= 0x61 && code <= 0x66);
}

/** A UUID in whatever case; undefined when the text is none. */
export function readUuid(text: string): Uuid | undefined {
  const lower = text.toLowerCase();
  return isUuid(lower) ? lower : undefined;
}
