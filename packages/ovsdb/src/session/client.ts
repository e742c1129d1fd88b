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
import { DatabaseReplica } from '../replica/replica.ts';
import type { Replica } from '../replica/replica.ts';
import { backoffDelay } from './backoff.ts';
import { Connection } from './connection.ts';
import type { ResumePoint } from './connection.ts';

/** A client of one database. */
export interface DatabaseClient extends AsyncDisposable {
  readonly replica: Replica;
  /**
   * Run operations as one transaction. The replica shows its effect before the promise resolves.
   *
   * @throws {OvsdbError} the server's refusal with the failed operation and its index; OVSDB_NOT_CONNECTED when nothing was
   *   sent; OVSDB_DISCONNECTED when it was sent and the outcome is unknown
   */
  transact(operations: readonly Operation[]): Promise<readonly OperationResult[]>;
  /** Send any other request (RFC 7047 §4.1, ovsdb-server(7)) and get its raw result. */
  request(method: string, params: readonly Json[]): Promise<Json>;
  /** Called with why a connection ended, or why a remote could not be used. */
  onProblem(listener: (problem: OvsdbError) => void): () => void;
  readonly stats: ClientStats;
  close(): Promise<void>;
}

/** Counters since the start. */
export interface ClientStats {
  /** Times the replica became live. */
  readonly syncs: number;
  readonly transactions: number;
  /** Bytes received on all connections. */
  readonly receivedBytes: number;
}

/** Settings of a client. */
export interface ClientOptions {
  readonly remotes: readonly string[];
  readonly database: string;
  readonly tables: TableSelection;
  /** Use only the leader of a cluster. Default true, as reads from followers lag. */
  readonly leaderOnly?: boolean;
  /** Default 5000; 0 turns probing off. */
  readonly probeIntervalMs?: number;
  /** Default 512 MiB. */
  readonly maxMessageBytes?: number;
}

const BACKOFF = { firstMs: 50, maxMs: 4000 };
const DEFAULT_MAX_MESSAGE_BYTES = 512 * 1024 * 1024;
const MAX_DEPTH = 64;

/** Make a client; it begins to connect at once. @throws {OvsdbError} OVSDB_BAD_REMOTE when there is no remote */
export function createClient(options: ClientOptions, ports: ClientPorts): DatabaseClient {
  return new Client(options, ports);
}

class Client implements DatabaseClient {
  readonly replica: DatabaseReplica;
  readonly #options: ClientOptions;
  readonly #ports: ClientPorts;
  readonly #resume: ResumePoint = { lastTransaction: undefined, minIndex: 0n };
  readonly #problemListeners = new Set<(problem: OvsdbError) => void>();
  #connection: Connection | undefined;
  #cancelRetry: CancelTimer | undefined;
  #remote = 0;
  #triedInRound = 0;
  #round = 0;
  #closed = false;
  #syncs = 0;
  #transactions = 0;
  #receivedBefore = 0;

  constructor(options: ClientOptions, ports: ClientPorts) {
    if (options.remotes.length === 0) throw new OvsdbError('OVSDB_BAD_REMOTE', `no remote is given for database ${options.database}`);
    this.#options = options;
    this.#ports = ports;
    this.replica = new DatabaseReplica(options.database, ports.clock);
    this.#connect();
  }

  get stats(): ClientStats {
    return {
      syncs: this.#syncs,
      transactions: this.#transactions,
      receivedBytes: this.#receivedBefore + (this.#connection?.peer.receivedBytes ?? 0),
    };
  }

  async transact(operations: readonly Operation[]): Promise<readonly OperationResult[]> {
    const schema = this.replica.schema;
    if (this.#connection?.isLive !== true || schema === undefined) {
      throw this.#closed
        ? this.#closedError()
        : new OvsdbError('OVSDB_NOT_CONNECTED', `no connection to database ${this.#options.database}; nothing was sent`, {
            retry: 'later',
          });
    }
    const encoded = encodeOperations(operations, schema);
    this.#transactions++;
    const results = await this.request('transact', [this.#options.database, ...encoded]);
    return readResults(results, operations, schema);
  }

  request(method: string, params: readonly Json[]): Promise<Json> {
    const peer = this.#connection?.peer;
    if (peer === undefined)
      return Promise.reject(
        this.#closed ? this.#closedError() : new OvsdbError('OVSDB_NOT_CONNECTED', `${method}: no connection`, { retry: 'later' }),
      );
    return new Promise((resolve, reject) => {
      peer.request(method, params, (reply) => (reply.ok ? resolve(reply.result) : reject(reply.error)));
    });
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
    }
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #connect(): void {
    const {
      remotes,
      database,
      tables,
      leaderOnly = true,
      probeIntervalMs = 5000,
      maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES,
    } = this.#options;
    const remote = remotes[this.#remote % remotes.length] ?? '';
    try {
      this.#connection = new Connection(
        { remote, database, tables, leaderOnly, probeIntervalMs, maxMessageBytes, maxDepth: MAX_DEPTH },
        this.#ports,
        {
          replica: this.replica,
          resume: this.#resume,
          events: { live: () => this.#live(), closed: (error) => this.#lost(error) },
        },
      );
    } catch (error) {
      this.#lost(asOvsdbError(error, 'OVSDB_BAD_REMOTE', remote));
    }
  }

  #live(): void {
    this.#round = 0;
    this.#triedInRound = 0;
    this.#syncs++;
  }

  /** Every remote is tried once without a pause, unless one was live just now; then comes a pause that grows. */
  #lost(error: OvsdbError): void {
    this.#receivedBefore += this.#connection?.peer.receivedBytes ?? 0;
    this.#connection = undefined;
    this.replica.setState('lost');
    if (this.#closed) return;
    for (const listener of this.#problemListeners) listener(error);
    this.#remote++;
    this.#triedInRound++;
    let delayMs = 0;
    if (this.#triedInRound >= this.#options.remotes.length) {
      this.#triedInRound = 0;
      delayMs = backoffDelay(this.#round++, BACKOFF, this.#ports.random);
    }
    this.#cancelRetry = this.#ports.clock.setTimeout(() => this.#connect(), delayMs);
  }

  #closedError(): OvsdbError {
    return new OvsdbError('OVSDB_CLOSED', `the client of database ${this.#options.database} is closed`);
  }
}
