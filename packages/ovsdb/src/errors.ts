/**
 * The one error class of this package. Callers branch on `code` and `retry`, never on the class or the message.
 */

/** Stable error codes; those down to NOT_ALLOWED are RFC 7047's error strings, the rest are raised by this package. */
export type OvsdbErrorCode =
  /** The result would break a constraint of the schema, such as an index. */
  | 'OVSDB_CONSTRAINT_VIOLATION'
  /** A strong reference would lead to a row that is not there. */
  | 'OVSDB_REFERENTIAL_INTEGRITY'
  /** The server has not enough memory, disk or other resources. */
  | 'OVSDB_RESOURCES_EXHAUSTED'
  /** The server could not write to its storage. */
  | 'OVSDB_IO_ERROR'
  /** A row is to be inserted under a UUID that is taken. */
  | 'OVSDB_DUPLICATE_UUID'
  /** Two inserts of one transaction bear the same name. */
  | 'OVSDB_DUPLICATE_UUID_NAME'
  /** A mutation has no result, such as a division by zero. */
  | 'OVSDB_DOMAIN_ERROR'
  /** The result of a mutation is not in the range of its type. */
  | 'OVSDB_RANGE_ERROR'
  /** A `wait` was not fulfilled in its time: what was read is not so any more. */
  | 'OVSDB_TIMED_OUT'
  /** The server does not support this operation. */
  | 'OVSDB_NOT_SUPPORTED'
  /** The transaction contains `abort`. */
  | 'OVSDB_ABORTED'
  /** The lock that the transaction asserts is not ours. */
  | 'OVSDB_NOT_OWNER'
  /** The role of this client does not allow it. */
  | 'OVSDB_NOT_ALLOWED'
  /** The server has no such database. */
  | 'OVSDB_UNKNOWN_DATABASE'
  /** The server could not read the request. */
  | 'OVSDB_SYNTAX_ERROR'
  /** The server does not know the method. */
  | 'OVSDB_UNKNOWN_METHOD'
  /** The request was canceled. */
  | 'OVSDB_CANCELED'
  /** This member is not the leader of its cluster where a leader is asked for, or has lost the cluster. */
  | 'OVSDB_NOT_LEADER'
  /** Any other error of the server, in its own words. */
  | 'OVSDB_SERVER_ERROR'
  /** There is no connection to send by. */
  | 'OVSDB_NOT_CONNECTED'
  /** The connection ended before the answer: it may have been carried out, or not. */
  | 'OVSDB_DISCONNECTED'
  /** A remote could not be connected to, or gives no sign of life any more. */
  | 'OVSDB_UNREACHABLE'
  /** A request got no answer in time, although the server answers others. */
  | 'OVSDB_NO_ANSWER'
  /** No remote is given, it is not of the form `unix:`, `tcp:` or `ssl:`, or a file for `ssl:` can not be used. */
  | 'OVSDB_BAD_REMOTE'
  /** What came is not JSON-RPC as the protocol says. */
  | 'OVSDB_BAD_MESSAGE'
  /** A message exceeds the bound for its size. */
  | 'OVSDB_MESSAGE_TOO_LARGE'
  /** The schema can not be read, or lacks what the client needs. */
  | 'OVSDB_BAD_SCHEMA'
  /** A value does not fit the type of its column. */
  | 'OVSDB_BAD_VALUE'
  /** The schema has no such table. */
  | 'OVSDB_UNKNOWN_TABLE'
  /** The table has no such column. */
  | 'OVSDB_UNKNOWN_COLUMN'
  /** It took longer than the caller allows. */
  | 'OVSDB_TIMEOUT'
  /** The lock is asked for already on this connection. */
  | 'OVSDB_DUPLICATE_LOCK'
  /** The client was closed, or the lock released. */
  | 'OVSDB_CLOSED'
  /** A row that is wanted refers to one that nobody wants. */
  | 'OVSDB_UNRESOLVED_REFERENCE'
  /** Two owners want different values in one place; who was first has it. */
  | 'OVSDB_CONFLICTING_OWNERS'
  /** Nothing that is wanted refers to the row, so the server would delete it: its table is not a root table. */
  | 'OVSDB_NO_PARENT';

/** `now`: the same request may succeed at once; `later`: after a pause or a reconnect; `never`: only a changed request can. */
export type Retry = 'now' | 'later' | 'never';

/** What an `OvsdbError` carries beyond its message. */
export interface OvsdbErrorDetails {
  /** The operation that was refused, or for which the commit as a whole was, where that can be told. */
  readonly operation?: unknown;
  /** Index of the refused operation in the transaction; equal to the number of operations when the commit was refused. */
  readonly index?: number;
  /** Index of `operation`. */
  readonly culprit?: number;
  readonly retry?: Retry;
  readonly cause?: unknown;
  readonly table?: string;
  readonly column?: string;
  readonly value?: unknown;
}

/**
 * Every failure that this package throws or reports.
 *
 * @source RFC 7047 §3.1 (error), §4.1.3 (errors of a transaction)
 */
export class OvsdbError extends Error {
  readonly code: OvsdbErrorCode;
  readonly retry: Retry;
  readonly operation: unknown;
  readonly index: number | undefined;
  readonly culprit: number | undefined;
  readonly table: string | undefined;
  readonly column: string | undefined;
  readonly value: unknown;

  constructor(code: OvsdbErrorCode, message: string, details: OvsdbErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'OvsdbError';
    this.code = code;
    this.retry = details.retry ?? 'never';
    this.operation = details.operation;
    this.index = details.index;
    this.culprit = details.culprit;
    this.table = details.table;
    this.column = details.column;
    this.value = details.value;
  }
}

/** Read anything thrown as an `OvsdbError`, keeping it as the cause when it is something else. */
export function asOvsdbError(error: unknown, code: OvsdbErrorCode, context: string): OvsdbError {
  if (error instanceof OvsdbError) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new OvsdbError(code, `${context}: ${text}`, { cause: error });
}
