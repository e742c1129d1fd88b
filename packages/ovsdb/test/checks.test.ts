/** What does not fit the schema is refused before anything is sent, by the client and by the planner. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { keyedIdentity, named, namedIdentity, synchronize } from '../src/index.ts';
import type { DatabaseClient, Operation, OvsdbError, WantedValue } from '../src/index.ts';
import { systemClock } from '../src/node/index.ts';
import { EVERY_TYPE, startEveryType } from './support/every-type-server.ts';
import type { EveryTypeServer } from './support/every-type-server.ts';

let place: EveryTypeServer;
let client: DatabaseClient;

beforeAll(async () => {
  place = await startEveryType();
  ({ client } = place);
});
afterAll(async () => {
  await place[Symbol.asyncDispose]();
});

beforeEach(async () => {
  await client.transact([{ op: 'delete', table, where: [] }]);
});

const table = 'Everything';
const insert = (column: string, value: unknown): Operation => ({ op: 'insert', table, row: { [column]: value as never } });
const mutate = (column: string, mutator: string, value: unknown): Operation => ({
  op: 'mutate',
  table,
  where: [],
  mutations: [[column, mutator as never, value as never]],
});
const where = (column: string, comparison: string, value: unknown): Operation => ({
  op: 'select',
  table,
  where: [[column, comparison as never, value as never]],
});

/** Each with the column, the value and the bound that the error must name. */
const BAD: readonly (readonly [string, Operation, { readonly column: string; readonly value?: unknown; readonly bound: string }])[] = [
  ['an integer range', insert('limited_integer', 1001), { column: 'limited_integer', value: 1001, bound: '-5 to 1000' }],
  ['a real range', insert('limited_real', -2), { column: 'limited_real', value: -2, bound: '-1.5 to 1000000' }],
  ['a real that no server can read', insert('real_one', 5e-324), { column: 'real_one', value: 5e-324, bound: 'too close to 0' }],
  ['a length', insert('limited_string', 'fiver'), { column: 'limited_string', value: 'fiver', bound: '0 to 4 characters, not 5' }],
  ['an enumeration', insert('enum_string', 'c'), { column: 'enum_string', value: 'c', bound: 'one of , a, b' }],
  ['an enumeration of integers', insert('enum_integer', 8), { column: 'enum_integer', value: 8, bound: 'one of 0, 7, 9000000000' }],
  ['too few', insert('string_some', []), { column: 'string_some', bound: '1 to 3 elements, not 0' }],
  ['too many', insert('string_some', ['a', 'b', 'c', 'd']), { column: 'string_some', bound: '1 to 3 elements, not 4' }],
  ['a key of a map', insert('limited_map', { long: 1 }), { column: 'limited_map', value: 'long', bound: '0 to 3 characters' }],
  ['a value of a map', insert('limited_map', { a: -1 }), { column: 'limited_map', value: -1, bound: 'within 0 to' }],
  ['a wrong type', insert('boolean_one', 'true'), { column: 'boolean_one', value: 'true', bound: 'boolean' }],
  ['65 bits', insert('integer_set', [2n ** 63n]), { column: 'integer_set', value: 2n ** 63n, bound: '9223372036854775807' }],
  ['an element twice', insert('string_set', ['a', 'a']), { column: 'string_set', value: 'a', bound: 'twice' }],
  ['a NUL', insert('string_one', '\0'), { column: 'string_one', value: '\0', bound: 'NUL' }],
  ['the own column of the server', insert('_version', 'x'), { column: '_version', value: 'x', bound: "server's own" }],
  [
    'a column that is fixed',
    { op: 'update', table, where: [], row: { fixed: 'x' } },
    { column: 'fixed', value: 'x', bound: 'cannot be changed' },
  ],
  ['a fixed column mutated', mutate('fixed', 'insert', 'x'), { column: 'fixed', bound: 'cannot be changed' }],
  ['arithmetic on text', mutate('string_one', '+=', 1), { column: 'string_one', value: 1, bound: 'numbers alone' }],
  ['a remainder of a real', mutate('real_one', '%=', 1), { column: 'real_one', bound: 'integers alone' }],
  ['a division by zero', mutate('integer_one', '/=', 0), { column: 'integer_one', value: 0, bound: 'divided' }],
  ['an insert into a scalar', mutate('string_one', 'insert', 'x'), { column: 'string_one', bound: 'sets and maps' }],
  ['an order of texts', where('string_one', '<', 'x'), { column: 'string_one', bound: 'numbers' }],
  ['an unknown column', where('nonsense', '==', 'x'), { column: 'nonsense', bound: 'no column "nonsense"' }],
];

test.for(BAD)('client.transact: %s', async ([, operation, { column, bound, ...value }]) => {
  const { transactions } = client.stats;
  const good: Operation = { op: 'insert', table: 'Twin', row: { name: 'never' } };
  const error = await client.transact([good, operation]).then(
    () => undefined,
    (reason: OvsdbError) => reason,
  );
  expect(error).toMatchObject({ operation, index: 1, table, column, retry: 'never', ...value });
  expect(error?.message).toContain(`operation 1 (${operation.op}): `);
  expect(error?.message).toContain(bound);
  expect(client.stats.transactions).toBe(transactions);
  expect(client.replica.count('Twin')).toBe(0);
});

/** What the checks let pass must be what a server takes, or they would forbid too much or too little. */
test('the server refuses what the checks refuse, and takes what they let pass at the bounds', async () => {
  const raw = (row: object) => client.request('transact', [EVERY_TYPE, { op: 'insert', table, row } as never]);
  for (const row of [
    { limited_integer: 1001 },
    { limited_real: -2 },
    { limited_string: 'fiver' },
    { enum_string: 'c' },
    { enum_integer: 8 },
    { string_some: ['set', ['a', 'b', 'c', 'd']] },
    { limited_map: ['map', [['long', 1]]] },
    { string_set: ['set', ['a', 'a']] },
  ])
    expect([row, JSON.stringify(await raw(row))]).toEqual([row, expect.stringContaining('error')]);
  const row = {
    limited_integer: -5,
    limited_real: 1e6,
    limited_string: '日本語x',
    enum_string: '',
    enum_integer: 9_000_000_000,
    string_some: ['a', 'b', 'c'],
    limited_map: { abc: 0, '': 9_223_372_036_854_775_807n },
    integer_set: [-(2n ** 63n), 2n ** 63n - 1n, 0],
    string_set: ['"\\\u0001\u2028', '😀'],
  };
  const [result] = await client.transact([{ op: 'insert', table, row }]);
  expect(client.replica.row(table, result!.uuid!)).toMatchObject({
    ...row,
    string_set: expect.arrayContaining(row.string_set),
    integer_set: expect.arrayContaining(row.integer_set),
    limited_map: new Map(Object.entries(row.limited_map)),
  });
});

describe('the planner', () => {
  const identities = { Twin: namedIdentity({ owner: 'test' }), Child: keyedIdentity({ owner: 'test' }) };
  const everything = {
    keyOf: (row: { readonly [column: string]: unknown }) => (typeof row['fixed'] === 'string' ? row['fixed'] : undefined),
    mark: (key: string) => ({ fixed: key }),
  };
  const BAD_WISHES: readonly (readonly [string, Readonly<Record<string, WantedValue>>, string])[] = [
    ['a range', { limited_integer: 1001 }, 'limited_integer'],
    ['a length', { limited_string: 'fiver' }, 'limited_string'],
    ['an enumeration', { enum_string: 'c' }, 'enum_string'],
    ['too many', { string_some: ['a', 'b', 'c', 'd'] }, 'string_some'],
    ['an entry of a map', { limited_map: { a: -1 } }, 'limited_map'],
    ['a set for one', { string_one: ['a'] }, 'string_one'],
    ['a NUL', { string_set: ['\0'] }, 'string_set'],
  ];

  test.for(
    BAD_WISHES.flatMap(([title, columns, column]) => [false, true].map((exists) => [title, { exists }, { column, columns }] as const)),
  )('%s is told to its owner and costs the others nothing (%o)', async ([, { exists }, { column, columns }]) => {
    const { problems, sync } = start();
    await using synchronizer = sync;
    const fragment = (row: Readonly<Record<string, WantedValue>>) => ({ rows: [{ table, key: 'k', columns: row }], members: [] });
    if (exists) {
      synchronizer.want('bad', fragment({ enum_integer: 7 }));
      await synchronizer.settled();
    }
    const { transactions } = client.stats;
    synchronizer.want('bad', fragment({ ...columns, enum_integer: 0 }));
    synchronizer.want('good', { rows: [{ table, key: 'good', columns: { limited_integer: 1000 } }], members: [] });
    await synchronizer.settled();
    expect(problems.get('bad')).toMatchObject({ code: 'OVSDB_BAD_VALUE', table, column });
    expect(problems.get('good')).toBeUndefined();
    expect(synchronizer.realised('good')).toBe(true);
    // One transaction, which was not refused: the bad value never left.
    expect(client.stats.transactions).toBe(transactions + 1);
    synchronizer.want('bad', fragment({ limited_integer: 1 }));
    await synchronizer.settled();
    expect(problems.get('bad')).toBeUndefined();
    expect(synchronizer.realised('bad')).toBe(true);
  });

  test('more members than a column holds: the transaction that they would overfill is not sent', async () => {
    const { problems, sync } = start();
    await using synchronizer = sync;
    synchronizer.want('row', { rows: [{ table, key: 'k', columns: {} }], members: [] });
    await synchronizer.settled();
    for (const member of ['a', 'b', 'c', 'd'])
      synchronizer.want(member, { rows: [], members: [{ table, key: 'k', column: 'string_some', set: [member] }] });
    await synchronizer.settled();
    expect([...problems.values()]).not.toEqual([]);
    for (const problem of problems.values()) expect(problem).toMatchObject({ code: 'OVSDB_BAD_VALUE', table, column: 'string_some' });
  });

  function start() {
    const sync = synchronize({ client, clock: systemClock, identities: { ...identities, [table]: everything } });
    const problems = new Map<string, OvsdbError>();
    sync.onReport((owner, problem) => {
      if (problem === undefined) problems.delete(owner);
      else problems.set(owner, problem);
    });
    sync.setReady(true);
    return { sync, problems };
  }
});

test('a reference by name to a row that the same transaction makes', async () => {
  await client.transact([
    { op: 'insert', table: 'Grandchild', row: { name: 'g' }, uuidName: 'g' },
    { op: 'insert', table: 'Child', row: { needed: named('g') }, uuidName: 'c' },
    { op: 'insert', table, row: { child: named('c'), string_some: ['x'] } },
  ]);
  expect(client.replica.count('Grandchild')).toBe(1);
  await client.transact([{ op: 'delete', table, where: [] }]);
  expect([client.replica.count('Child'), client.replica.count('Grandchild')]).toEqual([0, 0]);
});
