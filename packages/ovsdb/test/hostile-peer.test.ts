/** Whatever a peer sends: a typed error, a new connection, and never a wrong replica. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OvsdbError, OvsdbErrorCode } from '../src/index.ts';
import { openDatabase } from '../src/node/index.ts';
import { startTestServer } from '../src/testing/index.ts';
import type { TestServer } from '../src/testing/index.ts';
import { startProxy } from './support/proxy.ts';
import type { Proxy } from './support/proxy.ts';

let server: TestServer;
let proxy: Proxy;

beforeAll(async () => {
  server = await startTestServer();
  proxy = await startProxy(server.remote);
});
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await server.stop();
});

const UUID = '01234567-89ab-4def-8123-456789abcdef';
const update = (updates: unknown): string => JSON.stringify({ id: null, method: 'update3', params: ['OVN_Northbound:1', UUID, updates] });
const row = (columns: unknown): string => update({ Logical_Switch: { [UUID]: { insert: columns } } });
const invalidUtf8 = Buffer.concat([Buffer.from('{"id":null,"method":"x'), Buffer.from([0xff, 0xfe]), Buffer.from('","params":[]}')]);

const MALFORMED: readonly (readonly [string, string | Uint8Array, OvsdbErrorCode])[] = [
  ['no JSON', '{"id":null,"method":"update3","params":[}', 'OVSDB_BAD_MESSAGE'],
  ['an array at the top', '[1,2,3]', 'OVSDB_BAD_MESSAGE'],
  ['NUL bytes', '\0\0\0\0', 'OVSDB_BAD_MESSAGE'],
  ['deep nesting', `{"id":null,"method":"x","params":${'['.repeat(5000)}${']'.repeat(5000)}}`, 'OVSDB_BAD_MESSAGE'],
  ['deep objects without an end', `{"a":`.repeat(5000), 'OVSDB_BAD_MESSAGE'],
  ['an oversized message', JSON.stringify({ id: null, method: 'x', params: ['y'.repeat(3_000_000)] }), 'OVSDB_MESSAGE_TOO_LARGE'],
  ['an oversized message without an end', `{"id":"${'y'.repeat(3_000_000)}`, 'OVSDB_MESSAGE_TOO_LARGE'],
  ['bytes that are no UTF-8', invalidUtf8, 'OVSDB_BAD_MESSAGE'],
  ['neither method nor id', '{"params":[]}', 'OVSDB_BAD_MESSAGE'],
  ['a method that is a number', '{"id":null,"method":7,"params":[]}', 'OVSDB_BAD_MESSAGE'],
  ['params that are an object', '{"id":null,"method":"update3","params":{}}', 'OVSDB_BAD_MESSAGE'],
  ['an answer to nothing', '{"id":4711,"result":{},"error":null}', 'OVSDB_BAD_MESSAGE'],
  ['an answer without result', '{"id":1}', 'OVSDB_BAD_MESSAGE'],
  ['updates that are an array', update([]), 'OVSDB_BAD_MESSAGE'],
  ['updates that are null', update(null), 'OVSDB_BAD_MESSAGE'],
  ['a transaction that is none', update({}).replace(UUID, UUID.replace('-', '=')), 'OVSDB_BAD_MESSAGE'],
  ['an unknown table', update({ Nonsense: {} }), 'OVSDB_BAD_MESSAGE'],
  ['a row that is no UUID', update({ Logical_Switch: { abc: { insert: {} } } }), 'OVSDB_BAD_MESSAGE'],
  ['an update of no kind', update({ Logical_Switch: { [UUID]: {} } }), 'OVSDB_BAD_MESSAGE'],
  ['an unknown column', row({ nonsense: 1 }), 'OVSDB_BAD_MESSAGE'],
  ['a string column that is a number', row({ name: 7 }), 'OVSDB_BAD_MESSAGE'],
  ['a set that is an object', row({ ports: {} }), 'OVSDB_BAD_MESSAGE'],
  ['a UUID without its tag', row({ ports: [UUID] }), 'OVSDB_BAD_MESSAGE'],
  ['a map of odd pairs', row({ external_ids: ['map', [['a']]] }), 'OVSDB_BAD_MESSAGE'],
  ['two values for one', row({ name: ['set', ['a', 'b']] }), 'OVSDB_BAD_MESSAGE'],
  ['a modified row that is not known', update({ Logical_Switch: { [UUID]: { modify: { name: 'x' } } } }), 'OVSDB_BAD_MESSAGE'],
  ['a deleted row that is not known', update({ Logical_Switch: { [UUID]: { delete: null } } }), 'OVSDB_BAD_MESSAGE'],
  [
    'good rows followed by a bad one',
    update({ Logical_Switch: { [UUID]: { insert: { name: 'junk' } }, bad: { insert: {} } } }),
    'OVSDB_BAD_MESSAGE',
  ],
];

describe('a malformed message', () => {
  test.for(MALFORMED)('%s', async ([, message, code]) => {
    proxy.behaviour = {};
    await using client = openDatabase({
      remotes: [proxy.remote],
      database: 'OVN_Northbound',
      tables: { Logical_Switch: true },
      maxMessageBytes: 2_000_000,
    });
    await client.replica.waitFor((replica) => replica.state.name === 'live', 30_000);
    const problems: OvsdbError[] = [];
    const states: string[] = [];
    client.onProblem((problem) => problems.push(problem));
    client.replica.onState((state) => states.push(state.name));
    let isFirst = true;
    proxy.behaviour.replace = (text) => {
      if (!isFirst || !text.includes('update3')) return undefined;
      isFirst = false;
      return message;
    };
    const name = `switch ${Math.random()}`;
    await using writer = openDatabase({ remotes: [server.remote], database: 'OVN_Northbound', tables: {} });
    await writer.replica.waitFor((replica) => replica.state.name === 'live', 30_000);
    await writer.transact([{ op: 'insert', table: 'Logical_Switch', row: { name } }]);
    await client.replica.waitFor((replica) => [...replica.rows('Logical_Switch')].some((item) => item['name'] === name), 30_000);
    expect(problems.map((problem) => problem.code)).toEqual([code]);
    expect(states).toEqual(['stale', 'live']);
    expect([...client.replica.rows('Logical_Switch')].some((item) => item['name'] === 'junk')).toBe(false);
  });
});

test('a first content of a transaction that is none is not resumed from: the server would refuse that for ever', async () => {
  const spoiled: string[] = [];
  proxy.behaviour = {
    replace: (text) => {
      const other = text.replace(/"result":\[false,"([0-9a-f]{8})-/, '"result":[false,"$1=');
      if (other === text || spoiled.length > 0) return undefined;
      spoiled.push(other);
      return other;
    },
  };
  await using client = openDatabase({ remotes: [proxy.remote], database: 'OVN_Northbound', tables: { Logical_Switch: true } });
  const problems: OvsdbError[] = [];
  client.onProblem((problem) => problems.push(problem));
  await client.replica.waitFor((replica) => replica.state.name === 'live', 30_000);
  expect([spoiled.length, problems.map(({ code }) => code)]).toEqual([1, ['OVSDB_BAD_MESSAGE']]);
});

test('a request that a peer cannot make is refused, and the connection lives on', async () => {
  proxy.behaviour = {};
  await using client = openDatabase({ remotes: [proxy.remote], database: 'OVN_Northbound', tables: { Logical_Switch: true } });
  await client.replica.waitFor((replica) => replica.state.name === 'live', 30_000);
  let isFirst = true;
  proxy.behaviour.replace = (text) => {
    if (!isFirst) return undefined;
    isFirst = false;
    return `{"id":"q","method":"transact","params":[]}${text}`;
  };
  await client.request('echo', ['x']);
  expect(client.stats.syncs).toBe(1);
});

test('a peer that falls silent is given up, and a transaction in flight has an unknown outcome', async () => {
  proxy.behaviour = {};
  await using client = openDatabase({
    remotes: [proxy.remote],
    database: 'OVN_Northbound',
    tables: { Logical_Switch: true },
    probeIntervalMs: 50,
  });
  await client.replica.waitFor((replica) => replica.state.name === 'live', 30_000);
  proxy.behaviour = { silent: true };
  const outcome = client.transact([{ op: 'insert', table: 'Logical_Switch', row: { name: 'unknown' } }]);
  await expect(outcome).rejects.toMatchObject({ code: 'OVSDB_DISCONNECTED', retry: 'later', cause: { code: 'OVSDB_UNREACHABLE' } });
  expect(client.replica.state.name).toBe('stale');
  await expect(client.transact([])).rejects.toMatchObject({ code: 'OVSDB_NOT_CONNECTED' });
  proxy.behaviour = {};
  await client.replica.waitFor((replica) => replica.state.name === 'live', 30_000);
  // The probe alone keeps a quiet connection up.
  const { syncs } = client.stats;
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(client.stats.syncs).toBe(syncs);
});

test('a connection that ends at any byte of the first content leaves no half replica', { timeout: 60_000 }, async () => {
  proxy.behaviour = {};
  await using writer = openDatabase({ remotes: [server.remote], database: 'OVN_Northbound', tables: { Logical_Switch: ['name'] } });
  await writer.replica.waitFor((replica) => replica.state.name === 'live', 30_000);
  await writer.transact(Array.from({ length: 20 }, (_, i) => ({ op: 'insert' as const, table: 'Logical_Switch', row: { name: `s${i}` } })));
  const total = writer.replica.count('Logical_Switch');
  const sizes = Array.from({ length: 60 }, (_, i) => 1 + i * 977);
  for (const cutAfterBytes of sizes) {
    proxy.behaviour = { cutAfterBytes };
    await using client = openDatabase({ remotes: [proxy.remote], database: 'OVN_Northbound', tables: { Logical_Switch: ['name'] } });
    const counts = new Set<number>();
    client.replica.onChange(() => counts.add(client.replica.count('Logical_Switch')));
    const ended = new Promise((resolve) => client.onProblem(resolve));
    await Promise.race([ended, client.replica.waitFor((replica) => replica.state.name === 'live', 30_000)]);
    proxy.behaviour = {};
    await client.replica.waitFor((replica) => replica.state.name === 'live', 30_000);
    expect([...counts]).toEqual([total]);
  }
});

test('the schema changes in mid-session: the replica follows', async () => {
  await using own = await startTestServer();
  await using client = openDatabase({
    remotes: [own.remote],
    database: 'OVN_Northbound',
    tables: { Logical_Switch: true, Brand_New: true },
  });
  await client.replica.waitFor((replica) => replica.state.name === 'live', 30_000);
  await client.transact([{ op: 'insert', table: 'Logical_Switch', row: { name: 'kept' } }]);
  const schema = JSON.parse(await own.client('get-schema', own.remote, 'OVN_Northbound')) as {
    tables: Record<string, { columns: Record<string, unknown> }>;
  };
  schema.tables['Logical_Switch']!.columns['extra'] = { type: 'string' };
  schema.tables['Brand_New'] = { columns: { name: { type: 'string' } }, isRoot: true } as never;
  const { syncs } = client.stats;
  await client.request('convert', ['OVN_Northbound', schema as never]);
  await client.replica.waitFor((replica) => replica.state.name === 'live' && replica.schema?.tables.has('Brand_New') === true, 30_000);
  expect(client.stats.syncs).toBe(syncs + 1);
  expect([...client.replica.rows('Logical_Switch')]).toMatchObject([{ name: 'kept', extra: '' }]);
  await client.transact([{ op: 'insert', table: 'Brand_New', row: { name: 'n' } }]);
  expect(client.replica.count('Brand_New')).toBe(1);
});
