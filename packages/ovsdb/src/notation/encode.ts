/**
 * Values -> wire notation, checked against the column's type and constraints before anything is sent.
 *
 * @source RFC 7047 §5.1, constraints of §3.2 (<base-type>)
 */
import { OvsdbError } from '../errors.ts';
import type { Json } from '../json/json.ts';
import type { BaseType, ColumnType } from '../schema/types.ts';
import { readUuid } from './uuid.ts';
import { normalAtom } from './value.ts';
import type { Atom, Uuid } from './value.ts';

/** A row inserted earlier or later in the same transaction. @source RFC 7047 §5.1 (<named-uuid>) */
export interface NamedUuid {
  readonly named: string;
}

/** An atom as it may be written. */
export type WritableAtom = Atom | NamedUuid;

/** A value as it may be written; a plain object is a map with string keys; undefined is the empty optional, set or map. */
export type WritableValue =
  | WritableAtom
  | undefined
  | readonly WritableAtom[]
  | ReadonlyMap<Atom, WritableAtom>
  | { readonly [key: string]: WritableAtom };

const ID = /^[A-Za-z_][A-Za-z0-9_]*$/;
const MIN_INTEGER = -(2n ** 63n);
const MAX_INTEGER = 2n ** 63n - 1n;

/** Where a value stands, for messages. */
export interface ColumnPlace {
  readonly table: string;
  readonly column: string;
}

/** True for a named UUID. */
export function isNamedUuid(value: unknown): value is NamedUuid {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Partial<NamedUuid>).named === 'string' &&
    Object.keys(value).length === 1
  );
}

/** @throws {OvsdbError} OVSDB_BAD_VALUE naming table, column, value and what is allowed */
function encodeAtom(value: WritableAtom, base: BaseType, place: ColumnPlace): Json {
  if (isNamedUuid(value)) {
    if (base.type !== 'uuid') throw badValue(value, place, `a ${base.type} is wanted, not a row`);
    return ['named-uuid', checkId(value.named, place)];
  }
  if (base.enum !== undefined && !base.enum.includes(normalAtom(value)))
    throw badValue(value, place, `it must be one of ${base.enum.join(', ')}`);
  switch (base.type) {
    case 'string':
      return checkString(value, base, place);
    case 'integer':
      return checkInteger(value, base, place);
    case 'real':
      return checkReal(value, base, place);
    case 'boolean':
      if (typeof value !== 'boolean') throw badValue(value, place, 'it must be a boolean');
      return value;
    case 'uuid':
      return ['uuid', checkUuid(value, place)];
  }
}

/** @throws {OvsdbError} OVSDB_BAD_VALUE naming table, column, value and what is allowed */
export function encodeValue(value: WritableValue, type: ColumnType, place: ColumnPlace): Json {
  if (type.shape === 'map') return encodeMap(value, type, place);
  const items: readonly WritableAtom[] =
    value === undefined
      ? []
      : isAtomLike(value)
        ? [value]
        : Array.isArray(value)
          ? (value as readonly WritableAtom[])
          : refuseMap(value, place);
  checkCount(items.length, type, { value, place, what: 'element' });
  if (items.length === 1) return encodeAtom(items[0] as WritableAtom, type.key, place);
  const encoded = items.map((item) => encodeAtom(item, type.key, place));
  checkDistinct(items, type.key, { place, what: 'set' });
  return ['set', encoded];
}

/** Encode map entries. @throws {OvsdbError} OVSDB_BAD_VALUE */
function encodeMap(value: WritableValue, type: ColumnType, place: ColumnPlace): Json {
  const valueType = type.value ?? { type: 'string' };
  if (value !== undefined && (isAtomLike(value) || Array.isArray(value))) throw badValue(value, place, 'a map is wanted');
  const entries: Iterable<readonly [Atom, WritableAtom]> =
    value === undefined
      ? []
      : value instanceof Map
        ? (value as ReadonlyMap<Atom, WritableAtom>)
        : Object.entries(value as Readonly<Record<string, WritableAtom>>);
  const pairs: Json[] = [];
  for (const [key, item] of entries) pairs.push([encodeAtom(key, type.key, place), encodeAtom(item, valueType, place)]);
  checkCount(pairs.length, type, { value, place, what: 'entry' });
  // Keys of other types are as distinct as those of the map that was given.
  if (type.key.type === 'integer' || type.key.type === 'uuid')
    checkDistinct(
      Array.from(entries, ([key]) => key),
      type.key,
      { place, what: 'map' },
    );
  return ['map', pairs];
}

/** @throws {OvsdbError} OVSDB_BAD_VALUE when a name for a row of the transaction is no <id>. @source RFC 7047 §3.1 (<id>) */
export function checkId(name: string, place: ColumnPlace): string {
  if (!ID.test(name)) throw badValue(name, place, 'a name for a row begins with a letter or "_" and holds letters, digits and "_" alone');
  return name;
}

/** @throws {OvsdbError} OVSDB_BAD_VALUE when it is no UUID; one in upper case is taken as a server takes it */
export function checkUuid(value: Atom, place: ColumnPlace): Uuid {
  const uuid = typeof value === 'string' ? readUuid(value) : undefined;
  if (uuid === undefined) throw badValue(value, place, 'it must be a UUID');
  return uuid;
}

function checkCount(
  count: number,
  { min, max }: ColumnType,
  at: { readonly value: unknown; readonly place: ColumnPlace; readonly what: 'element' | 'entry' },
): void {
  if (count >= min && count <= max) return;
  const bound = min === max ? `exactly ${min}` : max === Infinity ? `${min} or more` : `${min} to ${max}`;
  throw badValue(at.value, at.place, `it must have ${bound} ${at.what === 'entry' ? 'entries' : 'elements'}, not ${count}`);
}

/**
 * @source ovsdb-server refuses a set that holds an element twice, and a map that holds a key twice (7 and 7n are the same, and so are
 *   UUIDs that differ in case alone)
 */
function checkDistinct(
  items: readonly WritableAtom[],
  { type }: BaseType,
  { place, what }: { readonly place: ColumnPlace; readonly what: 'set' | 'map' },
): void {
  const seen = new Set<unknown>();
  for (const item of items) {
    const key = isNamedUuid(item) ? `@${item.named}` : type === 'uuid' ? readUuid(`${item}`) : normalAtom(item);
    if (seen.has(key)) throw badValue(item, place, `a ${what} holds no ${what === 'map' ? 'key' : 'element'} twice`);
    seen.add(key);
  }
}

function isAtomLike(value: WritableValue): value is WritableAtom {
  return typeof value !== 'object' ? value !== undefined : isNamedUuid(value);
}

function refuseMap(value: unknown, place: ColumnPlace): never {
  throw badValue(value, place, 'no map is wanted');
}

function checkString(value: Atom, base: BaseType, place: ColumnPlace): string {
  if (typeof value !== 'string') throw badValue(value, place, 'it must be a string');
  // ovsdb-server cannot read such a string at all: it would drop the connection instead of refusing the transaction.
  if (value.includes('\0') || !value.isWellFormed()) throw badValue(value, place, 'it must hold neither NUL nor half a surrogate pair');
  const { minLength, maxLength } = base;
  if (minLength === undefined && maxLength === undefined) return value;
  const length = Array.from(value).length;
  if (length < (minLength ?? 0) || length > (maxLength ?? Infinity)) {
    throw badValue(value, place, `its length must be ${rangeText(minLength ?? 0, maxLength)} characters, not ${length}`);
  }
  return value;
}

function checkInteger(value: Atom, base: BaseType, place: ColumnPlace): Json {
  if (typeof value !== 'bigint' && !(typeof value === 'number' && Number.isSafeInteger(value))) {
    throw badValue(value, place, 'it must be an integer (a bigint beyond 2^53)');
  }
  const low = base.minInteger ?? MIN_INTEGER;
  const high = base.maxInteger ?? MAX_INTEGER;
  if (value < low || value > high) throw badValue(value, place, `it must be within ${rangeText(low, high)}`);
  return value;
}

/** Smallest normal double; strtod(3) calls what is smaller out of range. */
const SMALLEST_REAL = 2.2250738585072014e-308;

function checkReal(value: Atom, base: BaseType, place: ColumnPlace): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw badValue(value, place, 'it must be a finite number');
  // ovsdb-server cannot read such a number at all: it would drop the connection instead of refusing the transaction.
  if (value !== 0 && Math.abs(value) < SMALLEST_REAL) throw badValue(value, place, `it is too close to 0: ${SMALLEST_REAL} is the least`);
  if (value < (base.minReal ?? -Infinity) || value > (base.maxReal ?? Infinity))
    throw badValue(value, place, `it must be within ${rangeText(base.minReal, base.maxReal)}`);
  return value;
}

function rangeText(low: number | bigint | undefined, high: number | bigint | undefined): string {
  return high === undefined ? `${low} or more` : low === undefined ? `${high} or less` : `${low} to ${high}`;
}

/** The refusal of a value, with the table, the column, the value and what is allowed. */
export function badValue(value: unknown, place: ColumnPlace, why: string): OvsdbError {
  const shown =
    typeof value === 'string'
      ? `"${value.slice(0, 80)}"`
      : typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean'
        ? `${value}`
        : 'a collection or nothing';
  return new OvsdbError('OVSDB_BAD_VALUE', `${place.table}.${place.column} cannot be ${shown}: ${why}`, { ...place, value });
}
