/**
 * A local copy of the selected columns of a database. It changes only as a whole message at a time, and its `state` says
 * whether it can be relied upon: rows from before a disconnect stay readable, but are never called live.
 */
import { OvsdbError } from '../errors.ts';
import type { RowChange } from '../monitor/updates.ts';
import type { MonitoredTable } from '../monitor/selection.ts';
import { valuesEqual } from '../notation/value.ts';
import type { Row, Uuid } from '../notation/value.ts';
import type { Clock } from '../ports.ts';
import type { DatabaseSchema } from '../schema/types.ts';
import type { KeysOf } from './replica-index.ts';
import { ReplicaTable } from './replica-table.ts';

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
export interface Replica {
  readonly database: string;
  /** The server's schema; undefined before the first contact. */
  readonly schema: DatabaseSchema | undefined;
  readonly state: ReplicaState;
  rows(table: string): IterableIterator<Row>;
  row(table: string, uuid: Uuid): Row | undefined;
  count(table: string): number;
  /** The replicated columns of a table; undefined when it is not replicated. */
  columns(table: string): ReadonlySet<string> | undefined;
  /** Keep an index; may be called at any time, before the table is known too. */
  addIndex(table: string, name: string, keysOf: KeysOf): void;
  find(table: string, index: string, key: string): readonly Row[];
  /** Called once per applied message, after it is wholly applied. Returns what ends the subscription. */
  onChange(listener: (changes: readonly RowChange[]) => void): () => void;
  onState(listener: (state: ReplicaState) => void): () => void;
  /** Resolves once the predicate holds; it is tried now and after every message and state. Rejects with OVSDB_TIMEOUT. */
  waitFor(predicate: (replica: Replica) => boolean, timeoutMs?: number): Promise<void>;
}

/** The replica with its writing side; only the client and tests hold this. */
export class DatabaseReplica implements Replica {
  readonly database: string;
  readonly #clock: Clock;
  readonly #tables = new Map<string, ReplicaTable>();
  readonly #changeListeners = new Set<(changes: readonly RowChange[]) => void>();
  readonly #stateListeners = new Set<(state: ReplicaState) => void>();
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

  addIndex(table: string, name: string, keysOf: KeysOf): void {
    this.#table(table).addIndex(name, keysOf);
  }

  find(table: string, index: string, key: string): readonly Row[] {
    return this.#tables.get(table)?.find(index, key) ?? [];
  }

  onChange(listener: (changes: readonly RowChange[]) => void): () => void {
    return subscribe(this.#changeListeners, listener);
  }

  onState(listener: (state: ReplicaState) => void): () => void {
    return subscribe(this.#stateListeners, listener);
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
    for (const { table, uuid, before, after } of changes) this.#table(table).put(uuid, before, after);
    notifyAll(this.#changeListeners, changes);
  }

  /** Make the content equal to `rows` (all as inserts), as one change that states only what differs. */
  replace(rows: readonly RowChange[]): void {
    const changes: RowChange[] = [];
    const present = new Map<string, Set<Uuid>>();
    for (const { table, uuid, after } of rows) {
      let uuids = present.get(table);
      if (uuids === undefined) present.set(table, (uuids = new Set()));
      uuids.add(uuid);
      const before = this.row(table, uuid);
      if (after !== undefined && (before === undefined || !rowsEqual(before, after))) changes.push({ table, uuid, before, after });
    }
    for (const [table, { rows: old }] of this.#tables) {
      const uuids = present.get(table);
      for (const [uuid, before] of old) if (uuids?.has(uuid) !== true) changes.push({ table, uuid, before, after: undefined });
    }
    this.apply(changes);
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
    notifyAll(this.#stateListeners, this.#state);
  }

  #table(name: string): ReplicaTable {
    let table = this.#tables.get(name);
    if (table === undefined) this.#tables.set(name, (table = new ReplicaTable()));
    return table;
  }
}

function rowsEqual(a: Row, b: Row): boolean {
  const names = Object.keys(b);
  return names.length === Object.keys(a).length && names.every((name) => name in a && valuesEqual(a[name], b[name]));
}

function subscribe<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

/** Every listener is called, also when one throws; the first error is then thrown on, since it is a bug of its owner. */
function notifyAll<T>(listeners: ReadonlySet<(value: T) => void>, value: T): void {
  const errors: unknown[] = [];
  for (const listener of listeners) {
    try {
      listener(value);
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0] as Error;
}
