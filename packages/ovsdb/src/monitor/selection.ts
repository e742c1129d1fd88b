/**
 * Which columns of which tables are replicated, resolved against the schema that the server reports.
 *
 * @source RFC 7047 §4.1.5 (<monitor-request>); ovsdb-server(7) §4.1.12 (<monitor-cond-request>)
 */
import type { Json } from '../json/json.ts';
import type { ColumnSchema, DatabaseSchema, TableSchema } from '../schema/types.ts';
import { defaultUuid, defaultValue } from '../notation/decode.ts';
import type { Row, Uuid, Value } from '../notation/value.ts';

/** Tables to replicate: by table the names of the columns, or true for all; 'all' for everything. */
export type TableSelection = Readonly<Record<string, readonly string[] | true>> | 'all';

/** A replicated table. */
export interface MonitoredTable {
  readonly schema: TableSchema;
  /** In the order in which rows hold them. */
  readonly columns: readonly ColumnSchema[];
  readonly byName: ReadonlyMap<string, ColumnSchema>;
  /** What a row holds when an insert states nothing. Rows are made by copying it. */
  readonly blank: Row;
}

/** Tables and columns that the schema lacks are left out: they are visible as absent in the replica's schema. */
export function selectColumns(schema: DatabaseSchema, selection: TableSelection): ReadonlyMap<string, MonitoredTable> {
  const monitored = new Map<string, MonitoredTable>();
  const entries: Iterable<readonly [string, readonly string[] | true]> =
    selection === 'all' ? [...schema.tables.keys()].map((name) => [name, true] as const) : Object.entries(selection);
  for (const [name, wanted] of entries) {
    const table = schema.tables.get(name);
    if (table === undefined) continue;
    const columns = wanted === true ? [...table.columns.values()] : wanted.flatMap((column) => table.columns.get(column) ?? []);
    monitored.set(name, {
      schema: table,
      columns,
      byName: new Map(columns.map((column) => [column.name, column])),
      blank: blankRow(columns),
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

/** The monitor requests; the same form serves monitor, monitor_cond and monitor_cond_since. */
export function monitorRequests(tables: ReadonlyMap<string, MonitoredTable>): Json {
  const requests: Record<string, Json> = {};
  for (const [name, table] of tables) requests[name] = [{ columns: table.columns.map((column) => column.name) }];
  return requests;
}
