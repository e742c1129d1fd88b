/**
 * Wire notation -> values, directed by the column's type. Anything that does not fit the type is refused.
 *
 * @source RFC 7047 §5.1 (<value>, <atom>, <set>, <map>, <uuid>)
 */
import { OvsdbError } from '../errors.ts';
import { isArray } from '../json/json.ts';
import type { Json } from '../json/json.ts';
import type { AtomicType, ColumnType } from '../schema/types.ts';
import type { StringPool } from './string-pool.ts';
import { isUuid } from './uuid.ts';
import type { Atom, Uuid, Value } from './value.ts';

/** What a column of one UUID holds by default. @source RFC 7047 §5.2.1 */
export const defaultUuid = '00000000-0000-0000-0000-000000000000' as Uuid;

/** All empty sets, as most columns of most rows are. */
export const EMPTY_SET: readonly Atom[] = Object.freeze([]);
/** All empty maps. */
export const EMPTY_MAP: ReadonlyMap<Atom, Atom> = new Map();

/** @throws {OvsdbError} OVSDB_BAD_MESSAGE when the JSON is no <atom> of the type; `where` names the column */
export function decodeAtom(json: Json, type: AtomicType, where: string): Atom {
  switch (type) {
    case 'string':
      if (typeof json === 'string') return json;
      break;
    case 'integer':
      if (typeof json === 'bigint' || (typeof json === 'number' && Number.isInteger(json))) return json;
      break;
    case 'real':
      if (typeof json === 'number') return json;
      if (typeof json === 'bigint') return Number(json);
      break;
    case 'boolean':
      if (typeof json === 'boolean') return json;
      break;
    case 'uuid':
      if (isArray(json) && json[0] === 'uuid' && typeof json[1] === 'string' && isUuid(json[1])) return json[1];
      break;
  }
  throw new OvsdbError('OVSDB_BAD_MESSAGE', `a value of ${where} is no ${type}`, { retry: 'later', value: json });
}

/** Read one UUID, given as ["uuid", text]. @throws {OvsdbError} OVSDB_BAD_MESSAGE */
export function decodeUuid(json: Json, where: string): Uuid {
  return decodeAtom(json, 'uuid', where) as Uuid;
}

/**
 * @param where names the column
 * @param pool lets equal strings be one object
 * @throws {OvsdbError} OVSDB_BAD_MESSAGE when the JSON is no <value> of the type
 */
export function decodeValue(json: Json, type: ColumnType, where: string, pool?: StringPool): Value {
  const { key } = type;
  switch (type.shape) {
    case 'scalar':
      return pooled(decodeAtom(single(json, where), key.type, where), pool);
    case 'optional':
      if (isSet(json)) {
        const items = elements(json, where);
        return items.length === 0 ? undefined : pooled(decodeAtom(single(json, where), key.type, where), pool);
      }
      return pooled(decodeAtom(json, key.type, where), pool);
    case 'set':
      return decodeSet(json, type, where, pool);
    case 'map':
      return decodeMap(json, type, where, pool);
  }
}

/** The value of a column that a row does not state. @source RFC 7047 §5.2.1 (defaults of insert) */
export function defaultValue(type: ColumnType): Value {
  if (type.shape === 'optional') return undefined;
  if (type.shape === 'map') return EMPTY_MAP;
  if (type.shape === 'set' && type.min === 0) return EMPTY_SET;
  const atom = defaultAtom(type.key.type);
  return type.shape === 'set' ? [atom] : atom;
}

function defaultAtom(type: AtomicType): Atom {
  switch (type) {
    case 'string':
      return '';
    case 'integer':
    case 'real':
      return 0;
    case 'boolean':
      return false;
    case 'uuid':
      return defaultUuid;
  }
}

function decodeSet(json: Json, { key }: ColumnType, where: string, pool: StringPool | undefined): readonly Atom[] {
  if (!isSet(json)) return [pooled(decodeAtom(json, key.type, where), pool)];
  const items = elements(json, where);
  // A copy by `map` has room for exactly its elements.
  return items.length === 0 ? EMPTY_SET : items.map((item) => pooled(decodeAtom(item, key.type, where), pool));
}

function decodeMap(json: Json, type: ColumnType, where: string, pool: StringPool | undefined): ReadonlyMap<Atom, Atom> {
  const valueType = type.value?.type ?? 'string';
  if (isSet(json) && elements(json, where).length === 0) return EMPTY_MAP;
  if (!isArray(json) || json[0] !== 'map' || !isArray(json[1])) throw bad(json, where, 'is no map');
  if (json[1].length === 0) return EMPTY_MAP;
  const map = new Map<Atom, Atom>();
  for (const pair of json[1]) {
    if (!isArray(pair) || pair.length !== 2) throw bad(json, where, 'holds no pair');
    const key = pooled(decodeAtom(pair[0] as Json, type.key.type, where), pool);
    map.set(key, pooled(decodeAtom(pair[1] as Json, valueType, where), pool));
  }
  return map;
}

function pooled(atom: Atom, pool: StringPool | undefined): Atom {
  return typeof atom === 'string' && pool !== undefined ? pool.intern(atom) : atom;
}

function isSet(json: Json): json is readonly ['set', ...Json[]] {
  return isArray(json) && json[0] === 'set';
}

function elements(json: readonly Json[], where: string): readonly Json[] {
  const items = json[1];
  if (!isArray(items)) throw bad(json, where, 'is no set');
  return items;
}

function single(json: Json, where: string): Json {
  if (!isSet(json)) return json;
  const items = elements(json, where);
  if (items.length !== 1) throw bad(json, where, `holds ${items.length} elements instead of one`);
  return items[0] as Json;
}

function bad(value: Json, where: string, why: string): OvsdbError {
  return new OvsdbError('OVSDB_BAD_MESSAGE', `a value of ${where} ${why}`, { retry: 'later', value });
}
