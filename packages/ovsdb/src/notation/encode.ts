/**
 * Values -> wire notation, checked against the column's type and constraints before anything is sent.
 *
 * @source RFC 7047 §5.1, constraints of §3.2 (<base-type>)
 */
import { OvsdbError } from '../errors.ts';
import type { Json } from '../json/json.ts';
import type { BaseType, ColumnType } from '../schema/types.ts';
import type { Atom } from './value.ts';

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

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
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
export function encodeAtom(value: WritableAtom, base: BaseType, place: ColumnPlace): Json {
  if (isNamedUuid(value)) {
    if (base.type !== 'uuid') throw bad(value, place, `a ${base.type} is wanted, not a row`);
    return ['named-uuid', value.named];
  }
  if (base.enum !== undefined && !base.enum.includes(value)) throw bad(value, place, `it must be one of ${base.enum.join(', ')}`);
  switch (base.type) {
    case 'string':
      return checkString(value, base, place);
    case 'integer':
      return checkInteger(value, base, place);
    case 'real':
      return checkReal(value, base, place);
    case 'boolean':
      if (typeof value !== 'boolean') throw bad(value, place, 'it must be a boolean');
      return value;
    case 'uuid':
      if (typeof value !== 'string' || !UUID.test(value)) throw bad(value, place, 'it must be a UUID');
      return ['uuid', value];
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
  if (items.length < type.min || items.length > type.max) {
    throw bad(
      value,
      place,
      `it must have ${type.min === type.max ? type.min : `${type.min} to ${type.max}`} elements, not ${items.length}`,
    );
  }
  if (items.length === 1) return encodeAtom(items[0] as WritableAtom, type.key, place);
  return ['set', items.map((item) => encodeAtom(item, type.key, place))];
}

/** Encode map entries. @throws {OvsdbError} OVSDB_BAD_VALUE */
export function encodeMap(value: WritableValue, type: ColumnType, place: ColumnPlace): Json {
  const valueType = type.value ?? { type: 'string' };
  if (value !== undefined && (isAtomLike(value) || Array.isArray(value))) throw bad(value, place, 'a map is wanted');
  const entries: Iterable<readonly [Atom, WritableAtom]> =
    value === undefined
      ? []
      : value instanceof Map
        ? (value as ReadonlyMap<Atom, WritableAtom>)
        : Object.entries(value as Readonly<Record<string, WritableAtom>>);
  const pairs: Json[] = [];
  for (const [key, item] of entries) pairs.push([encodeAtom(key, type.key, place), encodeAtom(item, valueType, place)]);
  if (pairs.length < type.min || pairs.length > type.max) throw bad(value, place, `it must have ${type.min} to ${type.max} entries`);
  return ['map', pairs];
}

function isAtomLike(value: WritableValue): value is WritableAtom {
  return typeof value !== 'object' ? value !== undefined : isNamedUuid(value);
}

function refuseMap(value: unknown, place: ColumnPlace): never {
  throw bad(value, place, 'no map is wanted');
}

function checkString(value: Atom, base: BaseType, place: ColumnPlace): string {
  if (typeof value !== 'string') throw bad(value, place, 'it must be a string');
  const { minLength, maxLength } = base;
  if (minLength === undefined && maxLength === undefined) return value;
  const length = Array.from(value).length;
  if (length < (minLength ?? 0) || length > (maxLength ?? Infinity)) {
    throw bad(value, place, `its length must be ${minLength ?? 0} to ${maxLength ?? 'any number of'} characters`);
  }
  return value;
}

function checkInteger(value: Atom, base: BaseType, place: ColumnPlace): Json {
  if (typeof value !== 'bigint' && !(typeof value === 'number' && Number.isSafeInteger(value))) {
    throw bad(value, place, 'it must be an integer (a bigint beyond 2^53)');
  }
  const low = base.minInteger ?? MIN_INTEGER;
  const high = base.maxInteger ?? MAX_INTEGER;
  if (value < low || value > high) throw bad(value, place, `it must be within ${low} to ${high}`);
  return value;
}

function checkReal(value: Atom, base: BaseType, place: ColumnPlace): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw bad(value, place, 'it must be a finite number');
  if (value < (base.minReal ?? -Infinity) || value > (base.maxReal ?? Infinity))
    throw bad(value, place, `it must be within ${base.minReal ?? '-any'} to ${base.maxReal ?? 'any'}`);
  return value;
}

function bad(value: unknown, place: ColumnPlace, why: string): OvsdbError {
  const shown =
    typeof value === 'string'
      ? `"${value.slice(0, 80)}"`
      : typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean'
        ? `${value}`
        : 'a collection or nothing';
  return new OvsdbError('OVSDB_BAD_VALUE', `${place.table}.${place.column} cannot be ${shown}: ${why}`, { ...place, value });
}
