/**
 * One monitor on one connection: reads the schema, starts the best monitor that the server knows, applies its updates to the
 * replica, and follows changes of the filters and of the schema.
 *
 * @source RFC 7047 §4.1.5-4.1.7; ovsdb-server(7) §4.1.12-4.1.16
 */
import { OvsdbError } from '../errors.ts';
import type { Json } from '../json/json.ts';
import { LargeSets } from '../monitor/large-sets.ts';
import { MonitorReply, NO_TRANSACTION } from '../monitor/monitor-reply.ts';
import type { MonitorMethod } from '../monitor/monitor-reply.ts';
import { filterChanges, monitorRequests, requestKey, selectColumns } from '../monitor/selection.ts';
import type { MonitoredTable } from '../monitor/selection.ts';
import { readUpdates } from '../monitor/updates.ts';
import type { StringPool } from '../notation/string-pool.ts';
import { isUuid } from '../notation/uuid.ts';
import { parseSchema } from '../schema/parse.ts';
import type { Reply } from './pending.ts';
import type { RpcPeer } from './rpc-peer.ts';
import type { Subscription } from './subscription.ts';

/** What a monitor tells its connection. */
export interface MonitoringEvents {
  /** The replica is live. */
  live(): void;
  /** The server does not give what is asked for. */
  refused(error: OvsdbError): void;
}

const FALLBACK: Readonly<Record<MonitorMethod, MonitorMethod | undefined>> = {
  monitor_cond_since: 'monitor_cond',
  monitor_cond: 'monitor',
  monitor: undefined,
};

/** What a monitor needs of its connection. */
export interface MonitoringConnection {
  readonly peer: RpcPeer;
  /** Distinguishes the monitors of a connection. */
  readonly name: string;
  readonly pool: StringPool;
}

/** A monitor; `start` begins it. */
export class Monitoring {
  readonly subscription: Subscription;
  readonly #peer: RpcPeer;
  readonly #name: string;
  readonly #pool: StringPool;
  readonly #large = new LargeSets();
  readonly #events: MonitoringEvents;
  #number = 0;
  #method: MonitorMethod = 'monitor_cond_since';
  /** The tables with the filters that the server was told last. */
  #told: ReadonlyMap<string, MonitoredTable> = new Map();
  /** The key of the request that amounts to `#told`. */
  #request = '';
  #transaction: string | undefined;
  #isChanging = false;
  #isLive = false;
  #isEnded = false;

  constructor(subscription: Subscription, connection: MonitoringConnection, events: MonitoringEvents) {
    this.subscription = subscription;
    this.#pool = connection.pool;
    this.#peer = connection.peer;
    this.#name = connection.name;
    this.#events = events;
  }

  /** True while the replica follows the server. */
  get isLive(): boolean {
    return this.#isLive;
  }

  /** Read the schema and then everything, or what changed since the resume point. */
  start(): void {
    this.#isLive = false;
    this.#isChanging = false;
    this.subscription.replica.setState('syncing');
    const number = ++this.#number;
    this.#peer.request(
      'get_schema',
      [this.subscription.database],
      this.#taking((result) => {
        if (number !== this.#number) return;
        const schema = parseSchema(result);
        this.#tell(selectColumns(schema, this.subscription.selection));
        this.subscription.replica.useSchema(schema, this.#told);
        this.#monitor(number);
      }),
    );
  }

  /** Tell the server of changed filters, one change at a time. */
  follow(): void {
    const { replica, selection } = this.subscription;
    if (!this.#isLive || this.#isChanging || this.#isEnded || replica.schema === undefined) return;
    const next = selectColumns(replica.schema, selection);
    const changes = filterChanges(this.#told, next);
    if (changes === undefined) {
      this.subscription.settle();
      return;
    }
    if (this.#method === 'monitor') {
      this.#events.refused(this.#tooOld());
      return;
    }
    const number = this.#number;
    const id = this.#id;
    this.#tell(next);
    this.#isChanging = true;
    // Until the server agrees, nobody can tell under which filters the last transaction is seen.
    this.subscription.resume = undefined;
    this.#peer.request('monitor_cond_change', [id, id, changes], (reply) => {
      if (number !== this.#number || this.#isEnded) return;
      if (!reply.ok) {
        this.#peer.fail(reply.error);
        return;
      }
      this.#isChanging = false;
      this.#keepResumePoint();
      this.follow();
    });
  }

  /** End the monitor; resolves when the server has confirmed it, or is gone. */
  cancel(): Promise<void> {
    this.#isEnded = true;
    this.#isLive = false;
    this.#number++;
    return new Promise((resolve) => this.#peer.request('monitor_cancel', [this.#idOf(this.#number - 1)], () => resolve()));
  }

  /** True when the notification was about this monitor and has been dealt with. */
  takes(method: string, params: readonly Json[]): boolean {
    if (params[0] !== this.#id) return this.#isOld(params[0]);
    switch (method) {
      case 'update':
      case 'update2':
        this.#update(params[1]);
        return true;
      case 'update3':
        this.#update(params[2]);
        this.#seen(params[1]);
        return true;
      case 'monitor_canceled':
        // @source ovsdb-server(7) §4.1.7, 4.1.19: the schema was converted, or the database removed.
        this.subscription.resume = undefined;
        this.subscription.replica.setState('lost');
        this.start();
        return true;
      default:
        return false;
    }
  }

  get #id(): string {
    return this.#idOf(this.#number);
  }

  #idOf(number: number): string {
    return `${this.#name}:${number}`;
  }

  /** Updates of a monitor that was ended or replaced may still be on their way. */
  #isOld(id: Json | undefined): boolean {
    return typeof id === 'string' && id.startsWith(`${this.#name}:`);
  }

  #monitor(number: number): void {
    const method = this.#method;
    if (method === 'monitor' && [...this.#told.values()].some((table) => table.where !== undefined)) {
      this.#events.refused(this.#tooOld());
      return;
    }
    const { resume, replica } = this.subscription;
    const params: Json[] = [this.subscription.database, this.#idOf(number), monitorRequests(this.#told)];
    if (method === 'monitor_cond_since') params.push(resume?.request === this.#request ? resume.transaction : NO_TRANSACTION);
    const content = new MonitorReply(method, replica, this.#pool);
    this.#peer.request(
      method,
      params,
      (reply) => {
        if (number !== this.#number) return;
        // The next attempt must not be this one again.
        if (!reply.ok && reply.error.code === 'OVSDB_SYNTAX_ERROR') this.subscription.resume = undefined;
        const next = FALLBACK[method];
        if (!reply.ok && reply.error.code === 'OVSDB_UNKNOWN_METHOD' && next !== undefined) {
          this.#method = next;
          this.#monitor(number);
        } else this.#taking((result) => this.#initial(content, result))(reply);
      },
      { parts: { rule: content.rule, take: (lead, members) => this.#distrusting(() => content.take(lead, members)) } },
    );
  }

  #initial(content: MonitorReply, result: Json): void {
    const { replica } = this.subscription;
    this.#transaction = this.#distrusting(() => content.finish(result));
    this.subscription.resume = undefined;
    this.#keepResumePoint();
    this.#isLive = true;
    replica.setState('live');
    this.follow();
    this.#events.live();
  }

  #seen(transaction: Json | undefined): void {
    if (typeof transaction !== 'string' || !isUuid(transaction)) {
      this.subscription.resume = undefined;
      throw new OvsdbError('OVSDB_BAD_MESSAGE', 'update3 names no transaction', { retry: 'later', value: transaction ?? null });
    }
    if (transaction === NO_TRANSACTION) return;
    this.#transaction = transaction;
    this.#keepResumePoint();
  }

  #keepResumePoint(): void {
    if (this.#transaction === undefined || this.#isChanging) return;
    this.subscription.resume = { transaction: this.#transaction, request: this.#request };
  }

  #tell(tables: ReadonlyMap<string, MonitoredTable>): void {
    this.#told = tables;
    this.#request = requestKey(tables);
  }

  #update(updates: Json | undefined): void {
    if (!this.#isLive) throw new OvsdbError('OVSDB_BAD_MESSAGE', 'an update comes before the initial content', { retry: 'later' });
    this.subscription.replica.apply(this.#read(updates ?? null));
  }

  #read(updates: Json): ReturnType<typeof readUpdates> {
    const { replica } = this.subscription;
    return this.#distrusting(() =>
      readUpdates(updates, {
        tables: replica.monitored,
        row: (table, uuid) => replica.row(table, uuid),
        version: this.#method === 'monitor' ? 1 : 2,
        pool: this.#pool,
        large: this.#large,
      }),
    );
  }

  /** What the server thinks we have is not what we have when its update does not fit: begin again from nothing then. */
  #distrusting<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      this.subscription.resume = undefined;
      throw error;
    }
  }

  #tooOld(): OvsdbError {
    return new OvsdbError(
      'OVSDB_NOT_SUPPORTED',
      `database ${this.subscription.database}: the server is too old to filter rows (it knows no monitor_cond)`,
      { retry: 'later' },
    );
  }

  /** A refusal is told on; a result that cannot be read ends the connection. */
  #taking(handle: (result: Json) => void): (reply: Reply) => void {
    return (reply) => {
      if (this.#isEnded) return;
      if (reply.ok) handle(reply.result);
      else if (reply.error.code !== 'OVSDB_DISCONNECTED') this.#events.refused(reply.error);
    };
  }
}
