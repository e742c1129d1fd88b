/**
 * Column values as this package shows them: plain strings, numbers, arrays and maps instead of the wire's tagged arrays.
 */

/** A row's UUID in lower-case text, as a server shows it. Where one is written or compared by a server, either case will do. */
export type Uuid = string & { readonly __brand: 'Uuid' };

/** The UUID of a row of a table. That of another table is refused by the compiler; a plain `Uuid` fits any. */
export type UuidOf<T extends string> = Uuid & { readonly __table?: T };

/** A scalar. UUIDs are `Uuid` strings; integers outside ±(2^53 - 1) are bigint. */
export type Atom = string | number | bigint | boolean;

/**
 * A column's value by its type: exactly one -> the atom; 0..1 -> atom or undefined; a set -> array; a map -> Map.
 * Sets have no order and hold no element twice.
 */
export type Value = Atom | undefined | readonly Atom[] | ReadonlyMap<Atom, Atom>;

/** A row as replicated. Never changed in place: an update makes a new object. */
export interface Row {
  readonly _uuid: Uuid;
  readonly [column: string]: Value;
}

/** Integers that a double holds exactly are numbers, as in the replica. */
export function normalAtom(atom: Atom): Atom {
  return typeof atom === 'bigint' && Number.isSafeInteger(Number(atom)) ? Number(atom) : atom;
}

/** True for a map value. */
export function isMapValue(value: unknown): value is ReadonlyMap<Atom, Atom> {
  return value instanceof Map;
}

/** True for a set value. */
export function isSetValue(value: unknown): value is readonly Atom[] {
  return Array.isArray(value);
}

/** Equality of two values of one column; sets and maps regardless of order. */
export function valuesEqual(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (isSetValue(a)) return isSetValue(b) && setsEqual(a, b);
  if (isMapValue(a)) return isMapValue(b) && mapsEqual(a, b);
  return false;
}

/** Equality of two rows: the same columns with equal values. */
export function rowsEqual(a: Row, b: Row): boolean {
  if (a === b) return true;
  let columns = 0;
  for (const name in b) {
    if (!(name in a) || !valuesEqual(a[name], b[name])) return false;
    columns++;
  }
  return columns === Object.keys(a).length;
}

function setsEqual(a: readonly Atom[], b: readonly Atom[]): boolean {
  if (a.length !== b.length) return false;
  let i = 0;
  while (i < a.length && a[i] === b[i]) i++;
  if (i === a.length) return true;
  const rest = new Set(a.slice(i));
  for (; i < b.length; i++) if (!rest.has(b[i] as Atom)) return false;
  return true;
}

function mapsEqual(a: ReadonlyMap<Atom, Atom>, b: ReadonlyMap<Atom, Atom>): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) if (b.get(key) !== value || !b.has(key)) return false;
  return true;
}
