/**
 * The client: keeps one connection to one of several remotes, for ever, and sends transactions over it.
 */
import { asOvsdbError, OvsdbError } from '../errors.ts';
import type { Json } from '../json/json.ts';
import type { TableSelection } from '../monitor/selection.ts';
import { encodeOperations } from '../notation/operation.ts';
import { readResults } from '../notation/result.ts';
import type { Operation, OperationResult } from '../operation.ts';
import type { CancelTimer, ClientPorts } from '../ports.ts';
import type { Replica } from '../replica/replica.ts';
import { Connection } from './connection.ts';
import type { ConnectionOwner } from './connection.ts';
import type { ClientOptions, ClientStats, DatabaseClient, DatabaseMonitor, FilterChanges, TransactOptions } from './database-client.ts';
import { LockBook } from './lock-book.ts';
import type { Lock, LockOptions } from './lock.ts';
import type { Reply, RequestOptions } from './pending.ts';
import { RemoteRing } from './remote-ring.ts';
import { ServerCalls } from './server-calls.ts';
import { Subscription } from './subscription.ts';

const DEFAULT_MAX_MESSAGE_BYTES = 512 * 1024 * 1024;
const DEFAULT_PROBE_INTERVAL_MS = 5000;
const DEFAULT_ANSWER_LIMIT_MS = 30_000;
const MAX_DEPTH = 64;

/** Make a client; it begins to connect at once. @throws {OvsdbError} OVSDB_BAD_REMOTE when there is no remote */
export function createClient(options: ClientOptions, ports: ClientPorts): DatabaseClient {
  return new Client(options, ports);
}

class Client implements DatabaseClient {
  readonly server: ServerCalls;
  readonly #options: ClientOptions;
  readonly #ports: ClientPorts;
  readonly #main: Subscription;
  readonly #others = new Set<Subscription>();
  readonly #owner: ConnectionOwner;
  readonly #locks: LockBook;
  readonly #ring: RemoteRing;
  readonly #problemListeners = new Set<(problem: OvsdbError) => void>();
  #connection: Connection | undefined;
  #cancelRetry: CancelTimer | undefined;
  /** The end of the connection was asked for. */
  #isReconnecting = false;
  /** The next reconnect goes without a pause: none has since the replica was live. */
  #mayHurry = true;
  #closed = false;
  #syncs = 0;
  #transactions = 0;
  #receivedBefore = 0;

  constructor(options: ClientOptions, ports: ClientPorts) {
    if (options.remotes.length === 0) throw new OvsdbError('OVSDB_BAD_REMOTE', `no remote is given for database ${options.database}`);
    this.#options = options;
    this.#ports = ports;
    this.#main = new Subscription(options.database, options.tables, ports.clock);
    this.#ring = new RemoteRing(options.remotes, ports.random);
    this.#locks = new LockBook(ports.clock, (error) => this.#tell(error));
    this.server = new ServerCalls(
      (method, params, { answerLimitMs = options.answerLimitMs ?? DEFAULT_ANSWER_LIMIT_MS } = {}) =>
        this.request(method, params, { answerLimitMs }),
      options.database,
    );
    this.#owner = {
      main: this.#main,
      others: this.#others,
      seen: { clusterId: undefined, minIndex: 0n },
      events: {
        live: () => this.#live(),
        notification: (method, params) => this.#locks.notified(method, params),
        refused: (error) => this.#tell(error),
        closed: (error) => this.#lost(error),
      },
    };
    this.#connect();
  }

  get replica(): Replica {
    return this.#main.replica;
  }

  get stats(): ClientStats {
    return {
      syncs: this.#syncs,
      transactions: this.#transactions,
      receivedBytes: this.#receivedBefore + (this.#connection?.peer.receivedBytes ?? 0),
    };
  }

  async transact(operations: readonly Operation[], transactOptions: TransactOptions = {}): Promise<readonly OperationResult[]> {
    const schema = this.#main.replica.schema;
    if (this.#connection?.isLive !== true || schema === undefined) {
      throw this.#closed
        ? this.#closedError()
        : new OvsdbError('OVSDB_NOT_CONNECTED', `no connection to database ${this.#options.database}; nothing was sent`, {
            retry: 'later',
          });
    }
    if (transactOptions.signal?.aborted === true)
      throw new OvsdbError('OVSDB_CANCELED', 'transact: canceled before it was sent', { retry: 'now' });
    const encoded = encodeOperations(operations, schema);
    this.#transactions++;
    const results = await this.#send('transact', [this.#options.database, ...encoded], transactOptions);
    return readResults(results, operations, schema);
  }

  request(method: string, params: readonly Json[], { answerLimitMs = 0 }: RequestOptions = {}): Promise<Json> {
    return this.#send(method, params, { answerLimitMs });
  }

  setFilters(changes: FilterChanges): Promise<void> {
    return this.#setFilters(this.#main, changes);
  }

  monitor(tables: TableSelection, database: string = this.#options.database): DatabaseMonitor {
    const subscription = new Subscription(database, tables, this.#ports.clock);
    const cancel = async (): Promise<void> => {
      if (!this.#others.delete(subscription)) return;
      subscription.replica.setState('lost');
      subscription.settle(new OvsdbError('OVSDB_CLOSED', `the monitor of database ${database} was canceled`));
      await this.#connection?.remove(subscription);
    };
    if (!this.#closed) {
      this.#others.add(subscription);
      this.#connection?.add(subscription);
    }
    return {
      replica: subscription.replica,
      setFilters: (changes) => this.#setFilters(subscription, changes),
      cancel,
      [Symbol.asyncDispose]: cancel,
    };
  }

  lock(name: string, options: LockOptions = {}): Lock {
    if (this.#closed) throw this.#closedError();
    return this.#locks.add(name, options, this.#connection?.isLive === true ? this.#connection.peer : undefined);
  }

  reconnect(): void {
    if (this.#closed) return;
    if (this.#connection === undefined) {
      // Between two attempts. The next one is at hand where this was asked before.
      if (!this.#mayHurry) return;
      this.#mayHurry = false;
      this.#cancelRetry?.();
      this.#connect();
      return;
    }
    this.#isReconnecting = true;
    this.#connection.peer.fail(new OvsdbError('OVSDB_UNREACHABLE', `${this.#ring.current}: reconnected as was asked`, { retry: 'later' }));
  }

  onProblem(listener: (problem: OvsdbError) => void): () => void {
    this.#problemListeners.add(listener);
    return () => {
      this.#problemListeners.delete(listener);
    };
  }

  close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#cancelRetry?.();
      this.#connection?.peer.fail(this.#closedError());
      this.#locks.close();
      for (const subscription of [this.#main, ...this.#others]) {
        subscription.settle(this.#closedError());
        subscription.replica.end();
      }
    }
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #send(method: string, params: readonly Json[], { signal, answerLimitMs = 0 }: TransactOptions): Promise<Json> {
    const peer = this.#connection?.peer;
    if (peer === undefined)
      return Promise.reject(
        this.#closed ? this.#closedError() : new OvsdbError('OVSDB_NOT_CONNECTED', `${method}: no connection`, { retry: 'later' }),
      );
    return new Promise((resolve, reject) => {
      const cancel = (): void => peer.cancel(id);
      const done = (reply: Reply): void => {
        signal?.removeEventListener('abort', cancel);
        if (reply.ok) resolve(reply.result);
        else reject(reply.error);
      };
      const id = peer.request(method, params, done, { answerLimitMs });
      signal?.addEventListener('abort', cancel);
    });
  }

  async #setFilters(subscription: Subscription, changes: FilterChanges): Promise<void> {
    if (this.#closed) throw this.#closedError();
    const settled = subscription.setFilters(changes);
    this.#connection?.follow(subscription);
    await settled;
  }

  #connect(): void {
    const {
      leaderOnly = true,
      probeIntervalMs = DEFAULT_PROBE_INTERVAL_MS,
      answerLimitMs = DEFAULT_ANSWER_LIMIT_MS,
      maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES,
    } = this.#options;
    const remote = this.#ring.current;
    try {
      this.#connection = new Connection(
        { remote, leaderOnly, probeIntervalMs, answerLimitMs, maxMessageBytes, maxDepth: MAX_DEPTH },
        this.#ports,
        this.#owner,
      );
    } catch (error) {
      this.#lost(asOvsdbError(error, 'OVSDB_BAD_REMOTE', remote));
    }
  }

  #live(): void {
    this.#ring.live(this.#ports.clock.now());
    this.#mayHurry = true;
    this.#syncs++;
    if (this.#connection !== undefined) this.#locks.connected(this.#connection.peer);
  }

  #lost(error: OvsdbError): void {
    this.#receivedBefore += this.#connection?.peer.receivedBytes ?? 0;
    this.#connection = undefined;
    const isAsked = this.#isReconnecting;
    this.#isReconnecting = false;
    // The next attempt is at hand before anybody hears of the end: a listener may bring it forward.
    if (!this.#closed) {
      const delayMs = isAsked && this.#mayHurry ? 0 : this.#ring.lost(this.#ports.clock.now());
      this.#cancelRetry = this.#ports.clock.setTimeout(() => this.#connect(), delayMs);
      if (isAsked) this.#mayHurry = false;
    }
    for (const { replica } of [this.#main, ...this.#others]) replica.setState('lost');
    this.#locks.disconnected();
    // What was asked for is no problem: a listener that asks for it upon problems would go round in circles.
    if (!this.#closed && !isAsked) this.#tell(error);
  }

  #tell(problem: OvsdbError): void {
    for (const listener of this.#problemListeners) listener(problem);
  }

  #closedError(): OvsdbError {
    return new OvsdbError('OVSDB_CLOSED', `the client of database ${this.#options.database} is closed`);
  }
}
