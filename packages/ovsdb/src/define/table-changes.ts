/**
 * The changes of one defined table, with typed rows.
 */
import type { Uuid } from '../notation/value.ts';
import type { RowChange } from '../monitor/updates.ts';
import type { Replica } from '../replica/replica.ts';
import type { RowOf, TableDefinition } from './table.ts';

/** One row before and after; `undefined` where it does not exist. */
export interface TableChange<T extends TableDefinition> {
  readonly uuid: Uuid;
  readonly before: RowOf<T> | undefined;
  readonly after: RowOf<T> | undefined;
}

/** As `ChangeBatch`, for one table. */
export type TableBatch<T extends TableDefinition> =
  | { readonly kind: 'changes'; readonly changes: readonly TableChange<T>[] }
  | { readonly kind: 'overflow' };

/** Called once for each message that changes rows of the table. Returns what ends the subscription. */
export function onRows<T extends TableDefinition>(
  replica: Replica,
  table: T,
  listener: (changes: readonly TableChange<T>[]) => void,
): () => void {
  return replica.onChange((changes) => {
    const ours = changes.filter((change) => change.table === table.name);
    if (ours.length > 0) listener(ours as readonly (RowChange & TableChange<T>)[]);
  });
}

/**
 * The changes of the table from now on, for `for await`.
 *
 * @param maxRows how many changed rows are kept for a slow reader, at least 1; default 10,000
 */
export function changesOf<T extends TableDefinition>(
  replica: Replica,
  table: T,
  options: { readonly maxRows?: number } = {},
): AsyncIterableIterator<TableBatch<T>> {
  return replica.changes({ ...options, tables: [table.name] }) as AsyncIterableIterator<TableBatch<T>>;
}
