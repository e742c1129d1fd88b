/**
 * JSON-RPC 1.0 messages: what a parsed JSON object means, and how ours are printed.
 *
 * @source RFC 7047 §4; JSON-RPC 1.0: a notification has a null id
 */
import { OvsdbError } from '../errors.ts';
import { isArray, isObject, printJson } from './json.ts';
import type { Json } from './json.ts';

/** A message of the peer. */
export type RpcMessage =
  | { readonly kind: 'request'; readonly id: Json; readonly method: string; readonly params: readonly Json[] }
  | { readonly kind: 'notification'; readonly method: string; readonly params: readonly Json[] }
  | { readonly kind: 'response'; readonly id: Json; readonly result: Json; readonly error: Json };

/** @throws {OvsdbError} OVSDB_BAD_MESSAGE when the value is no JSON-RPC 1.0 message */
export function readMessage(value: Json): RpcMessage {
  if (!isObject(value)) throw bad('it is not an object');
  const id = value['id'] ?? null;
  const method = value['method'];
  if (method !== undefined && method !== null) {
    if (typeof method !== 'string') throw bad('"method" is not a string');
    const params = value['params'];
    if (!isArray(params)) throw bad(`"params" of "${method.slice(0, 40)}" is not an array`);
    return id === null ? { kind: 'notification', method, params } : { kind: 'request', id, method, params };
  }
  if (id === null) throw bad('it has neither a method nor an id');
  if (!('result' in value) && !('error' in value)) throw bad('a response has neither "result" nor "error"');
  return { kind: 'response', id, result: value['result'] ?? null, error: value['error'] ?? null };
}

/** Print a request. */
export function printRequest(id: number, method: string, params: readonly Json[]): string {
  return printJson({ id, method, params });
}

/** Print a notification. */
export function printNotification(method: string, params: readonly Json[]): string {
  return printJson({ id: null, method, params });
}

/** Print the answer to a request of the peer. */
export function printResponse(id: Json, result: Json, error: Json): string {
  return printJson({ id, result, error });
}

function bad(why: string): OvsdbError {
  return new OvsdbError('OVSDB_BAD_MESSAGE', `not a JSON-RPC message: ${why}`, { retry: 'later' });
}
