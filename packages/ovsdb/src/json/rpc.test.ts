import { describe, expect, test } from 'vitest';
import { printNotification, printRequest, printResponse, readMessage } from './rpc.ts';

describe('readMessage', () => {
  test.for([
    [
      { id: 1, method: 'echo', params: [] },
      { kind: 'request', id: 1, method: 'echo', params: [] },
    ],
    [
      { id: 'x', method: 'echo', params: ['a'] },
      { kind: 'request', id: 'x', method: 'echo', params: ['a'] },
    ],
    [
      { id: null, method: 'update', params: [] },
      { kind: 'notification', method: 'update', params: [] },
    ],
    [
      { method: 'update', params: [] },
      { kind: 'notification', method: 'update', params: [] },
    ],
    [
      { id: 1, result: {}, error: null },
      { kind: 'response', id: 1, result: {}, error: null },
    ],
    [
      { id: 1, result: null, error: 'unknown method' },
      { kind: 'response', id: 1, result: null, error: 'unknown method' },
    ],
  ] as const)('%j', ([json, message]) => {
    expect(readMessage(json)).toEqual(message);
  });

  test.for([
    [null],
    [1],
    [[]],
    [{}],
    [{ id: 1 }],
    [{ method: 1, params: [] }],
    [{ method: 'x' }],
    [{ method: 'x', params: {} }],
    [{ id: null, result: 1 }],
  ] as const)('%j is refused', ([json]) => {
    expect(() => readMessage(json)).toThrow(expect.objectContaining({ code: 'OVSDB_BAD_MESSAGE', retry: 'later' }));
  });
});

test('what is printed is read back', () => {
  expect(readMessage(JSON.parse(printRequest(7, 'list_dbs', [])))).toEqual({ kind: 'request', id: 7, method: 'list_dbs', params: [] });
  expect(readMessage(JSON.parse(printNotification('cancel', [7])))).toEqual({ kind: 'notification', method: 'cancel', params: [7] });
  expect(readMessage(JSON.parse(printResponse('e', [1], null)))).toEqual({ kind: 'response', id: 'e', result: [1], error: null });
});
