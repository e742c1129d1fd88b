/**
 * The content of a replica as it was at one moment. Making one costs nothing: it shares the replica's rows, and the replica notes
 * for it how a row was before its first change. Nothing is to be closed: what only an abandoned snapshot needs is garbage.
 */
import type { RowChange } from '../monitor/updates.ts';
import type { Row, Uuid } from '../notation/value.ts';
import type { DatabaseSchema } from '../schema/types.ts';
import type { KeysOf } from './replica-index.ts';
import type { ReplicaView } from './view.ts';

type Past = ReadonlyMap<Uuid, Row | undefined>;

const NOTHING: Past = new Map();

/**
 * How rows were at one moment, as far as they changed until the moment of the next layer. Layers refer to later ones only, so those
 * before the oldest snapshot that is in use are garbage.
 */
class Layer {
  readonly #tables = new Map<string, Map<Uuid, Row | undefined>>();
  #next: Layer | undefined;

  get isEmpty(): boolean {
    return this.#tables.size === 0;
  }

  follow(next: Layer): void {
    this.#next = next;
  }

  record(changes: Iterable<RowChange>): void {
    for (const { table, uuid, before } of changes) this.#put(table, uuid, before);
  }

  /** How the rows of a table were that have changed since; `undefined` for those that did not exist. */
  past(table: string): Past {
    this.#absorb();
    const own = this.#tables.get(table);
    const later = this.#next?.past(table);
    if (later === undefined || later.size === 0) return own ?? NOTHING;
    return own === undefined ? later : new Map([...later, ...own]);
  }

  /** Only the newest layer is still written to; the others up to it become one with this, so that reading costs the same for ever. */
  #absorb(): void {
    for (let next = this.#next; next !== undefined && next.#next !== undefined; next = this.#next) {
      for (const [table, rows] of next.#tables) for (const [uuid, row] of rows) this.#put(table, uuid, row);
      this.#next = next.#next;
    }
  }

  #put(table: string, uuid: Uuid, row: Row | undefined): void {
    let rows = this.#tables.get(table);
    if (rows === undefined) this.#tables.set(table, (rows = new Map()));
    if (!rows.has(uuid)) rows.set(uuid, row);
  }
}

/** Makes the snapshots of one replica. */
export class SnapshotLog {
  #newest: WeakRef<Layer> | undefined;

  /** True when changes must be told by `record`. */
  get isUsed(): boolean {
    return this.#newest?.deref() !== undefined;
  }

  record(changes: Iterable<RowChange>): void {
    this.#newest?.deref()?.record(changes);
  }

  take(live: SnapshotSource): ReplicaView {
    let layer = this.#newest?.deref();
    if (layer?.isEmpty !== true) {
      const next = new Layer();
      layer?.follow(next);
      layer = next;
      this.#newest = new WeakRef(layer);
    }
    return new Snapshot(live, layer);
  }
}

/** What a snapshot needs of its replica. */
export interface SnapshotSource extends ReplicaView {
  keysOf(table: string, index: string): KeysOf | undefined;
  readonly allColumns: ReadonlyMap<string, ReadonlySet<string>>;
}

class Snapshot implements ReplicaView {
  readonly database: string;
  readonly schema: DatabaseSchema | undefined;
  readonly #columns: ReadonlyMap<string, ReadonlySet<string>>;
  readonly #live: SnapshotSource;
  readonly #layer: Layer;

  constructor(live: SnapshotSource, layer: Layer) {
    this.database = live.database;
    this.schema = live.schema;
    this.#columns = live.allColumns;
    this.#live = live;
    this.#layer = layer;
  }

  rows(table: string): IterableIterator<Row> {
    const past = this.#layer.past(table);
    // Collected at once, since the reader may await between two steps.
    const rows: Row[] = [];
    for (const row of this.#live.rows(table)) if (!past.has(row._uuid)) rows.push(row);
    for (const row of past.values()) if (row !== undefined) rows.push(row);
    return rows.values();
  }

  row(table: string, uuid: Uuid): Row | undefined {
    const past = this.#layer.past(table);
    return past.has(uuid) ? past.get(uuid) : this.#live.row(table, uuid);
  }

  count(table: string): number {
    let count = this.#live.count(table);
    for (const [uuid, row] of this.#layer.past(table)) {
      if (row !== undefined) count++;
      if (this.#live.row(table, uuid) !== undefined) count--;
    }
    return count;
  }

  columns(table: string): ReadonlySet<string> | undefined {
    return this.#columns.get(table);
  }

  addIndex(table: string, name: string, keysOf: KeysOf): void {
    this.#live.addIndex(table, name, keysOf);
  }

  hasIndex(table: string, name: string): boolean {
    return this.#live.hasIndex(table, name);
  }

  find(table: string, index: string, key: string): readonly Row[] {
    const past = this.#layer.past(table);
    const found = this.#live.find(table, index, key);
    if (past.size === 0) return found;
    const keysOf = this.#live.keysOf(table, index);
    const rows = found.filter((row) => !past.has(row._uuid));
    for (const row of past.values()) if (row !== undefined && keysOf?.(row).includes(key) === true) rows.push(row);
    return rows;
  }
}
