import { describe, expect, test } from 'vitest';
import type { Operation } from '../operation.ts';
import { parseSchema } from '../schema/parse.ts';
import { encodeOperations } from './operation.ts';
import { readResults } from './result.ts';

const schema = parseSchema({
  name: 'D',
  version: '1.0.0',
  tables: {
    T: {
      columns: {
        name: { type: 'string' },
        count: { type: { key: { type: 'integer', minInteger: 0, maxInteger: 9 } } },
        tags: { type: { key: 'string', value: 'string', min: 0, max: 'unlimited' } },
      },
    },
  },
});
const uuid = '01234567-89ab-4def-8123-456789abcdef';
const insert: Operation = { op: 'insert', table: 'T', row: { name: 'a', tags: { k: 'v' } }, uuidName: 'x' };
const remove: Operation = { op: 'delete', table: 'T', where: [['_uuid', '==', uuid]] };

describe('encodeOperations', () => {
  test('every operation of RFC 7047 5.2', () => {
    const where = [['count', '>', 3]] as const;
    expect(
      encodeOperations(
        [
          insert,
          { op: 'select', table: 'T', where, columns: ['name'] },
          { op: 'update', table: 'T', where: [['tags', 'includes', { k: 'v' }]], row: { count: 1 } },
          {
            op: 'mutate',
            table: 'T',
            where: [],
            mutations: [
              ['count', '+=', 20],
              ['tags', 'delete', ['k']],
              ['tags', 'insert', { a: 'b' }],
            ],
          },
          remove,
          { op: 'wait', table: 'T', where, columns: ['name'], until: '==', rows: [{ name: 'a' }], timeoutMs: 0 },
          { op: 'commit', durable: true },
          { op: 'abort' },
          { op: 'comment', comment: 'c' },
          { op: 'assert', lock: 'l' },
        ],
        schema,
      ),
    ).toEqual([
      { op: 'insert', table: 'T', row: { name: 'a', tags: ['map', [['k', 'v']]] }, 'uuid-name': 'x' },
      { op: 'select', table: 'T', where: [['count', '>', 3]], columns: ['name'] },
      { op: 'update', table: 'T', where: [['tags', 'includes', ['map', [['k', 'v']]]]], row: { count: 1 } },
      {
        op: 'mutate',
        table: 'T',
        where: [],
        mutations: [
          ['count', '+=', 20],
          ['tags', 'delete', 'k'],
          ['tags', 'insert', ['map', [['a', 'b']]]],
        ],
      },
      { op: 'delete', table: 'T', where: [['_uuid', '==', ['uuid', uuid]]] },
      { op: 'wait', table: 'T', where: [['count', '>', 3]], columns: ['name'], until: '==', rows: [{ name: 'a' }], timeout: 0 },
      { op: 'commit', durable: true },
      { op: 'abort' },
      { op: 'comment', comment: 'c' },
      { op: 'assert', lock: 'l' },
    ]);
  });

  test.for([
    [
      { op: 'insert', table: 'Nope', row: {} },
      { code: 'OVSDB_UNKNOWN_TABLE', table: 'Nope' },
    ],
    [
      { op: 'insert', table: 'T', row: { nope: 1 } },
      { code: 'OVSDB_UNKNOWN_COLUMN', column: 'nope' },
    ],
    [
      { op: 'insert', table: 'T', row: { count: 10 } },
      { code: 'OVSDB_BAD_VALUE', table: 'T', column: 'count', value: 10 },
    ],
  ] as const)('%j is refused before it is sent', ([operation, expected]) => {
    expect(() => encodeOperations([remove, operation], schema)).toThrow(expect.objectContaining({ ...expected, index: 1, operation }));
  });
});

describe('readResults', () => {
  test('pairs results with operations', () => {
    expect(readResults([{ uuid: ['uuid', uuid] }, { count: 2 }], [insert, remove], schema)).toEqual([{ uuid }, { count: 2 }]);
    const select: Operation = { op: 'select', table: 'T', where: [] };
    expect(readResults([{ rows: [{ _uuid: ['uuid', uuid], name: 'a', tags: ['map', []] }] }], [select], schema)).toEqual([
      { rows: [{ _uuid: uuid, name: 'a', tags: new Map() }] },
    ]);
  });

  test('the first refused operation is named, with its index', () => {
    const results = [{ uuid: ['uuid', uuid] }, { error: 'constraint violation', details: 'why' }, null];
    expect(() => readResults(results, [insert, remove], schema)).toThrow(
      expect.objectContaining({
        code: 'OVSDB_CONSTRAINT_VIOLATION',
        index: 1,
        operation: remove,
        retry: 'never',
        message: 'delete on T (operation 1): constraint violation: why',
      }),
    );
  });

  test('the element after the last operation is the error of the commit', () => {
    const results = [{}, {}, { error: 'referential integrity violation', details: 'd' }];
    expect(() => readResults(results, [insert, remove], schema)).toThrow(
      expect.objectContaining({ code: 'OVSDB_REFERENTIAL_INTEGRITY', index: 2, operation: undefined }),
    );
  });

  test.for([
    ['timed out', 'OVSDB_TIMED_OUT', 'now'],
    ['resources exhausted', 'OVSDB_RESOURCES_EXHAUSTED', 'later'],
    ['not owner', 'OVSDB_NOT_OWNER', 'later'],
    ['domain error', 'OVSDB_DOMAIN_ERROR', 'never'],
    ['range error', 'OVSDB_RANGE_ERROR', 'never'],
    ['aborted', 'OVSDB_ABORTED', 'never'],
    ['something new', 'OVSDB_SERVER_ERROR', 'never'],
  ] as const)('"%s" is %s, retry %s', ([error, code, retry]) => {
    expect(() => readResults([{ error }], [remove], schema)).toThrow(expect.objectContaining({ code, retry }));
  });

  test('fewer results than operations are refused', () => {
    expect(() => readResults([], [remove], schema)).toThrow(expect.objectContaining({ code: 'OVSDB_BAD_MESSAGE' }));
    expect(() => readResults({}, [remove], schema)).toThrow(expect.objectContaining({ code: 'OVSDB_BAD_MESSAGE' }));
  });
});
