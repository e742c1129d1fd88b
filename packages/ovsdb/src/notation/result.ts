/**
 * Results of a transaction -> values or one error.
 *
 * @source RFC 7047 §4.1.3, §5.2
 */
import { OvsdbError } from '../errors.ts';
import type { OvsdbErrorCode, OvsdbErrorDetails, Retry } from '../errors.ts';
import { isArray, isObject } from '../json/json.ts';
import type { Json, JsonObject } from '../json/json.ts';
import type { Operation, OperationResult } from '../operation.ts';
import type { DatabaseSchema } from '../schema/types.ts';
import { findCulprit, readNamed } from './culprit.ts';
import { decodeUuid, decodeValue } from './decode.ts';

const CODES: Readonly<Record<string, readonly [OvsdbErrorCode, Retry]>> = {
  'constraint violation': ['OVSDB_CONSTRAINT_VIOLATION', 'never'],
  'referential integrity violation': ['OVSDB_REFERENTIAL_INTEGRITY', 'never'],
  'resources exhausted': ['OVSDB_RESOURCES_EXHAUSTED', 'later'],
  'I/O error': ['OVSDB_IO_ERROR', 'later'],
  'duplicate uuid': ['OVSDB_DUPLICATE_UUID', 'never'],
  'duplicate uuid name': ['OVSDB_DUPLICATE_UUID_NAME', 'never'],
  'duplicate uuid-name': ['OVSDB_DUPLICATE_UUID_NAME', 'never'],
  'domain error': ['OVSDB_DOMAIN_ERROR', 'never'],
  'range error': ['OVSDB_RANGE_ERROR', 'never'],
  'timed out': ['OVSDB_TIMED_OUT', 'now'],
  'not supported': ['OVSDB_NOT_SUPPORTED', 'never'],
  aborted: ['OVSDB_ABORTED', 'never'],
  'not owner': ['OVSDB_NOT_OWNER', 'later'],
  'permission error': ['OVSDB_NOT_ALLOWED', 'never'],
  'not allowed': ['OVSDB_NOT_ALLOWED', 'never'],
  'unknown database': ['OVSDB_UNKNOWN_DATABASE', 'later'],
  'syntax error': ['OVSDB_SYNTAX_ERROR', 'never'],
  'unknown method': ['OVSDB_UNKNOWN_METHOD', 'never'],
  canceled: ['OVSDB_CANCELED', 'later'],
  'not leader': ['OVSDB_NOT_LEADER', 'later'],
  'cluster error': ['OVSDB_NOT_LEADER', 'later'],
  'database not connected': ['OVSDB_NOT_LEADER', 'later'],
};

/** Read the `error` member of a response. Both a bare string and an <error> object occur. */
export function errorFromJson(error: Json, context: string, extra: OvsdbErrorDetails = {}): OvsdbError {
  const text = typeof error === 'string' ? error : isObject(error) && typeof error['error'] === 'string' ? error['error'] : 'unknown error';
  const detailText = isObject(error) && typeof error['details'] === 'string' ? error['details'] : undefined;
  const [code, retry] = CODES[text] ?? (['OVSDB_SERVER_ERROR', 'never'] as const);
  const named = isObject(error) && typeof error['syntax'] === 'string' ? ` (${error['syntax'].slice(0, 200)})` : '';
  return new OvsdbError(code, `${context}: ${text}${detailText === undefined ? '' : `: ${detailText}`}${named}`, { retry, ...extra });
}

/**
 * Pair results with operations. The element after the last operation is the error of the commit as a whole.
 *
 * @throws {OvsdbError} the error of the first refused operation, or of the commit
 */
export function readResults(results: Json, operations: readonly Operation[], schema: DatabaseSchema): OperationResult[] {
  if (!isArray(results)) throw new OvsdbError('OVSDB_BAD_MESSAGE', 'the result of a transaction is no array', { retry: 'later' });
  for (let index = 0; index < results.length; index++) {
    const result = results[index] ?? null;
    if (!isObject(result) || result['error'] === undefined || result['error'] === null) continue;
    throw refusal(result, index, { operations, results });
  }
  if (results.length < operations.length)
    throw new OvsdbError('OVSDB_BAD_MESSAGE', `a transaction of ${operations.length} operations has ${results.length} results`, {
      retry: 'later',
    });
  return operations.map((operation, index) => readResult(results[index] ?? null, operation, schema));
}

function refusal(
  error: JsonObject,
  index: number,
  { operations, results }: { readonly operations: readonly Operation[]; readonly results: readonly Json[] },
): OvsdbError {
  const isCommit = index >= operations.length;
  const details = error['details'];
  const words = isCommit && typeof details === 'string' ? readNamed(details) : { rows: [] };
  const culprit = isCommit ? findCulprit(words, operations, results) : index;
  const operation = culprit === undefined ? undefined : operations[culprit];
  const table = words.table ?? (operation !== undefined && 'table' in operation ? operation.table : undefined);
  const blamed =
    operation === undefined ? '' : `${operation.op}${'table' in operation ? ` on ${operation.table}` : ''} (operation ${culprit})`;
  const context = isCommit ? `commit of ${operations.length} operations${blamed === '' ? '' : `, because of ${blamed}`}` : blamed;
  return errorFromJson(error, context, {
    index,
    ...(operation === undefined ? {} : { operation }),
    ...(culprit === undefined ? {} : { culprit }),
    ...(table === undefined ? {} : { table }),
    ...(words.column === undefined ? {} : { column: words.column }),
  });
}

function readResult(result: Json, operation: Operation, schema: DatabaseSchema): OperationResult {
  if (!isObject(result)) return {};
  if (operation.op === 'insert' && result['uuid'] !== undefined) return { uuid: decodeUuid(result['uuid'], `${operation.table}._uuid`) };
  if (operation.op === 'select' && isArray(result['rows']))
    return { rows: result['rows'].filter(isObject).map((row) => readSelected(row, operation.table, schema)) };
  const count = result['count'];
  return typeof count === 'number' ? { count } : {};
}

function readSelected(row: JsonObject, tableName: string, schema: DatabaseSchema): Readonly<Record<string, unknown>> {
  const table = schema.tables.get(tableName);
  const decoded: Record<string, unknown> = {};
  for (const [name, json] of Object.entries(row)) {
    const column = table?.columns.get(name);
    decoded[name] =
      column === undefined ? decodeUuid(json, `${tableName}.${name}`) : decodeValue(json, column.type, `${tableName}.${name}`);
  }
  return decoded;
}
