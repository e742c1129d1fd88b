/**
 * JSON with whole numbers of any size.
 *
 * Kubernetes carries an address counter as a JSON number: a /64 has 18446744073709551614 addresses. A JavaScript number
 * holds 53 bits exactly, so such a counter is a bigint in memory; these two functions write and read it without loss and
 * without an exponent. A kube-apiserver keeps numbers above 2^63-1 as floating point, hence `sameCounter`.
 */
import type { Counter } from './fields.ts';

/** ECMAScript "JSON.parse source text access", in Node since 22; not yet in the compiler's library. */
interface ExactJson {
  rawJSON(text: string): unknown;
  parse(text: string, reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown): unknown;
}

const exact = JSON as unknown as ExactJson;
const INT64_MAX = 2n ** 63n - 1n;

/** JSON text of a value; a bigint becomes a number with all its digits. */
export function printJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => (typeof part === 'bigint' ? exact.rawJSON(part.toString()) : part));
}

/**
 * Parse JSON; whole numbers outside ±(2^53-1) become bigints.
 *
 * @throws {SyntaxError} when the text is not JSON
 */
export function parseJson(text: string): unknown {
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  return exact.parse(text, (_key, value, { source }) => {
    const isLarge = typeof value === 'number' && !Number.isSafeInteger(value) && source !== undefined && /^-?\d+$/.test(source);
    return isLarge ? BigInt(source) : value;
  });
}

/** Exact value of a counter field; absent counts as zero. A number that the server rounded is taken as it is. */
export function readCounter(value: Counter | undefined): bigint {
  if (typeof value === 'bigint') return value;
  return value === undefined || !Number.isFinite(value) ? 0n : BigInt(Math.trunc(value));
}

/** A counter for a status: a plain number where that is exact. */
export function toCounter(value: bigint): Counter {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

/** True when a server that rounds numbers above 2^63-1 may show `observed` for what was written as `wanted`. */
export function sameCounter(wanted: Counter, observed: Counter | undefined): boolean {
  if (observed === undefined) return false;
  const exactWanted = readCounter(wanted);
  if (exactWanted === readCounter(observed)) return true;
  return exactWanted > INT64_MAX && Number(wanted) === Number(observed);
}
