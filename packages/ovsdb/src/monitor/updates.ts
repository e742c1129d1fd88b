/**
 * Table updates -> row changes. The whole message is read before anything is applied, so that a bad one changes nothing.
 *
 * @source RFC 7047 §4.1.6 (<table-updates>); ovsdb-server(7) §4.1.14 (<table-updates2>)
 */
import { OvsdbError } from '../errors.ts';
import { isObject } from '../json/json.ts';
import type { Json, JsonObject } from '../json/json.ts';
import { decodeValue } from '../notation/decode.ts';
import type { StringPool } from '../notation/string-pool.ts';
import { isUuid } from '../notation/uuid.ts';
import type { Row, Uuid, Value } from '../notation/value.ts';
import { applyDifference } from './diff.ts';
import type { LargeSets } from './large-sets.ts';
import type { MonitoredTable } from './selection.ts';

/** One row before and after; `undefined` where it does not exist. */
export interface RowChange {
  readonly table: string;
  readonly uuid: Uuid;
  readonly before: Row | undefined;
  readonly after: Row | undefined;
}

/** What reading an update needs to know of the replica. */
export interface UpdateContext {
  readonly tables: ReadonlyMap<string, MonitoredTable>;
  /** The row before the update. */
  row(table: string, uuid: Uuid): Row | undefined;
  /** 1: update (whole new values); 2: update2 and update3 (differences). */
  readonly version: 1 | 2;
  /** Lets equal strings of rows be one object. */
  readonly pool?: StringPool;
  /** What is remembered of large sets from one update to the next. */
  readonly large?: LargeSets;
}

type MutableRow = Record<string, Value> & { _uuid: Uuid };

/** @throws {OvsdbError} OVSDB_BAD_MESSAGE on anything that does not fit the schema or the rows so far */
export function readUpdates(json: Json, context: UpdateContext): RowChange[] {
  if (!isObject(json)) throw bad('table updates are no object');
  const changes: RowChange[] = [];
  for (const name in json) {
    const table = context.tables.get(name);
    const updates = json[name];
    if (table === undefined) throw bad(`an update names table "${name.slice(0, 80)}", which is not monitored`);
    if (!isObject(updates)) throw bad(`the update of table "${name}" is no object`);
    for (const uuid in updates) {
      const update = updates[uuid];
      if (!isUuid(uuid)) throw bad(`an update of "${name}" names a row that is no UUID`);
      if (!isObject(update)) throw bad(`the update of a row of "${name}" is no object`);
      const before = context.row(name, uuid);
      const place: Place = { table, uuid: uuid, context };
      const after = context.version === 1 ? readRow1(update, place, before) : readRow2(update, place, before);
      if (before !== undefined || after !== undefined) changes.push({ table: name, uuid: uuid, before, after });
    }
  }
  return changes;
}

/** The row that an update is about. */
interface Place {
  readonly table: MonitoredTable;
  readonly uuid: Uuid;
  readonly context: UpdateContext;
}

function readRow1(update: JsonObject, place: Place, before: Row | undefined): Row | undefined {
  const { name } = place.table.schema;
  const next = update['new'];
  if (next === undefined || next === null) {
    if (before === undefined) throw bad(`a row of "${name}" that is not known is deleted`);
    return undefined;
  }
  if (!isObject(next)) throw bad(`"new" of a row of "${name}" is no object`);
  return before === undefined ? newRow(next, place) : changedRow(next, place, { before, isDifference: false });
}

function readRow2(update: JsonObject, place: Place, before: Row | undefined): Row | undefined {
  const { name } = place.table.schema;
  const inserted = update['initial'] ?? update['insert'];
  if (isObject(inserted)) {
    if (before !== undefined) throw bad(`a row of "${name}" that exists is inserted`);
    return newRow(inserted, place);
  }
  const modified = update['modify'];
  if (isObject(modified)) {
    if (before === undefined) throw bad(`a row of "${name}" that is not known is modified`);
    return changedRow(modified, place, { before, isDifference: true });
  }
  if ('delete' in update) {
    if (before === undefined) throw bad(`a row of "${name}" that is not known is deleted`);
    return undefined;
  }
  throw bad(`the update of a row of "${name}" is none of initial, insert, modify, delete`);
}

function newRow(json: JsonObject, { table, uuid, context }: Place): Row {
  // A copy of the blank row has the blank row's shape: one hidden class for each table, all columns inside the object.
  const row: MutableRow = { ...table.blank };
  row._uuid = uuid;
  for (const name in json) {
    const column = table.byName.get(name);
    if (column === undefined) throw unknownColumn(json, table);
    row[name] = decodeValue(json[name] ?? null, column.type, name, context.pool);
  }
  return row;
}

function changedRow(
  json: JsonObject,
  { table, context }: Place,
  { before, isDifference }: { readonly before: Row; readonly isDifference: boolean },
): Row {
  const row: MutableRow = { ...before };
  for (const name in json) {
    const column = table.byName.get(name);
    if (column === undefined) throw unknownColumn(json, table);
    const value = decodeValue(json[name] ?? null, column.type, name, context.pool);
    row[name] = isDifference ? applyDifference(before[name], value, column.type, context.large) : value;
  }
  return row;
}

function unknownColumn(json: JsonObject, table: MonitoredTable): OvsdbError {
  const name = Object.keys(json).find((column) => !table.byName.has(column)) ?? '';
  return bad(`an update of table "${table.schema.name}" names column "${name.slice(0, 80)}", which is not monitored`);
}

function bad(why: string): OvsdbError {
  return new OvsdbError('OVSDB_BAD_MESSAGE', why, { retry: 'later' });
}
