/**
 * One secondary index of a table: key -> rows. Keys of a changed row are compared before and after, so that a change of one
 * element of a large set touches that element's entry alone.
 */
import type { Row, Uuid } from '../notation/value.ts';

/** Computes the keys under which a row is found. Must be pure; may return a column's own array. */
export type KeysOf = (row: Row) => readonly string[];

/** A multi-map from key to row identifiers. */
export class ReplicaIndex {
  readonly keysOf: KeysOf;
  readonly #entries = new Map<string, Uuid | Set<Uuid>>();

  constructor(keysOf: KeysOf) {
    this.keysOf = keysOf;
  }

  /** The rows under a key. */
  uuids(key: string): Iterable<Uuid> {
    const entry = this.#entries.get(key);
    if (entry === undefined) return [];
    return typeof entry === 'string' ? [entry] : entry;
  }

  /** How many rows are under a key. */
  count(key: string): number {
    const entry = this.#entries.get(key);
    return entry === undefined ? 0 : typeof entry === 'string' ? 1 : entry.size;
  }

  /** Follow the change of one row. */
  update(uuid: Uuid, before: Row | undefined, after: Row | undefined): void {
    const old = before === undefined ? [] : this.keysOf(before);
    const next = after === undefined ? [] : this.keysOf(after);
    if (old === next) return;
    // Sets keep their order over updates, so equal ends are cut off and what is left is small.
    let start = 0;
    let oldEnd = old.length;
    let nextEnd = next.length;
    while (start < oldEnd && start < nextEnd && old[start] === next[start]) start++;
    while (oldEnd > start && nextEnd > start && old[oldEnd - 1] === next[nextEnd - 1]) {
      oldEnd--;
      nextEnd--;
    }
    for (let i = start; i < oldEnd; i++) this.#remove(old[i] as string, uuid);
    for (let i = start; i < nextEnd; i++) this.#add(next[i] as string, uuid);
  }

  #add(key: string, uuid: Uuid): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) this.#entries.set(key, uuid);
    else if (typeof entry === 'string') {
      if (entry !== uuid) this.#entries.set(key, new Set([entry, uuid]));
    } else entry.add(uuid);
  }

  #remove(key: string, uuid: Uuid): void {
    const entry = this.#entries.get(key);
    if (typeof entry === 'string') {
      if (entry === uuid) this.#entries.delete(key);
    } else if (entry?.delete(uuid) === true && entry.size === 1) {
      const [last] = entry;
      this.#entries.set(key, last as Uuid);
    }
  }
}
