/** UUIDs in upper case: a real server takes them wherever a client names a row, and shows lower case. So does the client. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { synchronize } from '../src/index.ts';
import type { Condition, DatabaseClient, Json, Operation, OvsdbError, TableIdentity, Uuid, WritableRow } from '../src/index.ts';
import { openDatabase, systemClock } from '../src/node/index.ts';
import { EVERY_TYPE, startEveryType } from './support/every-type-server.ts';
import type { EveryTypeServer } from './support/every-type-server.ts';

const table = 'Everything';
const ROW = 'abcdef01-2345-4678-89ab-cdef01234567' as Uuid;
const UPPER = ROW.toUpperCase() as Uuid;
const MIXED = `Ab${UPPER.slice(2)}` as Uuid;
const OTHER = 'ffffffff-2345-4678-89ab-cdef01234567';

/** Rows by a column of text. */
const byText: TableIdentity = {
  keyOf: ({ fixed }) => (typeof fixed === 'string' ? fixed : undefined),
  mark: (key) => ({ fixed: key }),
};

let place: EveryTypeServer;
let client: DatabaseClient;

beforeAll(async () => {
  place = await startEveryType();
  ({ client } = place);
});
afterAll(async () => {
  await place[Symbol.asyncDispose]();
});
afterEach(async () => {
  await client.transact([{ op: 'delete', table, where: [] }]);
});

const insert = (row: WritableRow = {}): Operation => ({
  op: 'insert',
  table,
  row: { string_some: ['x'], uuid_some: [OTHER], ...row },
  uuid: UPPER,
});
const raw = (...operations: readonly Json[]): Promise<Json> => client.request('transact', [EVERY_TYPE, ...operations]);
const named = (uuid: string): readonly Condition[] => [['_uuid', '==', uuid]];

describe.for([UPPER, MIXED])('%s', (uuid) => {
  test('names the row of an insert, and the row in every condition', async () => {
    expect(await client.transact([insert()])).toEqual([{ uuid: ROW }]);
    expect(client.replica.row(table, ROW)).toMatchObject({ _uuid: ROW });
    const results = await client.transact([
      { op: 'wait', table, where: named(uuid), columns: ['string_one'], until: '==', rows: [{ string_one: '' }], timeoutMs: 0 },
      { op: 'select', table, where: [['_uuid', 'includes', uuid]], columns: ['_uuid'] },
      { op: 'update', table, where: named(uuid), row: { string_one: 'new' } },
      { op: 'mutate', table, where: named(uuid), mutations: [['integer_one', '+=', 1]] },
      { op: 'delete', table, where: [['_uuid', '!=', uuid]] },
    ]);
    expect(results).toEqual([{}, { rows: [{ _uuid: ROW }] }, { count: 1 }, { count: 1 }, { count: 0 }]);
    expect(client.replica.row(table, ROW)).toMatchObject({ string_one: 'new', integer_one: 1 });
    expect(await client.transact([{ op: 'delete', table, where: named(uuid) }])).toEqual([{ count: 1 }]);
  });

  test('is a value of every shape, equal to the same in lower case', async () => {
    const row = { uuid_one: uuid, uuid_optional: uuid, uuid_set: [uuid, OTHER], uuid_uuid_map: new Map([[uuid, uuid]]) };
    await client.transact([insert(row)]);
    expect(client.replica.row(table, ROW)).toMatchObject({
      uuid_one: ROW,
      uuid_optional: ROW,
      uuid_set: expect.arrayContaining([ROW, OTHER]),
      uuid_uuid_map: new Map([[ROW, ROW]]),
    });
    const where: readonly Condition[] = [
      ['uuid_one', '==', uuid],
      ['uuid_set', 'includes', [uuid]],
      ['uuid_uuid_map', 'includes', new Map([[uuid, uuid]])],
    ];
    const mutate = (mutator: 'insert' | 'delete'): Operation => ({
      op: 'mutate',
      table,
      where,
      mutations: [['uuid_set', mutator, [uuid]]],
    });
    expect(await client.transact([mutate('insert'), mutate('delete')])).toEqual([{ count: 1 }, { count: 1 }]);
    expect(client.replica.row(table, ROW)?.['uuid_set']).toEqual([OTHER]);
  });

  test('filters what is replicated', async () => {
    await client.transact([insert(), { op: 'insert', table, row: { string_some: ['x'], uuid_some: [OTHER] } }]);
    await using some = openDatabase({
      remotes: [place.server.remote],
      database: EVERY_TYPE,
      tables: { [table]: { columns: ['string_one'], where: named(uuid) } },
    });
    await some.replica.waitFor(({ state }) => state.name === 'live', 30_000);
    expect([...some.replica.rows(table)]).toEqual([{ _uuid: ROW, string_one: '' }]);
  });

  test('twice in one set or map is refused, by the server too', async () => {
    const twice = [uuid, ROW];
    const { transactions } = client.stats;
    await expect(client.transact([insert({ uuid_set: twice })])).rejects.toMatchObject({ code: 'OVSDB_BAD_VALUE', column: 'uuid_set' });
    const map = new Map(twice.map((key) => [key, 'x']));
    await expect(client.transact([insert({ uuid_string_map: map })])).rejects.toMatchObject({
      code: 'OVSDB_BAD_VALUE',
      column: 'uuid_string_map',
    });
    expect(client.stats.transactions).toBe(transactions);
    const wire = twice.map((text): Json => ['uuid', text]);
    for (const row of [{ uuid_set: ['set', wire] }, { uuid_string_map: ['map', wire.map((key): Json => [key, 'x'])] }])
      expect(await raw({ op: 'insert', table, row })).toMatchObject([
        { error: expect.stringMatching(/error/), details: expect.stringContaining('duplicate') },
      ]);
  });

  test('finds the culprit of a refused commit', async () => {
    await client.transact([insert()]);
    const culprit: Operation = { op: 'update', table, where: named(uuid), row: { twins: [OTHER] } };
    const innocent: Operation = { op: 'update', table, where: named(OTHER), row: { string_one: 'x' } };
    await expect(client.transact([innocent, culprit, innocent])).rejects.toMatchObject({
      code: 'OVSDB_REFERENTIAL_INTEGRITY',
      culprit: 1,
      operation: culprit,
    });
  });
});

test.for(['', 'ABC', `g${ROW.slice(1)}`, `{${ROW}}`, ROW.replaceAll('-', ''), ` ${ROW}`])(
  '"%s" is no UUID, for the server neither',
  async (text) => {
    for (const operation of [
      insert({ uuid_one: text }),
      { op: 'delete', table, where: named(text) },
      { ...insert(), uuid: text as Uuid },
    ] as Operation[])
      await expect(client.transact([operation])).rejects.toMatchObject({ code: 'OVSDB_BAD_VALUE', value: text });
    expect(await raw({ op: 'delete', table, where: [['uuid_one', '==', ['uuid', text]]] })).toMatchObject([{ error: 'syntax error' }]);
    expect(await raw({ op: 'insert', table, row: {}, uuid: text })).toMatchObject([{ error: 'syntax error' }]);
  },
);

test.for([
  ['a column', { rows: [{ table, key: 'k', columns: { uuid_one: UPPER } }], members: [] }, 'uuid_one'],
  ['a set', { rows: [{ table, key: 'k', columns: { uuid_set: [UPPER] } }], members: [] }, 'uuid_set'],
  ['a member', { rows: [{ table, key: 'k', columns: {} }], members: [{ table, key: 'k', column: 'uuid_set', set: [UPPER] }] }, 'uuid_set'],
] as const)('a planner, which compares wishes with what is there, wants lower case: %s', async ([, fragment, column]) => {
  await using sync = synchronize({ client, clock: systemClock, identities: { [table]: byText } });
  const problems: OvsdbError[] = [];
  sync.onReport((_owner, problem) => {
    if (problem !== undefined) problems.push(problem);
  });
  sync.setReady(true);
  sync.want('owner', fragment);
  await sync.settled();
  expect(problems).toMatchObject([{ code: 'OVSDB_BAD_VALUE', column, value: UPPER }]);
  expect(problems[0]?.message).toContain('lower case');
});
