/**
 * Table definitions: the columns that a program knows, with row types that follow from them.
 */
import type { TableSelection } from '../monitor/selection.ts';
import type { Row, UuidOf } from '../notation/value.ts';
import type { RowId, WantedRow } from '../planner/fragment.ts';
import type { Replica } from '../replica/replica.ts';
import type { ReplicaView } from '../replica/view.ts';
import type { BaseType, ColumnType, TableSchema } from '../schema/types.ts';
import type { ColumnDefinition } from './column.ts';

/** Columns by name. */
export type Columns = Readonly<Record<string, ColumnDefinition<unknown, unknown>>>;

/** A table. */
export interface TableDefinition<N extends string = string, C extends Columns = Columns> {
  readonly name: N;
  readonly columns: C;
  readonly isRoot: boolean;
}

/** What a column reads as. */
export type ReadOf<D> = D extends ColumnDefinition<infer R, unknown> ? R : never;
/** What may be written to a column. */
export type WriteOf<D> = D extends ColumnDefinition<unknown, infer W> ? W : never;

/** A row as read. */
export type RowOf<T extends TableDefinition> = { readonly _uuid: UuidOf<T['name']> } & {
  readonly [K in keyof T['columns']]: ReadOf<T['columns'][K]>;
};

/** Columns to write; an omitted one keeps its value or takes the default, `undefined` empties an optional one. */
export type InsertOf<T extends TableDefinition> = { readonly [K in keyof T['columns']]?: WriteOf<T['columns'][K]> };

/** Define a table. Root unless said otherwise; a row of a non-root table lives as long as something refers to it strongly. */
export function defineTable<const N extends string, const C extends Columns>(
  name: N,
  columns: C,
  options: { readonly isRoot?: boolean } = {},
): TableDefinition<N, C> {
  return { name, columns, isRoot: options.isRoot ?? true };
}

/** The rows of a table of a replica or a snapshot, typed. The defined columns must be replicated. */
export function rowsOf<T extends TableDefinition>(view: ReplicaView, table: T): IterableIterator<RowOf<T>> {
  return view.rows(table.name) as IterableIterator<Row & RowOf<T>>;
}

/** Keep a secondary index of a table; `keysOf` reads a typed row. */
export function indexRows<T extends TableDefinition>(
  replica: Replica,
  table: T,
  by: { readonly index: string; readonly keysOf: (row: RowOf<T>) => readonly string[] },
): void {
  replica.addIndex(table.name, by.index, (row) => by.keysOf(row as Row & RowOf<T>));
}

/** One row, typed; undefined when there is none. */
export function rowOf<T extends TableDefinition>(view: ReplicaView, table: T, uuid: UuidOf<T['name']>): RowOf<T> | undefined {
  return view.row(table.name, uuid) as (Row & RowOf<T>) | undefined;
}

/** Find rows by a secondary index, typed. `indexOn` and `findBy` type the key too. */
export function findRows<T extends TableDefinition>(
  view: ReplicaView,
  table: T,
  by: { readonly index: string; readonly key: string },
): readonly RowOf<T>[] {
  return view.find(table.name, by.index, by.key) as readonly (Row & RowOf<T>)[];
}

/** A wanted row whose columns are checked by the compiler. */
export function wantedRow<T extends TableDefinition>(
  table: T,
  key: string,
  columns: InsertOf<T>,
  parent?: RowId & { readonly column: string },
): WantedRow {
  return { table: table.name, key, columns: columns as WantedRow['columns'], ...(parent === undefined ? {} : { parent }) };
}

/** Replicate exactly the defined columns of these tables. */
export function selectionOf(tables: Iterable<TableDefinition>): TableSelection {
  return Object.fromEntries([...tables].map((table) => [table.name, Object.keys(table.columns)]));
}

/** In what a definition differs from a server's schema; empty when it fits. Columns that the definition leaves out are no difference. */
export function definitionProblems(definition: TableDefinition, schema: TableSchema): readonly string[] {
  const problems: string[] = [];
  if (definition.isRoot !== schema.isRoot) problems.push(`${definition.name}: isRoot is ${schema.isRoot} in the schema`);
  for (const [name, { type }] of Object.entries(definition.columns)) {
    const found = schema.columns.get(name);
    if (found === undefined) problems.push(`${definition.name}.${name}: no such column in the schema`);
    else if (typeText(type) !== typeText(found.type))
      problems.push(`${definition.name}.${name}: defined as ${typeText(type)}, in the schema ${typeText(found.type)}`);
  }
  return problems;
}

function typeText({ key, value, min, max, shape }: ColumnType): string {
  return `${shape} of ${baseText(key)}${value === undefined ? '' : ` to ${baseText(value)}`} (${min} to ${max})`;
}

function baseText(base: BaseType): string {
  const parts: string[] = [base.type];
  if (base.enum !== undefined) parts.push(`one of ${[...base.enum].map(String).toSorted().join('|')}`);
  if (base.refTable !== undefined) parts.push(`${base.refType ?? 'strong'} reference to ${base.refTable}`);
  for (const bound of ['minInteger', 'maxInteger', 'minReal', 'maxReal', 'minLength', 'maxLength'] as const) {
    if (base[bound] !== undefined) parts.push(`${bound} ${base[bound]}`);
  }
  return parts.join(' ');
}
