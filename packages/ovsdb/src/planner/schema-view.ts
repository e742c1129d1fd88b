/**
 * What the planner needs of the schema: columns with clear errors, and which columns keep the rows of a table alive.
 */
import { OvsdbError } from '../errors.ts';
import type { Replica } from '../replica/replica.ts';
import { isStrong } from '../schema/types.ts';
import type { ColumnSchema, DatabaseSchema, TableSchema } from '../schema/types.ts';

/** A column that may refer strongly to rows of a table. */
export interface StrongColumn {
  readonly table: string;
  readonly column: ColumnSchema;
}

/** Name of the index of `Replica` by the rows that a column refers to. */
export function referenceIndex(column: string): string {
  return `planner:references:${column}`;
}

/** Name of the index of `Replica` by natural key. */
export const KEY_INDEX = 'planner:key';

/** A view of one schema as replicated. */
export class SchemaView {
  readonly schema: DatabaseSchema;
  readonly #replica: Replica;
  readonly #strong = new Map<string, StrongColumn[]>();
  readonly #toRoots = new Map<string, string[]>();
  readonly #owned = new Map<string, { readonly column: string; readonly refTable: string }[]>();
  readonly #weak = new Map<string, ColumnSchema[]>();

  constructor(schema: DatabaseSchema, replica: Replica) {
    this.schema = schema;
    this.#replica = replica;
    for (const table of schema.tables.values()) {
      for (const column of table.columns.values()) {
        if (replica.columns(table.name)?.has(column.name) !== true) continue;
        if (column.type.key.refType === 'weak' || column.type.value?.refType === 'weak')
          this.#weak.set(table.name, [...(this.#weak.get(table.name) ?? []), column]);
        if (!isStrong(column.type)) continue;
        for (const base of [column.type.key, column.type.value]) {
          if (base?.refTable === undefined || base.refType === 'weak') continue;
          const columns = this.#strong.get(base.refTable) ?? [];
          columns.push({ table: table.name, column });
          this.#strong.set(base.refTable, columns);
          const isRoot = schema.tables.get(base.refTable)?.isRoot === true;
          if (isRoot) this.#toRoots.set(table.name, [...(this.#toRoots.get(table.name) ?? []), column.name]);
          else this.#owned.set(table.name, [...(this.#owned.get(table.name) ?? []), { column: column.name, refTable: base.refTable }]);
        }
      }
    }
  }

  /** The replicated columns that refer strongly to rows of this table. */
  strongColumns(table: string): readonly StrongColumn[] {
    return this.#strong.get(table) ?? [];
  }

  /** The replicated columns of this table that keep rows of non-root tables alive. */
  ownedTables(table: string): readonly { readonly column: string; readonly refTable: string }[] {
    return this.#owned.get(table) ?? [];
  }

  /** The replicated columns of this table that refer weakly to rows. */
  weakColumns(table: string): readonly ColumnSchema[] {
    return this.#weak.get(table) ?? [];
  }

  /** The replicated columns of this table that refer strongly to rows of root tables. */
  strongRootColumns(table: string): readonly string[] {
    return this.#toRoots.get(table) ?? [];
  }

  /** Every replicated strong column. */
  *allStrongColumns(): Generator<StrongColumn> {
    for (const columns of this.#strong.values()) yield* columns;
  }

  /** @throws {OvsdbError} OVSDB_UNKNOWN_TABLE when the server lacks it or it is not replicated */
  table(name: string): TableSchema {
    const table = this.schema.tables.get(name);
    if (table === undefined)
      throw new OvsdbError('OVSDB_UNKNOWN_TABLE', `database ${this.schema.name} has no table "${name}"`, { table: name });
    if (this.#replica.columns(name) === undefined)
      throw new OvsdbError('OVSDB_UNKNOWN_TABLE', `table "${name}" is not replicated, so it cannot be planned`, { table: name });
    return table;
  }

  /** @throws {OvsdbError} OVSDB_UNKNOWN_COLUMN when the server lacks it or it is not replicated */
  column(table: TableSchema, name: string): ColumnSchema {
    const column = table.columns.get(name);
    if (column === undefined)
      throw new OvsdbError('OVSDB_UNKNOWN_COLUMN', `table "${table.name}" has no column "${name}" on this server`, {
        table: table.name,
        column: name,
      });
    if (this.#replica.columns(table.name)?.has(name) !== true) {
      throw new OvsdbError('OVSDB_UNKNOWN_COLUMN', `column "${table.name}.${name}" is not replicated, so it cannot be planned`, {
        table: table.name,
        column: name,
      });
    }
    return column;
  }
}
