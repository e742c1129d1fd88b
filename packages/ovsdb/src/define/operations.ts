/**
 * Operations on a defined table: what does not fit the definition is refused by the compiler, and what the compiler cannot see
 * (ranges, lengths, numbers of elements) when the operation is made.
 */
import { encodeValue } from '../notation/encode.ts';
import type { WritableValue } from '../notation/encode.ts';
import type { Row, UuidOf } from '../notation/value.ts';
import type { ConditionFunction, Mutator, Operation, OperationResult, WritableRow } from '../operation.ts';
import type { RowOf, TableDefinition, WriteOf } from './table.ts';
import type { NamedUuid } from '../notation/encode.ts';
import type { RowRef } from '../planner/fragment.ts';

/** What a transaction takes where the planner takes references by natural key too. */
type Sendable<W> = W extends RowRef
  ? never
  : W extends readonly (infer E)[]
    ? readonly Sendable<E>[]
    : W extends ReadonlyMap<infer K, infer V>
      ? ReadonlyMap<K, Sendable<V>>
      : W;

/** Columns to write in a transaction; an omitted one keeps its value or takes the default, `undefined` empties an optional one. */
export type RowWrite<T extends TableDefinition> = { readonly [K in keyof T['columns']]?: Sendable<WriteOf<T['columns'][K]>> };

type Operand<W> = W | (W extends readonly (infer E)[] ? E : never);

/** `[column, function, value]` on a defined table. */
export type ConditionOn<T extends TableDefinition> =
  | readonly [column: '_uuid', test: '==' | '!=' | 'includes' | 'excludes', value: UuidOf<T['name']> | NamedUuid]
  | {
      readonly [K in keyof T['columns'] & string]: readonly [
        column: K,
        test: ConditionFunction,
        value: Operand<Sendable<WriteOf<T['columns'][K]>>>,
      ];
    }[keyof T['columns'] & string];

/** `[column, mutator, value]` on a defined table; `delete` on a map takes a map or an array of keys. */
export type MutationOn<T extends TableDefinition> = {
  readonly [K in keyof T['columns'] & string]: readonly [
    column: K,
    mutator: Mutator,
    value: Operand<Sendable<WriteOf<T['columns'][K]>>> | KeysOf<WriteOf<T['columns'][K]>>,
  ];
}[keyof T['columns'] & string];

type KeysOf<W> = W extends ReadonlyMap<infer K, unknown> ? readonly K[] : never;

/** Makers of operations on one table. Each throws OVSDB_BAD_VALUE for a value outside the bounds of the definition. */
export interface TableOperations<T extends TableDefinition> {
  /** @param uuidName a name by which other operations of the transaction refer to the row, with `named` */
  insert(row: RowWrite<T>, uuidName?: string): Operation;
  update(where: readonly ConditionOn<T>[], row: RowWrite<T>): Operation;
  mutate(where: readonly ConditionOn<T>[], mutations: readonly MutationOn<T>[]): Operation;
  delete(where: readonly ConditionOn<T>[]): Operation;
  /** Reads the defined columns. */
  select(where: readonly ConditionOn<T>[]): Operation;
  /** The rows that a `select` of this table gave. */
  rows(result: OperationResult | undefined): readonly RowOf<T>[];
}

/** Make operations on a defined table. */
export function operationsOn<T extends TableDefinition>(definition: T): TableOperations<T> {
  const { name: table } = definition;
  const columns = ['_uuid', ...Object.keys(definition.columns)];
  return {
    insert: (row, uuidName) => ({ op: 'insert', table, row: checked(definition, row), ...(uuidName === undefined ? {} : { uuidName }) }),
    update: (where, row) => ({ op: 'update', table, where: where as Where, row: checked(definition, row) }),
    mutate: (where, mutations) => ({ op: 'mutate', table, where: where as Where, mutations: mutations as Mutations }),
    delete: (where) => ({ op: 'delete', table, where: where as Where }),
    select: (where) => ({ op: 'select', table, where: where as Where, columns }),
    rows: (result) => (result?.rows ?? []) as readonly (Row & RowOf<T>)[],
  };
}

type Where = Extract<Operation, { readonly op: 'delete' }>['where'];
type Mutations = Extract<Operation, { readonly op: 'mutate' }>['mutations'];

function checked<T extends TableDefinition>(definition: T, row: RowWrite<T>): WritableRow {
  const writable = row as WritableRow;
  for (const name in writable) {
    const column = definition.columns[name];
    if (column !== undefined) encodeValue(writable[name] as WritableValue, column.type, { table: definition.name, column: name });
  }
  return writable;
}
