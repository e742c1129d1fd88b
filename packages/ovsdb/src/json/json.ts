/**
 * JSON with exact 64-bit integers: an integer that a double cannot hold is a `bigint`, in both directions.
 *
 * @source RFC 7047 §3.1: "<integer> A JSON number with an integer value, within the range -(2**63)...+(2**63)-1"
 */

/** A JSON value; integers outside ±(2^53 - 1) are bigint. */
export type Json = null | boolean | number | bigint | string | readonly Json[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  readonly [member: string]: Json;
}

type SourceAwareReviver = (this: unknown, key: string, value: unknown, context: { readonly source?: string }) => unknown;

/**
 * Parse a JSON text.
 *
 * @param mayHoldLongIntegers false when no number in the text has 16 digits or more, which makes parsing several times faster
 * @throws {SyntaxError} on malformed JSON
 */
export function parseJson(text: string, mayHoldLongIntegers: boolean): Json {
  if (!mayHoldLongIntegers) return JSON.parse(text) as Json;
  return JSON.parse(text, reviveLongInteger as (this: unknown, key: string, value: unknown) => unknown) as Json;
}

const reviveLongInteger: SourceAwareReviver = (_key, value, context) => {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  const source = context.source;
  return source !== undefined && /^-?\d+$/.test(source) ? BigInt(source) : value;
};

/** Print a JSON value on one line; bigint as a plain integer. */
export function printJson(value: Json): string {
  return holdsBigint(value) ? printExact(value) : JSON.stringify(value);
}

function holdsBigint(value: Json): boolean {
  if (typeof value === 'bigint') return true;
  if (typeof value !== 'object' || value === null) return false;
  if (isArray(value)) return value.some(holdsBigint);
  for (const name in value) if (holdsBigint(value[name] ?? null)) return true;
  return false;
}

function printExact(value: Json): string {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (isArray(value)) return `[${value.map(printExact).join(',')}]`;
  return `{${Object.entries(value)
    .map(([name, member]) => `${JSON.stringify(name)}:${printExact(member)}`)
    .join(',')}}`;
}

/** `Array.isArray` that narrows a JSON value. */
export function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** True for a JSON object (not null, not an array). */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
