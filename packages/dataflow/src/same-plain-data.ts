/** Equality of plain data, for formulas that build their result anew each time. */

/**
 * Whether two values hold the same plain data: primitives, arrays, plain objects, maps and sets (of primitives),
 * compared by content. A property that is `undefined` differs from one that is missing. Anything else, by identity.
 *
 * @complexity linear in the smaller value
 */
export function isSamePlainData(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, at) => isSamePlainData(item, b[at]));
  if (a instanceof Map && b instanceof Map)
    return a.size === b.size && [...a].every(([key, value]) => b.has(key) && isSamePlainData(value, b.get(key)));
  if (a instanceof Set && b instanceof Set) return a.size === b.size && [...a].every((item) => b.has(item));
  return isRecord(a) && isRecord(b) && isSameRecord(a, b);
}

function isRecord(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function isSameRecord(a: Record<string, unknown>, b: Record<string, unknown>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && isSamePlainData(a[key], b[key]));
}
