/**
 * JSON of a schema -> `DatabaseSchema`. Unknown members are ignored, so that newer servers are understood.
 *
 * @source RFC 7047 §3.2
 */
import { OvsdbError } from '../errors.ts';
import { isArray, isObject } from '../json/json.ts';
import type { Json, JsonObject } from '../json/json.ts';
import { decodeAtom } from '../notation/decode.ts';
import type { AtomicType, BaseType, ColumnSchema, ColumnShape, ColumnType, DatabaseSchema, TableSchema } from './types.ts';

const ATOMIC_TYPES: readonly string[] = ['integer', 'real', 'boolean', 'string', 'uuid'] satisfies AtomicType[];

/** @throws {OvsdbError} OVSDB_BAD_SCHEMA naming the table and column that cannot be read */
export function parseSchema(json: Json): DatabaseSchema {
  if (!isObject(json) || typeof json['name'] !== 'string' || !isObject(json['tables'])) {
    throw bad('it has no "name" or no "tables"');
  }
  const declared = Object.entries(json['tables']);
  const anyRoot = declared.some(([, table]) => isObject(table) && table['isRoot'] === true);
  const tables = new Map<string, TableSchema>();
  for (const [name, table] of declared) {
    if (!isObject(table) || !isObject(table['columns'])) throw bad(`table "${name}" has no "columns"`, name);
    // A schema that names no root table at all predates garbage collection: every table is then a root.
    tables.set(name, parseTable(name, table, !anyRoot || table['isRoot'] === true));
  }
  const version = json['version'];
  return { name: json['name'], version: typeof version === 'string' ? version : '', tables };
}

function parseTable(name: string, json: JsonObject, isRoot: boolean): TableSchema {
  const columns = new Map<string, ColumnSchema>();
  for (const [column, definition] of Object.entries(json['columns'] as JsonObject)) {
    if (!isObject(definition)) throw bad(`column "${name}.${column}" is not an object`, name, column);
    columns.set(column, {
      name: column,
      type: parseType(definition['type'], name, column),
      ephemeral: definition['ephemeral'] === true,
      mutable: definition['mutable'] !== false,
    });
  }
  const indexes = isArray(json['indexes'])
    ? json['indexes'].filter(isArray).map((index) => index.filter((item) => typeof item === 'string'))
    : [];
  const maxRows = json['maxRows'];
  return { name, columns, isRoot, indexes, maxRows: typeof maxRows === 'number' ? maxRows : Infinity };
}

function parseType(json: Json | undefined, table: string, column: string): ColumnType {
  if (typeof json === 'string') return { key: parseBase(json, table, column), min: 1, max: 1, shape: 'scalar' };
  if (!isObject(json)) throw bad(`type of "${table}.${column}" is neither a string nor an object`, table, column);
  const key = parseBase(json['key'], table, column);
  const min = json['min'] === 0 ? 0 : 1;
  const max = json['max'] === 'unlimited' ? Infinity : typeof json['max'] === 'number' ? json['max'] : 1;
  if (json['value'] !== undefined) return { key, value: parseBase(json['value'], table, column), min, max, shape: 'map' };
  const shape: ColumnShape = max > 1 ? 'set' : min === 0 ? 'optional' : 'scalar';
  return { key, min, max, shape };
}

function parseBase(json: Json | undefined, table: string, column: string): BaseType {
  if (typeof json === 'string') return { type: atomicType(json, table, column) };
  if (!isObject(json) || typeof json['type'] !== 'string') throw bad(`"${table}.${column}" has a base type without "type"`, table, column);
  const type = atomicType(json['type'], table, column);
  const base: { -readonly [K in keyof BaseType]: BaseType[K] } = { type };
  if (json['enum'] !== undefined) base.enum = parseEnum(json['enum'], type, `${table}.${column}`);
  if (isInteger(json['minInteger'])) base.minInteger = json['minInteger'];
  if (isInteger(json['maxInteger'])) base.maxInteger = json['maxInteger'];
  if (typeof json['minReal'] === 'number') base.minReal = json['minReal'];
  if (typeof json['maxReal'] === 'number') base.maxReal = json['maxReal'];
  if (typeof json['minLength'] === 'number') base.minLength = json['minLength'];
  if (typeof json['maxLength'] === 'number') base.maxLength = json['maxLength'];
  if (typeof json['refTable'] === 'string') {
    base.refTable = json['refTable'];
    base.refType = json['refType'] === 'weak' ? 'weak' : 'strong';
  }
  return base;
}

function parseEnum(json: Json, type: AtomicType, where: string) {
  const items = isArray(json) && json[0] === 'set' && isArray(json[1]) ? json[1] : [json];
  return items.map((item) => decodeAtom(item, type, where));
}

function isInteger(value: Json | undefined): value is number | bigint {
  return typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value));
}

function atomicType(text: string, table: string, column: string): AtomicType {
  if (!ATOMIC_TYPES.includes(text)) throw bad(`"${table}.${column}" has the unknown atomic type "${text}"`, table, column);
  return text as AtomicType;
}

function bad(why: string, table?: string, column?: string): OvsdbError {
  return new OvsdbError('OVSDB_BAD_SCHEMA', `the database schema cannot be read: ${why}`, {
    retry: 'later',
    ...(table === undefined ? {} : { table }),
    ...(column === undefined ? {} : { column }),
  });
}
