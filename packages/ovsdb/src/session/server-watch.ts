/**
 * Follows the `_Server` database of a connection and says when the server is, or is no longer, fit for our database.
 *
 * @source ovsdb-server(5); ovsdb-server(7) §4.1.18
 */
import { OvsdbError } from '../errors.ts';
import type { Json } from '../json/json.ts';
import { selectColumns } from '../monitor/selection.ts';
import type { MonitoredTable } from '../monitor/selection.ts';
import { readUpdates } from '../monitor/updates.ts';
import type { Row, Uuid } from '../notation/value.ts';
import { parseSchema } from '../schema/parse.ts';
import type { RpcPeer } from './rpc-peer.ts';
import { readServerStatus, SERVER_COLUMNS, unfitReason } from './server-status.ts';

const SERVER_DATABASE = '_Server';
const MONITOR_ID = '_Server';

/** How far the log of which cluster was seen, over all connections. */
export interface SeenLog {
  clusterId: string | undefined;
  minIndex: bigint;
}

/** What is asked of a server. */
export interface ServerWatchOptions {
  readonly database: string;
  readonly leaderOnly: boolean;
  readonly seen: SeenLog;
}

/** A watch over one connection. */
export class ServerWatch {
  readonly #options: ServerWatchOptions;
  readonly #rows = new Map<Uuid, Row>();
  #tables: ReadonlyMap<string, MonitoredTable> = new Map();
  #judge: (unfit: OvsdbError | undefined) => void = () => undefined;

  constructor(options: ServerWatchOptions) {
    this.#options = options;
  }

  /** Begin; `judge` is called with each change, undefined meaning fit. A server without `_Server` is fit. */
  start(peer: RpcPeer, judge: (unfit: OvsdbError | undefined) => void): void {
    this.#judge = judge;
    peer.request('get_schema', [SERVER_DATABASE], (reply) => {
      if (!reply.ok) {
        if (reply.error.code !== 'OVSDB_DISCONNECTED') judge(undefined);
        return;
      }
      this.#tables = selectColumns(parseSchema(reply.result), { Database: SERVER_COLUMNS });
      const columns = [...(this.#tables.get('Database')?.byName.keys() ?? [])];
      peer.request('monitor_cond', [SERVER_DATABASE, MONITOR_ID, { Database: [{ columns }] }], (initial) => {
        if (initial.ok) this.#apply(initial.result);
        else if (initial.error.code !== 'OVSDB_DISCONNECTED') judge(undefined);
      });
    });
  }

  /** True when the notification was about `_Server` and has been dealt with. */
  takes(method: string, params: readonly Json[]): boolean {
    if (params[0] !== MONITOR_ID) return false;
    if (method === 'update2' && params[1] !== undefined) this.#apply(params[1]);
    return true;
  }

  #apply(updates: Json): void {
    const { database, leaderOnly, seen } = this.#options;
    for (const change of readUpdates(updates, { tables: this.#tables, row: (_table, uuid) => this.#rows.get(uuid), version: 2 })) {
      if (change.after === undefined) this.#rows.delete(change.uuid);
      else this.#rows.set(change.uuid, change.after);
    }
    const status = readServerStatus(this.#rows.values(), database);
    // A cluster that was built anew counts from the start: an index of the old one says nothing of it.
    const minIndex = status?.clusterId === seen.clusterId ? seen.minIndex : 0n;
    const reason = unfitReason(status, { leaderOnly, minIndex });
    // A relay tells no index of its source.
    if (reason === undefined && status?.clusterId !== undefined) {
      seen.clusterId = status.clusterId;
      seen.minIndex = status.index > minIndex ? status.index : minIndex;
    }
    this.#judge(
      reason === undefined
        ? undefined
        : new OvsdbError('OVSDB_NOT_LEADER', `database ${database}: the server cannot be used: ${reason}`, { retry: 'later' }),
    );
  }
}
