/** What random transactions have really done: which operations met which types of columns, and what the server did by itself. */
import type { DatabaseSchema, Operation, OperationResult, RowChange, Uuid } from '../../src/index.ts';
import type { BaseType, ColumnSchema, ColumnType } from '../../src/schema/types.ts';

/** `string`, `weak`, `strong`, `integer enum` ... */
function kindOfBase({ type, enum: values, refTable, refType }: BaseType): string {
  if (refTable !== undefined) return refType === 'weak' ? 'weak' : 'strong';
  return values === undefined ? type : `${type} enum`;
}

/** The type of a column without its limits: `set of strong`, `map string to integer`. */
export function kindOf({ shape, key, value }: ColumnType): string {
  return value === undefined ? `${shape} of ${kindOfBase(key)}` : `map ${kindOfBase(key)} to ${kindOfBase(value)}`;
}

/** Kinds that a schema has and an operation may write. */
export function kindsOf(schema: DatabaseSchema, isEligible: (column: ColumnSchema) => boolean = () => true): Set<string> {
  const columns = [...schema.tables.values()].flatMap((table) => [...table.columns.values()]);
  return new Set(columns.filter(isEligible).map(({ type }) => kindOf(type)));
}

export class Coverage {
  readonly inserted = new Set<string>();
  readonly updated = new Set<string>();
  /** `+= set of integer`, `insert map string to string` ... */
  readonly mutated = new Set<string>();
  deleted = 0;
  /** Rows that went since nobody referred to them any more. */
  collected = 0;
  /** Rows that no operation named and that changed: a weak reference to a row that went was taken out of them. */
  cleared = 0;
  readonly #schema: DatabaseSchema;

  constructor(schema: DatabaseSchema) {
    this.#schema = schema;
  }

  /** A transaction that was accepted, and the changes that it made. */
  count(operations: readonly Operation[], results: readonly OperationResult[], changes: readonly RowChange[]): void {
    const named = new Set<Uuid | undefined>();
    for (const [index, operation] of operations.entries()) {
      const { op } = operation;
      if (op === 'insert') for (const column of Object.keys(operation.row)) this.inserted.add(this.#kind(operation.table, column));
      if (op === 'update') for (const column of Object.keys(operation.row)) this.updated.add(this.#kind(operation.table, column));
      if (op === 'mutate')
        for (const [column, mutator] of operation.mutations) this.mutated.add(`${mutator} ${this.#kind(operation.table, column)}`);
      if (op === 'delete') this.deleted += 1;
      if (op === 'insert') named.add(results[index]?.uuid);
      if (op === 'update' || op === 'mutate' || op === 'delete')
        for (const [column, , value] of operation.where) if (column === '_uuid') named.add(value as Uuid);
    }
    for (const { uuid, before, after } of changes) {
      if (named.has(uuid)) continue;
      if (after === undefined) this.collected += 1;
      else if (before !== undefined) this.cleared += 1;
    }
  }

  #kind(table: string, column: string): string {
    const type = this.#schema.tables.get(table)?.columns.get(column)?.type;
    if (type === undefined) throw new Error(`${table} has no column ${column}`);
    return kindOf(type);
  }
}
