/**
 * One connection from dialling to a live replica: asks `_Server` whether the server fits, reads the schema, starts the best
 * monitor that the server knows, and applies its updates. Ends by `closed`, never by a throw.
 *
 * @source RFC 7047 §4.1; ovsdb-server(7) §4.1.12-4.1.18
 */
import { OvsdbError } from '../errors.ts';
import type { Json } from '../json/json.ts';
import { monitorRequests, selectColumns } from '../monitor/selection.ts';
import type { TableSelection } from '../monitor/selection.ts';
import { MonitorReply, NO_TRANSACTION } from '../monitor/monitor-reply.ts';
import type { MonitorMethod } from '../monitor/monitor-reply.ts';
import { readUpdates } from '../monitor/updates.ts';
import { StringPool } from '../notation/string-pool.ts';
import type { ClientPorts } from '../ports.ts';
import { parseSchema } from '../schema/parse.ts';
import type { DatabaseReplica } from '../replica/replica.ts';
import { RpcPeer } from './rpc-peer.ts';
import type { PeerOptions, Reply } from './rpc-peer.ts';
import { ServerWatch } from './server-watch.ts';

/** What outlives a connection: where a resume may begin, and how far clustered data was seen. */
export interface ResumePoint {
  lastTransaction: string | undefined;
  minIndex: bigint;
}

/** Settings of a connection. */
export interface ConnectionOptions extends PeerOptions {
  readonly database: string;
  readonly tables: TableSelection;
  readonly leaderOnly: boolean;
}

/** What a connection tells its owner. */
export interface ConnectionEvents {
  /** The replica is live. */
  live(): void;
  closed(error: OvsdbError): void;
}

const FALLBACK: Readonly<Record<MonitorMethod, MonitorMethod | undefined>> = {
  monitor_cond_since: 'monitor_cond',
  monitor_cond: 'monitor',
  monitor: undefined,
};

/** A connection; it dials on construction. */
export class Connection {
  readonly peer: RpcPeer;
  readonly #options: ConnectionOptions;
  readonly #replica: DatabaseReplica;
  readonly #resume: ResumePoint;
  readonly #events: ConnectionEvents;
  readonly #watch: ServerWatch;
  readonly #pool = new StringPool();
  #monitorId = 0;
  #monitorMethod: MonitorMethod = 'monitor_cond_since';
  #started = false;
  #isLive = false;

  constructor(
    options: ConnectionOptions,
    ports: ClientPorts,
    owner: { readonly replica: DatabaseReplica; readonly resume: ResumePoint; readonly events: ConnectionEvents },
  ) {
    this.#options = options;
    this.#replica = owner.replica;
    this.#resume = owner.resume;
    this.#events = owner.events;
    this.#watch = new ServerWatch({ database: options.database, leaderOnly: options.leaderOnly, resume: owner.resume });
    this.peer = new RpcPeer(options, ports, {
      opened: () => this.#opened(),
      notification: (method, params) => this.#notified(method, params),
      closed: (error) => this.#events.closed(error),
    });
  }

  /** True while the replica follows this connection. */
  get isLive(): boolean {
    return this.#isLive;
  }

  #opened(): void {
    // An old server knows neither of the two; it then simply serves the database.
    this.peer.request('set_db_change_aware', [true], () => undefined);
    this.#watch.start(this.peer, (unfit) => this.#judge(unfit));
  }

  #judge(unfit: OvsdbError | undefined): void {
    if (unfit !== undefined) this.peer.fail(unfit);
    else if (!this.#started) {
      this.#started = true;
      this.#replica.setState('syncing');
      this.#sync();
    }
  }

  #sync(): void {
    this.#isLive = false;
    this.peer.request(
      'get_schema',
      [this.#options.database],
      this.#guarded((result) => {
        const schema = parseSchema(result);
        this.#replica.useSchema(schema, selectColumns(schema, this.#options.tables));
        this.#monitor();
      }),
    );
  }

  #monitor(): void {
    const method = this.#monitorMethod;
    const id = `${this.#options.database}:${++this.#monitorId}`;
    const params: Json[] = [this.#options.database, id, monitorRequests(this.#replica.monitored)];
    if (method === 'monitor_cond_since') params.push(this.#resume.lastTransaction ?? NO_TRANSACTION);
    const content = new MonitorReply(method, this.#replica, this.#pool);
    this.peer.request(
      method,
      params,
      (reply) => {
        const next = FALLBACK[method];
        if (!reply.ok && reply.error.code === 'OVSDB_UNKNOWN_METHOD' && next !== undefined) {
          this.#monitorMethod = next;
          this.#monitor();
          return;
        }
        this.#guarded((result) => this.#initial(content, result))(reply);
      },
      { rule: content.rule, take: (lead, members) => this.#distrusting(() => content.take(lead, members)) },
    );
  }

  #initial(content: MonitorReply, result: Json): void {
    const last = this.#distrusting(() => content.finish(result));
    if (this.#monitorMethod === 'monitor_cond_since') this.#resume.lastTransaction = last;
    this.#isLive = true;
    this.#replica.setState('live');
    this.#events.live();
  }

  #notified(method: string, params: readonly Json[]): void {
    if (this.#watch.takes(method, params)) return;
    switch (method) {
      case 'update':
      case 'update2':
        this.#update(params[0], params[1]);
        break;
      case 'update3':
        this.#update(params[0], params[2]);
        if (typeof params[1] === 'string' && params[1] !== NO_TRANSACTION) this.#resume.lastTransaction = params[1];
        break;
      case 'monitor_canceled':
        // @source ovsdb-server(7) §4.1.7, 4.1.19: the schema was converted, or the database removed.
        this.#resume.lastTransaction = undefined;
        this.#replica.setState('lost');
        this.#sync();
        break;
      default:
        // Notifications of locks and of newer servers are nothing to a replica.
        break;
    }
  }

  #update(id: Json | undefined, updates: Json | undefined): void {
    if (id !== `${this.#options.database}:${this.#monitorId}`) return;
    if (!this.#isLive) throw new OvsdbError('OVSDB_BAD_MESSAGE', 'an update comes before the initial content', { retry: 'later' });
    this.#replica.apply(this.#read(updates ?? null));
  }

  #read(updates: Json): ReturnType<typeof readUpdates> {
    const replica = this.#replica;
    return this.#distrusting(() =>
      readUpdates(updates, {
        tables: replica.monitored,
        row: (table, uuid) => replica.row(table, uuid),
        version: this.#monitorMethod === 'monitor' ? 1 : 2,
        pool: this.#pool,
      }),
    );
  }

  /** What the server thinks we have is not what we have when its update does not fit: begin again from nothing then. */
  #distrusting<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      this.#resume.lastTransaction = undefined;
      throw error;
    }
  }

  /** Wraps the handler of a reply so that a refusal or a malformed result ends the connection. */
  #guarded(handle: (result: Json) => void): (reply: Reply) => void {
    return (reply) => {
      if (!reply.ok) this.peer.fail(reply.error);
      else handle(reply.result);
    };
  }
}
