/**
 * The text of a UUID: read in any case, written in lower case.
 *
 * @source RFC 4122 §3; ovsdb-server 3.1 takes either case wherever a client names a UUID, and shows lower case
 */
import type { Uuid } from './value.ts';

const CANONICAL = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** True for a UUID as a server writes it and a replica shows it. */
export function isUuid(text: string): text is Uuid {
  return CANONICAL.test(text);
}

/** A UUID in whatever case; undefined when the text is none. */
export function readUuid(text: string): Uuid | undefined {
  const lower = text.toLowerCase();
  return isUuid(lower) ? lower : undefined;
}
