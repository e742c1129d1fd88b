/**
 * One connection from dialling to live replicas: asks `_Server` whether the server fits, starts a monitor for each subscription,
 * and hands notifications to whom they concern. Ends by `closed`, never by a throw.
 *
 * @source RFC 7047 §4.1; ovsdb-server(7) §4.1.17-4.1.19
 */
import type { OvsdbError } from '../errors.ts';
import type { Json } from '../json/json.ts';
import { StringPool } from '../notation/string-pool.ts';
import type { ClientPorts } from '../ports.ts';
import { Monitoring } from './monitoring.ts';
import { RpcPeer } from './rpc-peer.ts';
import type { PeerOptions } from './rpc-peer.ts';
import { ServerWatch } from './server-watch.ts';
import type { SeenLog } from './server-watch.ts';
import type { Subscription } from './subscription.ts';

const POOLED_STRINGS = 4096;

/** Settings of a connection. */
export interface ConnectionOptions extends PeerOptions {
  readonly leaderOnly: boolean;
}

/** What a connection tells its owner. */
export interface ConnectionEvents {
  /** The main replica is live. */
  live(): void;
  /** A notification that concerns neither a replica nor `_Server`. */
  notification(method: string, params: readonly Json[]): void;
  /** The server does not serve a replica beside the main one. */
  refused(error: OvsdbError): void;
  closed(error: OvsdbError): void;
}

/** What outlives the connection. */
export interface ConnectionOwner {
  readonly main: Subscription;
  readonly others: Iterable<Subscription>;
  readonly seen: SeenLog;
  readonly events: ConnectionEvents;
}

/** A connection; it dials on construction. */
export class Connection {
  readonly peer: RpcPeer;
  readonly #owner: ConnectionOwner;
  readonly #watch: ServerWatch;
  readonly #main: Monitoring;
  readonly #pool: StringPool;
  readonly #others = new Map<Subscription, Monitoring>();
  #number = 0;
  #isFit = false;

  constructor(options: ConnectionOptions, ports: ClientPorts, owner: ConnectionOwner) {
    const { database } = owner.main;
    this.#owner = owner;
    this.#pool = new StringPool(POOLED_STRINGS, ports.decodeAscii);
    this.#watch = new ServerWatch({ database, leaderOnly: options.leaderOnly, seen: owner.seen });
    this.peer = new RpcPeer(options, ports, {
      opened: () => this.#opened(),
      notification: (method, params) => this.#notified(method, params),
      closed: (error) => owner.events.closed(error),
    });
    this.#main = new Monitoring(
      owner.main,
      { peer: this.peer, name: database, pool: this.#pool },
      { live: () => owner.events.live(), refused: (error) => this.peer.fail(error) },
    );
  }

  /** True while the main replica follows this connection. */
  get isLive(): boolean {
    return this.#main.isLive;
  }

  /** Begin to serve one more subscription. */
  add(subscription: Subscription): void {
    if (!this.#isFit) return;
    const name = `${subscription.database}/${++this.#number}`;
    const monitoring = new Monitoring(
      subscription,
      { peer: this.peer, name, pool: this.#pool },
      { live: () => undefined, refused: (error) => this.#refused(subscription, error) },
    );
    this.#others.set(subscription, monitoring);
    monitoring.start();
  }

  /** Serve a subscription no more. */
  remove(subscription: Subscription): Promise<void> {
    const monitoring = this.#others.get(subscription);
    this.#others.delete(subscription);
    return monitoring === undefined ? Promise.resolve() : monitoring.cancel();
  }

  /** Tell the server of the filters of a subscription. */
  follow(subscription: Subscription): void {
    if (subscription === this.#owner.main) this.#main.follow();
    else this.#others.get(subscription)?.follow();
  }

  #opened(): void {
    // An old server knows neither of the two; it then simply serves the database.
    this.peer.request('set_db_change_aware', [true], () => undefined);
    this.#watch.start(this.peer, (unfit) => this.#judge(unfit));
  }

  #judge(unfit: OvsdbError | undefined): void {
    if (unfit !== undefined) this.peer.fail(unfit);
    else if (!this.#isFit) {
      this.#isFit = true;
      this.#main.start();
      for (const subscription of this.#owner.others) this.add(subscription);
    }
  }

  #refused(subscription: Subscription, error: OvsdbError): void {
    subscription.replica.setState('lost');
    this.#owner.events.refused(error);
  }

  #notified(method: string, params: readonly Json[]): void {
    if (this.#watch.takes(method, params) || this.#main.takes(method, params)) return;
    for (const monitoring of this.#others.values()) if (monitoring.takes(method, params)) return;
    this.#owner.events.notification(method, params);
  }
}
