/**
 * What can be read of a database at one moment: of the replica, whose moment is now, and of a snapshot, whose moment has passed.
 */
import type { Row, Uuid } from '../notation/value.ts';
import type { DatabaseSchema } from '../schema/types.ts';
import type { KeysOf } from './replica-index.ts';

/** The rows of a database. */
export interface ReplicaView {
  readonly database: string;
  /** The server's schema; undefined before the first contact. */
  readonly schema: DatabaseSchema | undefined;
  rows(table: string): IterableIterator<Row>;
  row(table: string, uuid: Uuid): Row | undefined;
  count(table: string): number;
  /** The replicated columns of a table; undefined when it is not replicated. */
  columns(table: string): ReadonlySet<string> | undefined;
  /** Keep an index; may be called at any time, before the table is known too. One of the same name is replaced. */
  addIndex(table: string, name: string, keysOf: KeysOf): void;
  hasIndex(table: string, name: string): boolean;
  /** The rows under a key of an index; an unknown index has none. */
  find(table: string, index: string, key: string): readonly Row[];
}
