/** The OVSDB in memory behind JSON-RPC: sessions, monitors and their updates. @source RFC 7047 §4.1; ovsdb-server(7) §4.1.12-15 */
import type { MemoryDatabase, MemoryRow, Snapshot } from './memory-database.ts';
import { type ColumnType, printDatum, printDifference, sameDatum, type Wire, wireText } from './memory-value.ts';
import type { Random } from './random.ts';

interface Monitor {
  readonly id: Wire;
  readonly columns: ReadonlyMap<string, readonly string[]>;
}

interface Request {
  readonly id: Wire;
  readonly method: string;
  readonly params: readonly Wire[];
}

/** One client's session; `send` is the way back to it. */
export interface Session {
  receive(request: Request): void;
  end(): void;
}

/** How many states a client may resume from. */
const HISTORY = 30;

export class MemoryServer {
  readonly #database: MemoryDatabase;
  readonly #random: Random;
  readonly #sessions = new Map<(message: Wire) => void, Map<string, Monitor>>();
  readonly #history = new Map<string, Snapshot>();
  #last = '00000000-0000-0000-0000-000000000001';

  constructor(database: MemoryDatabase, random: Random) {
    this.#database = database;
    this.#random = random;
    this.#history.set(this.#last, database.content);
  }

  connect(send: (message: Wire) => void): Session {
    this.#sessions.set(send, new Map());
    return {
      receive: ({ id, method, params }) => {
        const answer = this.#handle(send, method, params);
        send({ id, ...answer });
      },
      end: () => this.#sessions.delete(send),
    };
  }

  /** Change the database from outside: what an operator does by hand. */
  edit(operations: readonly Readonly<Record<string, Wire>>[]): void {
    this.#transact(operations);
  }

  #handle(send: (message: Wire) => void, method: string, params: readonly Wire[]): { readonly result: Wire; readonly error: Wire } {
    const isOurs = params[0] === this.#database.name;
    if (method === 'echo') return { result: params, error: null };
    if (method === 'set_db_change_aware' || method === 'monitor_cancel') return { result: {}, error: null };
    if (!isOurs) return { result: null, error: { error: 'unknown database', details: wireText(params[0]) } };
    if (method === 'get_schema') return { result: this.#database.schema as Wire, error: null };
    if (method === 'transact') return { result: this.#transact(params.slice(1) as Readonly<Record<string, Wire>>[]), error: null };
    if (method === 'monitor_cond_since') return { result: this.#monitor(send, params), error: null };
    return { result: null, error: { error: 'unknown method', details: method } };
  }

  #transact(operations: readonly Readonly<Record<string, Wire>>[]): readonly Wire[] {
    const before = this.#database.content;
    const results = this.#database.transact(operations);
    if (this.#database.content !== before) this.#publish(before);
    return results;
  }

  #publish(before: Snapshot): void {
    this.#last = this.#random.uuid();
    this.#history.set(this.#last, this.#database.content);
    for (const oldest of this.#history.keys()) if (this.#history.size > HISTORY) this.#history.delete(oldest);
    for (const [send, monitors] of this.#sessions) {
      for (const monitor of monitors.values()) {
        const updates = this.#updates(before, this.#database.content, monitor);
        if (Object.keys(updates).length > 0) send({ id: null, method: 'update3', params: [monitor.id, this.#last, updates] });
      }
    }
  }

  #monitor(send: (message: Wire) => void, [, id = null, requests = {}, since = '']: readonly Wire[]): Wire {
    const columns = Object.entries(requests as Record<string, Wire>).map(([table, request]) => {
      const [first] = (Array.isArray(request) ? request : [request]) as { columns?: string[] }[];
      return [table, first?.columns ?? []] as const;
    });
    const monitor = { id, columns: new Map(columns) };
    this.#sessions.get(send)?.set(JSON.stringify(id), monitor);
    // A server may have forgotten, even when it need not.
    const from = this.#random.chance(0.5) ? this.#history.get(wireText(since)) : undefined;
    return [from !== undefined, this.#last, this.#updates(from ?? new Map(), this.#database.content, monitor, from === undefined)];
  }

  #updates(before: Snapshot, after: Snapshot, monitor: Monitor, isInitial = false): Record<string, Wire> {
    const updates: Record<string, Record<string, Wire>> = {};
    for (const [name, columns] of monitor.columns) {
      const types = this.#database.tables.get(name)?.columns ?? new Map<string, ColumnType>();
      const [old, now] = [before.get(name) ?? new Map<string, MemoryRow>(), after.get(name) ?? new Map<string, MemoryRow>()];
      for (const uuid of new Set([...old.keys(), ...now.keys()])) {
        const update = rowUpdate({ before: old.get(uuid), after: now.get(uuid) }, { columns, types, isInitial });
        if (update !== undefined) (updates[name] ??= {})[uuid] = update;
      }
    }
    return updates;
  }
}

interface Selected {
  readonly columns: readonly string[];
  readonly types: ReadonlyMap<string, ColumnType>;
  readonly isInitial: boolean;
}

function rowUpdate(
  { before, after }: { readonly before: MemoryRow | undefined; readonly after: MemoryRow | undefined },
  selected: Selected,
): Wire | undefined {
  if (before === after) return undefined;
  if (after === undefined) return { delete: null };
  const row: Record<string, Wire> = {};
  for (const column of selected.columns) {
    const type = selected.types.get(column);
    const [old, now] = [before?.get(column), after.get(column)];
    if (type === undefined || now === undefined) continue;
    if (old === undefined) row[column] = printDatum(now, type);
    else if (!sameDatum(old, now)) row[column] = printDifference(old, now, type);
  }
  if (before === undefined) return { [selected.isInitial ? 'initial' : 'insert']: row };
  return Object.keys(row).length === 0 ? undefined : { modify: row };
}
