/** What a real server refuses comes as a typed error that names the operation, and the culprit of a commit that was refused as a whole. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { DatabaseClient, Json, Mutation, Operation, OvsdbErrorCode, Row, Uuid } from '../src/index.ts';
import { named } from '../src/index.ts';
import { openDatabase } from '../src/node/index.ts';
import { schemaFiles, startTestServer } from '../src/testing/index.ts';
import type { TestServer } from '../src/testing/index.ts';
import { EVERY_TYPE, startEveryType } from './support/every-type-server.ts';
import type { EveryTypeServer } from './support/every-type-server.ts';
import { startProxy } from './support/proxy.ts';
import type { Proxy } from './support/proxy.ts';

const DATABASE = 'OVN_Northbound';
const NOWHERE = '11111111-2222-4333-8444-555555555555' as Uuid;
const MAX_INTEGER = 2n ** 63n - 1n;

async function open(remote: string): Promise<DatabaseClient> {
  const client = openDatabase({ remotes: [remote], database: DATABASE, tables: { Logical_Switch: true } });
  await client.replica.waitFor(({ state }) => state.name === 'live', 30_000);
  return client;
}

let server: TestServer;
let client: DatabaseClient;

beforeAll(async () => {
  server = await startTestServer();
  client = await open(server.remote);
  await client.transact([
    { op: 'insert', table: 'NB_Global', row: { nb_cfg: MAX_INTEGER } },
    { op: 'insert', table: 'BFD', row: { logical_port: 'p', dst_ip: '192.0.2.1', detect_mult: 1 } },
  ]);
});
afterAll(async () => {
  await client.close();
  await server.stop();
});
afterEach(async () => {
  await client.transact([{ op: 'delete', table: 'Logical_Switch', where: [] }]);
});

const other: Operation = { op: 'insert', table: 'Logical_Switch', row: { name: 'other' } };
const group = (name: string): Operation => ({ op: 'insert', table: 'Port_Group', row: { name } });

describe('a refused operation', () => {
  test.for<readonly [OvsdbErrorCode, 'now' | 'later' | 'never', Operation]>([
    ['OVSDB_CONSTRAINT_VIOLATION', 'never', { op: 'mutate', table: 'BFD', where: [], mutations: [['detect_mult', '-=', 1]] }],
    ['OVSDB_RANGE_ERROR', 'never', { op: 'mutate', table: 'NB_Global', where: [], mutations: [['nb_cfg', '+=', 1]] }],
    [
      'OVSDB_TIMED_OUT',
      'now',
      { op: 'wait', table: 'NB_Global', where: [], columns: ['nb_cfg'], until: '==', rows: [{ nb_cfg: 1 }], timeoutMs: 0 },
    ],
    ['OVSDB_ABORTED', 'never', { op: 'abort' }],
    ['OVSDB_NOT_OWNER', 'later', { op: 'assert', lock: 'nobody_has_it' }],
    ['OVSDB_DUPLICATE_UUID_NAME', 'never', { op: 'insert', table: 'Logical_Switch', row: {}, uuidName: 'twice' }],
    ['OVSDB_DUPLICATE_UUID', 'never', { op: 'insert', table: 'Logical_Switch', row: {}, uuid: NOWHERE }],
  ])('%s, retry %s', async ([code, retry, operation]) => {
    const before: Operation = { op: 'insert', table: 'Logical_Switch', row: { name: 'before' }, uuidName: 'twice', uuid: NOWHERE };
    await expect(client.transact([before, operation, other])).rejects.toMatchObject({
      code,
      retry,
      index: 1,
      culprit: 1,
      operation,
      table: 'table' in operation ? operation.table : undefined,
    });
    expect(client.replica.count('Logical_Switch')).toBe(0);
  });

  test('what the client would refuse itself is refused by the server too', async () => {
    const raw = (operation: Json): Promise<Json> => client.request('transact', [DATABASE, operation]);
    expect(await raw({ op: 'insert', table: 'Meter_Band', row: { action: 'nonsense', rate: 1 } })).toMatchObject([
      { error: 'constraint violation' },
    ]);
    expect(await raw({ op: 'insert', table: 'Nowhere', row: {} })).toMatchObject([{ error: 'syntax error' }]);
    expect(await raw({ op: 'insert', table: 'Logical_Switch', row: {}, 'uuid-name': 'no id' })).toMatchObject([{ error: 'syntax error' }]);
  });
});

describe('arithmetic', () => {
  let place: EveryTypeServer;
  let proxy: Proxy;
  let numbers: DatabaseClient;
  beforeAll(async () => {
    place = await startEveryType({});
    proxy = await startProxy(place.server.remote);
    numbers = openDatabase({ remotes: [proxy.remote], database: EVERY_TYPE, tables: {} });
    await numbers.replica.waitFor(({ state }) => state.name === 'live', 30_000);
    const row = {
      integer_one: -MAX_INTEGER - 1n,
      real_one: 1.5,
      integer_set: [1, 2],
      real_set: [1.5],
      integer_some: [1],
      string_some: ['x'],
    };
    await numbers.transact([{ op: 'insert', table: 'Everything', row: { ...row, uuid_some: [NOWHERE] } }]);
  });
  afterAll(async () => {
    await numbers.close();
    await proxy[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  const mutate = ([column, mutator, value]: Mutation): Operation => ({
    op: 'mutate',
    table: 'Everything',
    where: [],
    mutations: [[column, mutator, value]],
  });

  // The client refuses a zero before it is sent, so a divisor of its own is made one on the way.
  const DIVISOR = 4711;
  test.for([
    ['integer_one', '/='],
    ['integer_one', '%='],
    ['integer_set', '/='],
    ['integer_set', '%='],
    ['real_one', '/='],
    ['real_set', '/='],
  ] as const)('a division by zero: %s %s', async ([column, mutator]) => {
    let isDone = false;
    proxy.behaviour = {
      rewrite: (request) => {
        if (!request.includes(`,${DIVISOR}]`)) return undefined;
        isDone = true;
        return request.replace(`,${DIVISOR}]`, ',0]');
      },
    };
    const operation = mutate([column, mutator, DIVISOR]);
    await expect(numbers.transact([{ op: 'comment', comment: 'first' }, operation, { op: 'abort' }])).rejects.toMatchObject({
      code: 'OVSDB_DOMAIN_ERROR',
      retry: 'never',
      index: 1,
      culprit: 1,
      operation,
      table: 'Everything',
      message: expect.stringContaining('mutate on Everything (operation 1): domain error: Division by zero.'),
    });
    expect(isDone).toBe(true);
  });

  test.for([
    ['integer_one', '-=', 1],
    ['integer_one', '*=', 2],
    ['real_one', '*=', 1.7e308],
  ] as const)('a result that its type does not hold: %s %s %d', async (mutation) => {
    const operation = mutate(mutation);
    await expect(numbers.transact([operation])).rejects.toMatchObject({ code: 'OVSDB_RANGE_ERROR', index: 0, culprit: 0, operation });
  });
});

describe('a refused commit', () => {
  test.for<readonly [string, OvsdbErrorCode, readonly Operation[], Readonly<Record<string, unknown>>]>([
    [
      'a strong reference to nothing',
      'OVSDB_REFERENTIAL_INTEGRITY',
      [other, { op: 'insert', table: 'Logical_Router', row: { ports: [NOWHERE] } }, { op: 'insert', table: 'Logical_Router', row: {} }],
      { index: 3, culprit: 1, table: 'Logical_Router', column: 'ports' },
    ],
    [
      'an index that is not unique within the transaction',
      'OVSDB_CONSTRAINT_VIOLATION',
      [group('a'), group('b'), group('a'), group('c')],
      { index: 4, culprit: 2, table: 'Port_Group', column: 'name' },
    ],
    [
      'more rows than the schema allows',
      'OVSDB_CONSTRAINT_VIOLATION',
      [other, { op: 'insert', table: 'NB_Global', row: {} }],
      { index: 2, culprit: 1, table: 'NB_Global' },
    ],
  ])('%s', async ([, code, operations, expected]) => {
    const { culprit } = expected as { culprit: number };
    await expect(client.transact(operations)).rejects.toMatchObject({ code, operation: operations[culprit], ...expected });
    expect(client.replica.count('Logical_Switch')).toBe(0);
  });

  test('a value that a row of before has: the row of before is no culprit', async () => {
    const [first] = await client.transact([group('taken')]);
    const rename: Operation = { op: 'update', table: 'Port_Group', where: [['name', '==', 'free']], row: { name: 'taken' } };
    await client.transact([group('free')]);
    await expect(client.transact([other, rename])).rejects.toMatchObject({
      code: 'OVSDB_CONSTRAINT_VIOLATION',
      culprit: 1,
      operation: rename,
    });
    const touch: Operation = {
      op: 'update',
      table: 'Port_Group',
      where: [['_uuid', '==', first?.uuid ?? NOWHERE]],
      row: { name: 'taken' },
    };
    await expect(client.transact([touch, group('taken')])).rejects.toMatchObject({ culprit: 1 });
    await client.transact([{ op: 'delete', table: 'Port_Group', where: [] }]);
  });

  test('a row that others still refer to', async () => {
    const [port, parent] = await client.transact([
      { op: 'insert', table: 'Logical_Switch_Port', row: { name: 'p' }, uuidName: 'p' },
      { op: 'insert', table: 'Logical_Switch', row: { name: 's', ports: [named('p')] } },
    ]);
    const remove: Operation = { op: 'delete', table: 'Logical_Switch_Port', where: [['_uuid', '==', port?.uuid ?? NOWHERE]] };
    await expect(client.transact([other, remove, { op: 'comment', comment: 'last' }])).rejects.toMatchObject({
      code: 'OVSDB_REFERENTIAL_INTEGRITY',
      index: 3,
      culprit: 1,
      operation: remove,
      table: 'Logical_Switch_Port',
    });
    expect(client.replica.row('Logical_Switch', parent?.uuid ?? NOWHERE)).toMatchObject({ name: 's' });
  });

  test('where the words do not tell, nobody is accused', async () => {
    const both = [1, 2].map((): Operation => ({ op: 'insert', table: 'NB_Global', row: {} }));
    await expect(client.transact(both)).rejects.toMatchObject({ index: 2, culprit: undefined, operation: undefined, table: 'NB_Global' });
  });
});

describe('a refused request', () => {
  test('a database, a method, and parameters that the server does not know', async () => {
    await expect(client.request('transact', ['Nowhere'])).rejects.toMatchObject({ code: 'OVSDB_UNKNOWN_DATABASE' });
    await expect(client.request('nonsense', [])).rejects.toMatchObject({ code: 'OVSDB_UNKNOWN_METHOD' });
    await expect(client.request('lock', [])).rejects.toMatchObject({ code: 'OVSDB_SYNTAX_ERROR' });
    await expect(client.server.convert({ name: DATABASE })).rejects.toMatchObject({ code: 'OVSDB_SYNTAX_ERROR' });
  });

  test('what the role of a connection does not permit', async () => {
    await using southbound = await startTestServer({
      schemas: [schemaFiles.southbound],
      args: ['--remote=db:OVN_Southbound,SB_Global,connections'],
    });
    const options = { database: 'OVN_Southbound', tables: { Connection: true }, leaderOnly: false } as const;
    await using owner = openDatabase({ remotes: [southbound.remote], ...options });
    await owner.replica.waitFor(({ state }) => state.name === 'live', 30_000);
    await owner.transact([
      { op: 'insert', table: 'Connection', row: { target: 'ptcp:0:127.0.0.1', role: 'ovn-controller' }, uuidName: 'c' },
      { op: 'insert', table: 'SB_Global', row: { connections: [named('c')] } },
    ]);
    const portOf = ([row]: readonly Row[]): string | undefined =>
      (row?.['status'] as ReadonlyMap<string, string> | undefined)?.get('bound_port');
    await owner.replica.waitFor((replica) => portOf([...replica.rows('Connection')]) !== undefined, 30_000);
    const port = portOf([...owner.replica.rows('Connection')]) ?? '';
    await using stranger = openDatabase({ remotes: [`tcp:127.0.0.1:${port}`], ...options });
    await stranger.replica.waitFor(({ state }) => state.name === 'live', 30_000);
    const intrusion: Operation = { op: 'insert', table: 'Chassis', row: { name: 'intruder' } };
    await expect(stranger.transact([{ op: 'comment', comment: 'first' }, intrusion])).rejects.toMatchObject({
      code: 'OVSDB_NOT_ALLOWED',
      retry: 'never',
      index: 1,
      culprit: 1,
      operation: intrusion,
    });
  });

  test('a server whose disk is full', async () => {
    await using full = await startTestServer({ maxFileBytes: 65_536 });
    await using writer = await open(full.remote);
    const long: Operation = { op: 'insert', table: 'Logical_Switch', row: { name: 'x'.repeat(100_000) } };
    await expect(writer.transact([long])).rejects.toMatchObject({ code: 'OVSDB_IO_ERROR', retry: 'later', index: 1 });
    expect(writer.replica.count('Logical_Switch')).toBe(0);
    await writer.transact([other]);
    expect(writer.replica.count('Logical_Switch')).toBe(1);
  });

  test('a backup server is read only', async () => {
    await using backup = await startTestServer({ args: [`--sync-from=${server.remote}`] });
    await using reader = await open(backup.remote);
    await expect(reader.transact([other])).rejects.toMatchObject({ code: 'OVSDB_NOT_ALLOWED', retry: 'never' });
  });
});
