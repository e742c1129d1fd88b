/** What following and writing cost, counted in writes to the socket and in rows that are touched, not in time. */
import { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { DatabaseClient, Operation, Row, RowChange } from '../src/index.ts';
import { openDatabase } from '../src/node/index.ts';
import { startTestServer } from '../src/testing/index.ts';
import type { TestServer } from '../src/testing/index.ts';

const PORTS = 1000;
let server: TestServer;
let client: DatabaseClient;

const insertPort = (n: number): Operation => ({
  op: 'insert',
  table: 'Logical_Switch_Port',
  uuidName: `p${n}`,
  row: { name: `port-${n}`, external_ids: { pod: `pod-${n}` }, options: { 'requested-chassis': 'node' } },
});

async function open(): Promise<DatabaseClient> {
  const opened = openDatabase({ remotes: [server.remote], database: 'OVN_Northbound', tables: 'all' });
  await opened.replica.waitFor(({ state }) => state.name === 'live', 30_000);
  return opened;
}

beforeAll(async () => {
  server = await startTestServer();
  client = await open();
  await client.transact([
    ...Array.from({ length: PORTS }, (_, n) => insertPort(n)),
    {
      op: 'insert',
      table: 'Logical_Switch',
      row: { name: 'switch', ports: Array.from({ length: PORTS }, (_, n) => ({ named: `p${n}` })) },
    },
  ]);
});
afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(async () => {
  await client.close();
  await server.stop();
});

/** The texts that are written to sockets. */
function spyOnWrites(): () => readonly string[] {
  const spy = vi.spyOn(Socket.prototype, 'write');
  return () => spy.mock.calls.map(([text]) => String(text));
}

const transactionsIn = (text: string): number => text.split('"method":"transact"').length - 1;
const addressSet = (n: number): Operation => ({ op: 'insert', table: 'Address_Set', row: { name: `set-${n}`, addresses: ['10.0.0.1'] } });

test('transactions that are sent together are written together, in their order, and each has its own answer', async () => {
  const writes = spyOnWrites();
  const results = await Promise.all(Array.from({ length: 256 }, (_, n) => client.transact([addressSet(n)])));
  const counts = writes()
    .map(transactionsIn)
    .filter((count) => count > 0);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(256);
  // Each is about 150 bytes long, and 64 Ki characters do not wait for more.
  expect(counts.length).toBeLessThanOrEqual(5);
  const name = (at: number): unknown => client.replica.row('Address_Set', results[at]?.[0]?.uuid as Row['_uuid'])?.['name'];
  expect(results.map((_, at) => name(at))).toEqual(results.map((_, at) => `set-${at}`));
});

test('a transaction by itself is one write', async () => {
  const writes = spyOnWrites();
  await client.transact([addressSet(1000)]);
  expect(writes().map(transactionsIn)).toEqual([1]);
});

test('one long transaction among short ones is neither cut nor overtaken', async () => {
  const long: Operation = { op: 'comment', comment: 'x'.repeat(1_000_000) };
  const writes = spyOnWrites();
  await Promise.all([client.transact([addressSet(2000)]), client.transact([long]), client.transact([addressSet(2001)])]);
  const text = writes().join('');
  expect(text.indexOf('set-2000')).toBeLessThan(text.indexOf('xxx'));
  expect(text.indexOf('xxx')).toBeLessThan(text.indexOf('set-2001'));
});

test('one update of one row makes one row object, keeps the columns that did not change, and asks no index about other rows', async () => {
  const { replica } = client;
  let asked = 0;
  replica.addIndex('Logical_Switch_Port', 'pod', (row) => {
    asked++;
    return [(row['external_ids'] as ReadonlyMap<string, string>).get('pod') ?? ''];
  });
  expect(asked).toBe(PORTS);
  const before = new Map([...replica.rows('Logical_Switch_Port')].map((row) => [row._uuid, row]));
  const told: RowChange[] = [];
  const end = replica.onChange((changes) => told.push(...changes));
  await client.transact([
    { op: 'update', table: 'Logical_Switch_Port', where: [['name', '==', 'port-500']], row: { external_ids: { pod: 'other' } } },
  ]);
  end();
  expect(asked).toBe(PORTS + 2);
  expect(told).toHaveLength(1);
  const made = [...replica.rows('Logical_Switch_Port')].filter((row) => before.get(row._uuid) !== row);
  expect(made).toEqual([told[0]?.after]);
  const old = told[0]?.before as Row;
  const changed = Object.keys(old).filter((column) => old[column] !== made[0]?.[column]);
  expect(changed).toEqual(['external_ids']);
});

test('an element that leaves a large set changes that column of that row alone, beside the row that goes', async () => {
  const { replica } = client;
  const [port] = replica.rows('Logical_Switch_Port');
  const told: RowChange[] = [];
  const end = replica.onChange((changes) => told.push(...changes));
  await client.transact([
    {
      op: 'mutate',
      table: 'Logical_Switch',
      where: [['name', '==', 'switch']],
      mutations: [['ports', 'delete', [port?._uuid as Row['_uuid']]]],
    },
  ]);
  end();
  expect(told.map(({ table }) => table).toSorted()).toEqual(['Logical_Switch', 'Logical_Switch_Port']);
  const change = told.find(({ table }) => table === 'Logical_Switch');
  const columns = Object.keys(change?.before ?? {}).filter((column) => change?.before?.[column] !== change?.after?.[column]);
  expect(columns).toEqual(['ports']);
});

test('what is sent is written even when the client is closed in the same moment', async () => {
  const other = await open();
  const writes = spyOnWrites();
  const sent = other.transact([addressSet(3000)]);
  await other.close();
  await expect(sent).rejects.toMatchObject({ code: 'OVSDB_DISCONNECTED' });
  expect(writes().join('')).toContain('set-3000');
});
