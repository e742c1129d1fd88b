/**
 * The rows of one table with its secondary indexes.
 */
import type { Row, Uuid } from '../notation/value.ts';
import { ReplicaIndex } from './replica-index.ts';
import type { KeysOf } from './replica-index.ts';

/** Rows by UUID. */
export class ReplicaTable {
  #rows: Map<Uuid, Row> = new Map();
  readonly #indexes = new Map<string, ReplicaIndex>();

  /** The rows by UUID. */
  get rows(): ReadonlyMap<Uuid, Row> {
    return this.#rows;
  }

  /** Rows that exist already are indexed at once. An index of the same name is replaced. */
  addIndex(name: string, keysOf: KeysOf): void {
    const index = new ReplicaIndex(keysOf);
    for (const row of this.rows.values()) index.update(row._uuid, undefined, row);
    this.#indexes.set(name, index);
  }

  /** The rows under a key of an index; an unknown index has none. */
  find(name: string, key: string): readonly Row[] {
    const index = this.#indexes.get(name);
    if (index === undefined) return [];
    const found: Row[] = [];
    for (const uuid of index.uuids(key)) {
      const row = this.rows.get(uuid);
      if (row !== undefined) found.push(row);
    }
    return found;
  }

  /** How an index computes its keys. */
  keysOf(index: string): KeysOf | undefined {
    return this.#indexes.get(index)?.keysOf;
  }

  /** Take over the rows of a map that nothing else changes; the table must be empty. */
  adopt(rows: Map<Uuid, Row>): void {
    this.#rows = rows;
    for (const index of this.#indexes.values()) for (const [uuid, row] of rows) index.update(uuid, undefined, row);
  }

  /** Set, replace or remove one row. */
  put(uuid: Uuid, before: Row | undefined, after: Row | undefined): void {
    if (after === undefined) this.#rows.delete(uuid);
    else this.#rows.set(uuid, after);
    for (const index of this.#indexes.values()) index.update(uuid, before, after);
  }
}
