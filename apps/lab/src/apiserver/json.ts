/**
 * JSON as Kubernetes means it: integers are exact.
 *
 * `JSON.parse` rounds integers beyond ±2^53; a Subnet's IPv6 counters reach 1.8e19. Here such an integer is a `bigint`
 * and is printed again digit by digit. Everything else is what `JSON.parse` gives. Values are never mutated in place.
 *
 * @source Kubernetes API conventions, "Primitive types" (64-bit integers)
 */

/** Any JSON value; an `undefined` member is left out when printed. */
export type JsonValue = null | boolean | number | bigint | string | readonly JsonValue[] | JsonObject;
/** A JSON object; read-only, since objects are shared between the store, watchers and handlers. */
export interface JsonObject {
  readonly [key: string]: JsonValue | undefined;
}

/** ES2025 source text access; not yet in the library types of the compiler target. */
interface JsonWithSource {
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
  rawJSON(text: string): object;
}
const sourced = JSON as unknown as JsonWithSource;

const longDigits = /\d{16}/;
const integer = /^-?\d+$/;

/**
 * Parse JSON text; integers that a double can't hold become `bigint`.
 *
 * @throws {SyntaxError} the text is not JSON
 */
export function parseJson(text: string): JsonValue {
  if (!longDigits.test(text)) return JSON.parse(text) as JsonValue;
  return sourced.parse(text, (_key, value, context) => {
    if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
    return context.source !== undefined && integer.test(context.source) ? BigInt(context.source) : value;
  }) as JsonValue;
}

/** Print a JSON value; the reverse of {@link parseJson}. */
export function formatJson(value: JsonValue): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return JSON.stringify(value, (_key, member: unknown) => (typeof member === 'bigint' ? sourced.rawJSON(String(member)) : member));
  }
}

/** Whether the value is an object (not null, not an array). */
export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value as an object; an empty one when it is something else. */
export function asObject(value: JsonValue | undefined): JsonObject {
  return isObject(value) ? value : {};
}

/** The value as an array; an empty one when it is something else. */
export function asArray(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

/** The value as a string; `undefined` when it is something else. */
export function asString(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The value at a path of member names; `undefined` when a step is missing. */
export function at(value: JsonValue | undefined, ...path: readonly string[]): JsonValue | undefined {
  let here: JsonValue | undefined = value;
  for (const step of path) here = isObject(here) ? here[step] : undefined;
  return here;
}

/** A copy with the value at the path replaced (`undefined` removes it); missing steps are created. */
export function withAt(object: JsonObject, path: readonly string[], value: JsonValue | undefined): JsonObject {
  const [head, ...rest] = path;
  if (head === undefined) return asObject(value);
  const next = rest.length === 0 ? value : withAt(asObject(object[head]), rest, value);
  const { [head]: _old, ...others } = object;
  return next === undefined ? others : { ...object, [head]: next };
}

/** Whether a value nests deeper than this many levels; recursion over anything deeper would end the stack. */
export function isDeeperThan(value: JsonValue | undefined, levels: number): boolean {
  let layer: readonly (JsonValue | undefined)[] = [value];
  for (let depth = 0; layer.length > 0; depth += 1) {
    if (depth > levels) return true;
    layer = layer.flatMap((item) =>
      typeof item === 'object' && item !== null ? (Object.values(item) as readonly (JsonValue | undefined)[]) : [],
    );
  }
  return false;
}

/** Structural equality; members that are `undefined` count as absent. */
export function jsonEqual(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    return (typeof a === 'bigint' || typeof b === 'bigint') && typeof a !== 'string' && typeof b !== 'string' && a == b;
  }
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((item, index) => jsonEqual(item as JsonValue, b[index] as JsonValue))
    );
  }
  const left = a as JsonObject;
  const right = b as JsonObject;
  for (const key of Object.keys(left)) if (!jsonEqual(left[key], right[key])) return false;
  for (const key of Object.keys(right)) if (right[key] !== undefined && left[key] === undefined) return false;
  return true;
}

/** The value as text for a message or a comparison: strings as they are, nothing as '', structures as JSON. */
export function asText(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? formatJson(value) : String(value);
}
