/**
 * The one error class of this package. Callers branch on `code` and `retry`, never on the class or the message.
 */

/** Stable error codes; those down to NOT_ALLOWED are RFC 7047's error strings, the rest are raised by this package. */
export type OvsdbErrorCode =
  | 'OVSDB_CONSTRAINT_VIOLATION'
  | 'OVSDB_REFERENTIAL_INTEGRITY'
  | 'OVSDB_RESOURCES_EXHAUSTED'
  | 'OVSDB_IO_ERROR'
  | 'OVSDB_DUPLICATE_UUID'
  | 'OVSDB_DUPLICATE_UUID_NAME'
  | 'OVSDB_DOMAIN_ERROR'
  | 'OVSDB_RANGE_ERROR'
  | 'OVSDB_TIMED_OUT'
  | 'OVSDB_NOT_SUPPORTED'
  | 'OVSDB_ABORTED'
  | 'OVSDB_NOT_OWNER'
  | 'OVSDB_NOT_ALLOWED'
  | 'OVSDB_UNKNOWN_DATABASE'
  | 'OVSDB_SYNTAX_ERROR'
  | 'OVSDB_UNKNOWN_METHOD'
  | 'OVSDB_CANCELED'
  | 'OVSDB_NOT_LEADER'
  | 'OVSDB_SERVER_ERROR'
  | 'OVSDB_NOT_CONNECTED'
  | 'OVSDB_DISCONNECTED'
  | 'OVSDB_UNREACHABLE'
  | 'OVSDB_NO_ANSWER'
  | 'OVSDB_BAD_REMOTE'
  | 'OVSDB_BAD_MESSAGE'
  | 'OVSDB_MESSAGE_TOO_LARGE'
  | 'OVSDB_BAD_SCHEMA'
  | 'OVSDB_BAD_VALUE'
  | 'OVSDB_UNKNOWN_TABLE'
  | 'OVSDB_UNKNOWN_COLUMN'
  | 'OVSDB_TIMEOUT'
  | 'OVSDB_DUPLICATE_LOCK'
  | 'OVSDB_CLOSED'
  | 'OVSDB_UNRESOLVED_REFERENCE'
  | 'OVSDB_CONFLICTING_OWNERS'
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
