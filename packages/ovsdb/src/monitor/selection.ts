/**
 * Which columns of which tables are replicated, resolved against the schema that the server reports.
 *
 * @source RFC 7047 §4.1.5 (<monitor-request>); ovsdb-server(7) §4.1.12 (<monitor-cond-request>)
 */
import { OvsdbError } from '../errors.ts';
import { printJson } from '../json/json.ts';
import type { Json, JsonObject } from '../json/json.ts';
import { defaultUuid, defaultValue } from '../notation/decode.ts';
import { encodeWhere } from '../notation/clause.ts';
import type { Row, Uuid, Value } from '../notation/value.ts';
import type { Condition } from '../operation.ts';
import type { ColumnSchema, DatabaseSchema, TableSchema } from '../schema/types.ts';

/**
 * Rows to replicate: those that meet any of the conditions, so that an empty list means no row at all. `true` is every row.
 *
 * @source ovsdb-server(7) §4.1.12
 */
export type RowFilter = true | readonly Condition[];

/** A table of which only some rows are replicated. */
export interface FilteredTable {
  /** Default: all. */
  readonly columns?: readonly string[] | true;
  readonly where: RowFilter;
}

/** Tables to replicate: by table the names of the columns, true for all of them, or a filter of rows; 'all' for everything. */
export type TableSelection = Readonly<Record<string, readonly string[] | true | FilteredTable>> | 'all';

/** A replicated table. */
export interface MonitoredTable {
  readonly schema: TableSchema;
  /** In the order in which rows hold them. */
  readonly columns: readonly ColumnSchema[];
  readonly byName: ReadonlyMap<string, ColumnSchema>;
  /** What a row holds when an insert states nothing. Rows are made by copying it. */
  readonly blank: Row;
  /** The filter of rows in the notation of the wire; undefined when all rows are replicated. */
  readonly where?: Json;
}

/**
 * Tables and columns that the schema lacks are left out: they are visible as absent in the replica's schema.
 *
 * @throws {OvsdbError} OVSDB_UNKNOWN_COLUMN or OVSDB_BAD_VALUE when a condition does not fit the schema: leaving it out would
 *   replicate other rows than are wanted
 */
export function selectColumns(schema: DatabaseSchema, selection: TableSelection): ReadonlyMap<string, MonitoredTable> {
  const monitored = new Map<string, MonitoredTable>();
  for (const [name, { columns: wanted, where }] of filters(schema, selection)) {
    const table = schema.tables.get(name);
    if (table === undefined) continue;
    const columns = wanted === true ? [...table.columns.values()] : wanted.flatMap((column) => table.columns.get(column) ?? []);
    monitored.set(name, {
      schema: table,
      columns,
      byName: new Map(columns.map((column) => [column.name, column])),
      blank: blankRow(columns),
      ...(where === true ? {} : { where: encodeFilter(where, table) }),
    });
  }
  return monitored;
}

/** An object from the JSON parser has room for all its members inside, and so have its copies. */
function blankRow(columns: readonly ColumnSchema[]): Row {
  const names = ['_uuid', ...columns.map(({ name }) => name)];
  const row = JSON.parse(`{${names.map((name) => `${JSON.stringify(name)}:null`).join(',')}}`) as Record<string, Value> & { _uuid: Uuid };
  row._uuid = defaultUuid;
  for (const { name, type } of columns) row[name] = defaultValue(type);
  return row;
}

/** The same selection with other filters of rows; tables that `changes` does not name keep theirs. */
export function withFilters(
  schema: DatabaseSchema,
  selection: TableSelection,
  changes: Readonly<Record<string, RowFilter>>,
): TableSelection {
  const next: Record<string, FilteredTable> = Object.fromEntries(filters(schema, selection));
  for (const [name, where] of Object.entries(changes)) {
    const table = next[name];
    if (table === undefined || !schema.tables.has(name))
      throw new OvsdbError('OVSDB_UNKNOWN_TABLE', `table "${name}" cannot be filtered: it is not replicated`, { table: name });
    next[name] = { ...table, where };
  }
  return next;
}

/** The monitor requests; the same form serves monitor, monitor_cond and monitor_cond_since. */
export function monitorRequests(tables: ReadonlyMap<string, MonitoredTable>): JsonObject {
  const requests: Record<string, Json> = {};
  for (const [name, table] of tables)
    requests[name] = [
      { columns: table.columns.map((column) => column.name), ...(table.where === undefined ? {} : { where: table.where }) },
    ];
  return requests;
}

/** The same text for the same tables, columns and filters: a server may list a schema in another order than the one before. */
export function requestKey(tables: ReadonlyMap<string, MonitoredTable>): string {
  const requests = Array.from(tables, ([name, { columns, where = ALL_ROWS }]) => ({
    name,
    columns: columns.map((column) => column.name).toSorted(byText),
    where,
  }));
  return printJson(requests.toSorted((a, b) => byText(a.name, b.name)));
}

function byText(a: string, b: string): number {
  return a < b ? -1 : 1;
}

/** The requests of monitor_cond_change: tables whose filter differs from the one that the server has. */
export function filterChanges(
  before: ReadonlyMap<string, MonitoredTable>,
  after: ReadonlyMap<string, MonitoredTable>,
): JsonObject | undefined {
  const changes: Record<string, Json> = {};
  let isEmpty = true;
  for (const [name, { where = ALL_ROWS }] of after) {
    const old = before.get(name);
    if (old === undefined || printJson(old.where ?? ALL_ROWS) === printJson(where)) continue;
    changes[name] = [{ where }];
    isEmpty = false;
  }
  return isEmpty ? undefined : changes;
}

const ALL_ROWS: Json = [true];
const NO_ROW: Json = [false];

function filters(schema: DatabaseSchema, selection: TableSelection): readonly (readonly [string, Required<FilteredTable>])[] {
  if (selection === 'all') return [...schema.tables.keys()].map((name) => [name, { columns: true, where: true }]);
  return Object.entries(selection).map(([name, wanted]) => [
    name,
    isColumns(wanted) ? { columns: wanted, where: true } : { columns: wanted.columns ?? true, where: wanted.where },
  ]);
}

function isColumns(wanted: readonly string[] | true | FilteredTable): wanted is readonly string[] | true {
  return wanted === true || Array.isArray(wanted);
}

/** An empty list would mean every row on the wire. */
function encodeFilter(where: readonly Condition[], table: TableSchema): Json {
  return where.length === 0 ? NO_ROW : encodeWhere(where, table);
}
