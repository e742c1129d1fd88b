/** Short names for contents: the same content has the same name, after a restart and on another machine as well. */

/** Letters that make no words. @source apimachinery pkg/util/rand SafeEncodeString */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** A name of up to ten characters for a JSON value; the order of its keys does not matter. */
export function contentHash(value: unknown): string {
  const digits = fnv1a(canonical(value)).toString();
  return Array.from(digits, (digit) => alphabet[digit.charCodeAt(0) % alphabet.length] ?? '').join('');
}

/** @source FNV-1a, 32 bits */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

/** JSON text with sorted keys; undefined members are left out. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return typeof value === 'bigint' ? value.toString() : (JSON.stringify(value) ?? 'null');
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  return `{${entries
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, entry]) => `${JSON.stringify(key)}:${canonical(entry)}`)
    .join(',')}}`;
}
