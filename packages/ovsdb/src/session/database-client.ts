/**
 * What a client of a database offers.
 */
import type { OvsdbError } from '../errors.ts';
import type { Json } from '../json/json.ts';
import type { RowFilter, TableSelection } from '../monitor/selection.ts';
import type { Operation, OperationResult } from '../operation.ts';
import type { Replica } from '../replica/replica.ts';
import type { Lock, LockOptions } from './lock.ts';
import type { RequestOptions } from './pending.ts';
import type { ServerCalls } from './server-calls.ts';

/** Gives a request up; every `AbortSignal` is one. */
export interface CancelSignal {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** How to run a transaction. */
export interface TransactOptions extends RequestOptions {
  /**
   * Gives a transaction up that still waits; it then rejects with OVSDB_CANCELED and has no effect, but for one on a clustered
   * database whose waits had just come true. One that was answered already is as the answer says.
   */
  readonly signal?: CancelSignal;
}

/** Filters of rows by table. */
export type FilterChanges = Readonly<Record<string, RowFilter>>;

/** A replica beside the main one. */
export interface DatabaseMonitor extends AsyncDisposable {
  readonly replica: Replica;
  /** As `DatabaseClient.setFilters`. */
  setFilters(changes: FilterChanges): Promise<void>;
  /** End it; its replica is never live again. */
  cancel(): Promise<void>;
}

/** A client of one database. */
export interface DatabaseClient extends AsyncDisposable {
  readonly replica: Replica;
  /** Requests to the server of the present connection. */
  readonly server: ServerCalls;
  /**
   * Run operations as one transaction. The replica shows its effect before the promise resolves.
   *
   * @throws {OvsdbError} the server's refusal with the failed operation and its index; OVSDB_NOT_CONNECTED when nothing was
   *   sent; OVSDB_DISCONNECTED when it was sent and the outcome is unknown (its cause tells why); OVSDB_CANCELED
   */
  transact(operations: readonly Operation[], options?: TransactOptions): Promise<readonly OperationResult[]>;
  /**
   * Replicate other rows of the tables named. Rows appear in and vanish from the replica as changes like any others. Resolves once
   * the replica shows exactly what the filters let through, which without a connection is when it is live again.
   *
   * @throws {OvsdbError} OVSDB_UNKNOWN_TABLE, OVSDB_UNKNOWN_COLUMN, OVSDB_BAD_VALUE; OVSDB_NOT_CONNECTED before the first contact
   */
  setFilters(changes: FilterChanges): Promise<void>;
  /**
   * Keep one more replica over the same connection, of this or another database of the server. Where the server refuses it, its
   * state stays `connecting` and `onProblem` tells.
   *
   * @param database default: the database of the client
   */
  monitor(tables: TableSelection, database?: string): DatabaseMonitor;
  /** Ask for a lock of the server, on this and every later connection. @throws {OvsdbError} OVSDB_DUPLICATE_LOCK, OVSDB_BAD_VALUE */
  lock(name: string, options?: LockOptions): Lock;
  /** Send any other request (RFC 7047 §4.1, ovsdb-server(7)) and get its raw result. */
  request(method: string, params: readonly Json[], options?: RequestOptions): Promise<Json>;
  /**
   * Drop the connection and dial the same remote at once, for example to use a renewed certificate. Requests in flight have an unknown
   * outcome; `onProblem` is not called. Again before the replica is live, it is one more attempt to connect, with the remotes in turn and
   * the pauses of all others: it may be called upon every problem.
   */
  reconnect(): void;
  /** Called with why a connection ended, why a remote could not be used, or what a server refused to replicate. */
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
  /** Use only the leader of a cluster, no follower and no relay. Default true, as reads from those lag. */
  readonly leaderOnly?: boolean;
  /** Default 5000; 0 turns probing off. */
  readonly probeIntervalMs?: number;
  /**
   * The limit (see `RequestOptions`) of what the client itself asks: schemas, monitors and their filters, locks, `server`. However long
   * the content of a large database takes, it is no matter. Default 30000; 0 is no limit.
   */
  readonly answerLimitMs?: number;
  /** Default 512 MiB. */
  readonly maxMessageBytes?: number;
}
