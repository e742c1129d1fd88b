/**
 * The operations of a transaction, with values as this package shows them.
 *
 * @source RFC 7047 §5.2
 */
import type { Uuid } from './notation/value.ts';
import type { NamedUuid, WritableValue } from './notation/encode.ts';

/** @source RFC 7047 §5.1 (<function>) */
export type ConditionFunction = '<' | '<=' | '==' | '!=' | '>=' | '>' | 'includes' | 'excludes';

/** `[column, function, value]`. @source RFC 7047 §5.1 (<condition>) */
export type Condition = readonly [column: string, test: ConditionFunction, value: WritableValue];

/** @source RFC 7047 §5.1 (<mutator>) */
export type Mutator = '+=' | '-=' | '*=' | '/=' | '%=' | 'insert' | 'delete';

/** `[column, mutator, value]`; `delete` on a map takes an array of keys or a map. @source RFC 7047 §5.1 (<mutation>) */
export type Mutation = readonly [column: string, mutator: Mutator, value: WritableValue];

/** Columns to write. */
export type WritableRow = Readonly<Record<string, WritableValue>>;

/** One operation of a transaction. */
export type Operation =
  | { readonly op: 'insert'; readonly table: string; readonly row: WritableRow; readonly uuidName?: string; readonly uuid?: Uuid }
  | { readonly op: 'select'; readonly table: string; readonly where: readonly Condition[]; readonly columns?: readonly string[] }
  | { readonly op: 'update'; readonly table: string; readonly where: readonly Condition[]; readonly row: WritableRow }
  | { readonly op: 'mutate'; readonly table: string; readonly where: readonly Condition[]; readonly mutations: readonly Mutation[] }
  | { readonly op: 'delete'; readonly table: string; readonly where: readonly Condition[] }
  | {
      readonly op: 'wait';
      readonly table: string;
      readonly where: readonly Condition[];
      readonly columns: readonly string[];
      readonly until: '==' | '!=';
      readonly rows: readonly WritableRow[];
      /** In milliseconds; absent waits for ever, 0 fails at once. */
      readonly timeoutMs?: number;
    }
  | { readonly op: 'commit'; readonly durable: boolean }
  | { readonly op: 'abort' }
  | { readonly op: 'comment'; readonly comment: string }
  | { readonly op: 'assert'; readonly lock: string };

/** The result of one operation: `uuid` of an insert, `rows` of a select, `count` of update, mutate and delete. */
export interface OperationResult {
  readonly uuid?: Uuid;
  readonly count?: number;
  readonly rows?: readonly Readonly<Record<string, unknown>>[];
}

/** Refer to the row that an insert with this `uuidName` makes. */
export function named(uuidName: string): NamedUuid {
  return { named: uuidName };
}
