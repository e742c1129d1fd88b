/**
 * Values of a replica -> the wire's notation, in a canonical order: elements of sets and maps are sorted.
 *
 * @source RFC 7047 §5.1
 */
import { printJson } from '../json/json.ts';
import type { Json } from '../json/json.ts';
import type { AtomicType, ColumnType } from '../schema/types.ts';
import type { ReplicaView } from '../replica/view.ts';
import { isMapValue, isSetValue } from './value.ts';
import type { Atom, Row, Value } from './value.ts';

/** The notation of a column's value. A set of one element is the element itself, as ovsdb-server writes it. */
export function valueToJson(value: Value, type: ColumnType): Json {
  if (isMapValue(value)) {
    const valueType = type.value?.type ?? 'string';
    const pairs = [...value].toSorted(([a], [b]) => compareAtoms(a, b));
    return ['map', pairs.map(([key, item]) => [atomToJson(key, type.key.type), atomToJson(item, valueType)])];
  }
  if (value === undefined) return ['set', []];
  if (!isSetValue(value)) return atomToJson(value, type.key.type);
  const [only] = value;
  if (value.length === 1 && only !== undefined) return atomToJson(only, type.key.type);
  return ['set', value.toSorted(compareAtoms).map((atom) => atomToJson(atom, type.key.type))];
}

/** The replicated columns of a row, without `_uuid`. */
function rowToJson(replica: ReplicaView, table: string, row: Row): Readonly<Record<string, Json>> {
  const columns = replica.schema?.tables.get(table)?.columns;
  const json: Record<string, Json> = {};
  for (const [name, column] of columns ?? []) if (name in row) json[name] = valueToJson(row[name], column.type);
  return json;
}

/** Everything a replica holds: `{table: {uuid: {column: value}}}`; replicated tables without rows are present and empty. */
export function replicaToJson(replica: ReplicaView): Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, Json>>>>>> {
  const tables: Record<string, Record<string, Readonly<Record<string, Json>>>> = {};
  for (const table of replica.schema?.tables.keys() ?? []) {
    if (replica.columns(table) === undefined) continue;
    const rows: Record<string, Readonly<Record<string, Json>>> = {};
    for (const row of replica.rows(table)) rows[row._uuid] = rowToJson(replica, table, row);
    tables[table] = rows;
  }
  return tables;
}

/** `replicaToJson` as text, in pieces of a row or so: what is large is never in memory as one string. */
export function* replicaToText(replica: ReplicaView): Generator<string> {
  let before = '{';
  for (const table of replica.schema?.tables.keys() ?? []) {
    if (replica.columns(table) === undefined) continue;
    yield `${before}${JSON.stringify(table)}:`;
    let beforeRow = '{';
    for (const row of replica.rows(table)) {
      yield `${beforeRow}"${row._uuid}":${printJson(rowToJson(replica, table, row))}`;
      beforeRow = ',';
    }
    yield beforeRow === '{' ? '{}' : '}';
    before = ',';
  }
  yield before === '{' ? '{}' : '}';
}

function atomToJson(atom: Atom, type: AtomicType): Json {
  return type === 'uuid' && typeof atom === 'string' ? ['uuid', atom] : atom;
}

function compareAtoms(a: Atom, b: Atom): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
