/**
 * A local copy of the selected columns of a database. It changes only as a whole message at a time, and its `state` says
 * whether it can be relied upon: rows from before a disconnect stay readable, but are never called live.
 */
import { OvsdbError } from '../errors.ts';
import type { RowChange } from '../monitor/updates.ts';
import type { MonitoredTable } from '../monitor/selection.ts';
import { rowsEqual } from '../notation/value.ts';
import type { Row, Uuid } from '../notation/value.ts';
import type { Clock } from '../ports.ts';
import type { DatabaseSchema } from '../schema/types.ts';
import { ChangeStream } from './change-stream.ts';
import type { ChangeBatch, ChangeStreamOptions } from './change-stream.ts';
import type { KeysOf } from './replica-index.ts';
import { ReplicaTable } from './replica-table.ts';
import { SnapshotLog } from './snapshot.ts';
import type { SnapshotSource } from './snapshot.ts';
import { Subscriptions } from './subscriptions.ts';
import type { ReplicaView } from './view.ts';

/**
 * connecting: never synced, no server yet; syncing: never synced, a server is sending; live: equal to the server's content
 * up to messages on the way; stale: was live, and is not since `sinceMs` (of the clock).
 */
export type ReplicaState =
  | { readonly name: 'connecting' }
  | { readonly name: 'syncing' }
  | { readonly name: 'live' }
  | { readonly name: 'stale'; readonly sinceMs: number };

/** The readable side of a replica. */
export interface Replica extends ReplicaView {
  readonly state: ReplicaState;
  /** The content of this moment, whatever changes later. Costs nothing to make, and nothing to leave alone. */
  snapshot(): ReplicaView;
  /** Called once per applied message, after it is wholly applied. Returns what ends the subscription. */
  onChange(listener: (changes: readonly RowChange[]) => void): () => void;
  /** The changes from now on, for `for await`; what a slow reader has not taken is merged, and bounded (see `ChangeBatch`). */
  changes(options?: ChangeStreamOptions): AsyncIterableIterator<ChangeBatch>;
  onState(listener: (state: ReplicaState) => void): () => void;
  /** Resolves once the predicate holds; it is tried now and after every message and state. Rejects with OVSDB_TIMEOUT. */
  waitFor(predicate: (replica: Replica) => boolean, timeoutMs?: number): Promise<void>;
}

/** The replica with its writing side; only the client and tests hold this. */
export class DatabaseReplica implements Replica, SnapshotSource {
  readonly database: string;
  readonly #clock: Clock;
  readonly #tables = new Map<string, ReplicaTable>();
  readonly #changeListeners = new Subscriptions<readonly RowChange[]>();
  readonly #stateListeners = new Subscriptions<ReplicaState>();
  readonly #streams = new Set<ChangeStream>();
  readonly #snapshots = new SnapshotLog();
  #schema: DatabaseSchema | undefined;
  #monitored: ReadonlyMap<string, MonitoredTable> = new Map();
  #columns: ReadonlyMap<string, ReadonlySet<string>> = new Map();
  #state: ReplicaState = { name: 'connecting' };

  constructor(database: string, clock: Clock) {
    this.database = database;
    this.#clock = clock;
  }

  get schema(): DatabaseSchema | undefined {
    return this.#schema;
  }

  get state(): ReplicaState {
    return this.#state;
  }

  get monitored(): ReadonlyMap<string, MonitoredTable> {
    return this.#monitored;
  }

  rows(table: string): IterableIterator<Row> {
    return this.#table(table).rows.values();
  }

  row(table: string, uuid: Uuid): Row | undefined {
    return this.#tables.get(table)?.rows.get(uuid);
  }

  count(table: string): number {
    return this.#tables.get(table)?.rows.size ?? 0;
  }

  columns(table: string): ReadonlySet<string> | undefined {
    return this.#columns.get(table);
  }

  get allColumns(): ReadonlyMap<string, ReadonlySet<string>> {
    return this.#columns;
  }

  snapshot(): ReplicaView {
    return this.#snapshots.take(this);
  }

  addIndex(table: string, name: string, keysOf: KeysOf): void {
    this.#table(table).addIndex(name, keysOf);
  }

  hasIndex(table: string, name: string): boolean {
    return this.keysOf(table, name) !== undefined;
  }

  keysOf(table: string, index: string): KeysOf | undefined {
    return this.#tables.get(table)?.keysOf(index);
  }

  find(table: string, index: string, key: string): readonly Row[] {
    return this.#tables.get(table)?.find(index, key) ?? [];
  }

  onChange(listener: (changes: readonly RowChange[]) => void): () => void {
    return this.#changeListeners.add(listener);
  }

  changes(options: ChangeStreamOptions = {}): AsyncIterableIterator<ChangeBatch> {
    const stream = new ChangeStream(options, (ended) => this.#streams.delete(ended));
    this.#streams.add(stream);
    return stream;
  }

  onState(listener: (state: ReplicaState) => void): () => void {
    return this.#stateListeners.add(listener);
  }

  waitFor(predicate: (replica: Replica) => boolean, timeoutMs?: number): Promise<void> {
    return new Promise((resolve, reject) => {
      // A predicate that throws rejects the promise.
      if (predicate(this)) {
        resolve();
        return;
      }
      const endings: (() => void)[] = [];
      const settle = (error?: unknown): void => {
        for (const end of endings) end();
        if (error === undefined) resolve();
        else reject(error as Error);
      };
      const check = (): void => {
        try {
          if (predicate(this)) settle();
        } catch (error) {
          settle(error);
        }
      };
      endings.push(this.onChange(check), this.onState(check));
      if (timeoutMs !== undefined) {
        const late = (): void =>
          settle(
            new OvsdbError('OVSDB_TIMEOUT', `the replica of ${this.database} did not reach the awaited state within ${timeoutMs} ms`, {
              retry: 'later',
            }),
          );
        endings.push(this.#clock.setTimeout(late, timeoutMs));
      }
    });
  }

  /** Take the schema of the server about to be replicated. Rows stay until the new content arrives. */
  useSchema(schema: DatabaseSchema, monitored: ReadonlyMap<string, MonitoredTable>): void {
    this.#schema = schema;
    this.#monitored = monitored;
    this.#columns = new Map([...monitored].map(([name, table]) => [name, new Set(table.byName.keys())]));
  }

  /** Apply the changes of one message, then tell the listeners. */
  apply(changes: readonly RowChange[]): void {
    if (changes.length === 0) return;
    this.#snapshots.record(changes);
    for (const { table, uuid, before, after } of changes) this.#table(table).put(uuid, before, after);
    this.#tell(changes);
  }

  /** Make the content equal to `content`, whose maps it takes over, as one change that states only what differs. */
  replace(content: ReadonlyMap<string, Map<Uuid, Row>>): void {
    const isHeard = !this.#changeListeners.isEmpty || this.#streams.size > 0 || this.#snapshots.isUsed;
    const all: RowChange[] = [];
    for (const name of new Set([...content.keys(), ...this.#tables.keys()])) {
      const table = this.#table(name);
      const rows = content.get(name) ?? new Map<Uuid, Row>();
      // The first content is taken over as it is; its rows are listed for listeners only.
      const isFirst = table.rows.size === 0;
      const changes = isFirst && !isHeard ? [] : differences(name, table.rows, rows);
      for (const change of changes) all.push(change);
      if (isFirst) table.adopt(rows);
      else for (const { uuid, before, after } of changes) table.put(uuid, before, after);
    }
    this.#snapshots.record(all);
    if (all.length > 0) this.#tell(all);
  }

  /** Nothing changes any more: streams of changes end. */
  end(): void {
    for (const stream of this.#streams) stream.end();
  }

  /** @param name 'lost' means: no longer live */
  setState(name: 'connecting' | 'syncing' | 'live' | 'lost'): void {
    const wasLive = this.#state.name === 'live';
    const wasStale = this.#state.name === 'stale';
    if (name === 'live' ? wasLive : wasStale) return;
    if (name === 'live') this.#state = { name };
    else if (wasLive) this.#state = { name: 'stale', sinceMs: this.#clock.now() };
    else {
      const next = name === 'lost' ? 'connecting' : name;
      if (this.#state.name === next) return;
      this.#state = { name: next };
    }
    this.#stateListeners.notify(this.#state);
  }

  #tell(changes: readonly RowChange[]): void {
    for (const stream of this.#streams) stream.push(changes);
    this.#changeListeners.notify(changes);
  }

  #table(name: string): ReplicaTable {
    let table = this.#tables.get(name);
    if (table === undefined) this.#tables.set(name, (table = new ReplicaTable()));
    return table;
  }
}

function differences(table: string, old: ReadonlyMap<Uuid, Row>, rows: ReadonlyMap<Uuid, Row>): readonly RowChange[] {
  const changes: RowChange[] = [];
  for (const [uuid, after] of rows) {
    const before = old.get(uuid);
    if (before === undefined || !rowsEqual(before, after)) changes.push({ table, uuid, before, after });
  }
  for (const [uuid, before] of old) if (!rows.has(uuid)) changes.push({ table, uuid, before, after: undefined });
  return changes;
}
