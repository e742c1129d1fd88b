/** A disconnect of a large database: what was changed meanwhile is transferred, and nothing else, whatever filters there are. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DatabaseClient, Operation, RowFilter } from '../src/index.ts';
import { openDatabase } from '../src/node/index.ts';
import { replicaToJson } from '../src/notation/print.ts';
import { startTestCluster } from '../src/testing/index.ts';
import type { TestCluster, TestServer } from '../src/testing/index.ts';
import { startProxy } from './support/proxy.ts';
import type { Proxy } from './support/proxy.ts';

const ROWS = 100_000;
const GROUPS = 10;
const BATCH = 5000;

// A server keeps the history that a resume needs for clustered databases alone; one member makes a cluster.
let cluster: TestCluster;
let server: TestServer;
let proxy: Proxy;
let writer: DatabaseClient;
/** Bytes that a first contact costs beside rows: the schema, that of _Server, and answers. */
let greeting: number;

const nameOf = (i: number): string => `set${i}`;
const ofGroup = (group: number): RowFilter => [['external_ids', 'includes', new Map([['group', String(group)]])]];
const where = (i: number) => [['name', '==', nameOf(i)]] as const;

function open(remote: string, filter: RowFilter = true): DatabaseClient {
  const selection = filter === true ? true : { where: filter };
  return openDatabase({ remotes: [remote], database: 'OVN_Northbound', tables: { Address_Set: selection as true } });
}

const live = (client: DatabaseClient): Promise<unknown> => client.replica.waitFor(({ state }) => state.name === 'live', 60_000);

/** Nobody gets through until the returned function is called. */
async function cut(clients: readonly DatabaseClient[]): Promise<() => void> {
  proxy.behaviour = { silent: true };
  proxy.drop();
  for (const client of clients) await client.replica.waitFor(({ state }) => state.name !== 'live', 10_000);
  return () => {
    proxy.behaviour = {};
    proxy.drop();
  };
}

/** The same rows as somebody sees who comes anew. */
async function expectCurrent(client: DatabaseClient, filter: RowFilter = true): Promise<void> {
  await using fresh = open(server.remote, filter);
  await live(fresh);
  expect(replicaToJson(client.replica)).toEqual(replicaToJson(fresh.replica));
}

/** Rows of every kind of change, some of which move from one group to another. */
function changes(seed: number): readonly Operation[] {
  return [
    { op: 'insert', table: 'Address_Set', row: { name: `new${seed}`, external_ids: new Map([['group', '1']]) } },
    { op: 'insert', table: 'Address_Set', row: { name: `other${seed}`, external_ids: new Map([['group', '7']]) } },
    { op: 'update', table: 'Address_Set', where: where(seed), row: { addresses: ['192.0.2.1', '192.0.2.2'] } },
    { op: 'mutate', table: 'Address_Set', where: where(seed + 1), mutations: [['addresses', 'insert', ['192.0.2.3']]] },
    { op: 'update', table: 'Address_Set', where: where(seed + 11), row: { external_ids: new Map([['group', '2']]) } },
    { op: 'update', table: 'Address_Set', where: where(seed + 12), row: { external_ids: new Map([['group', '1']]) } },
    { op: 'delete', table: 'Address_Set', where: where(seed + 21) },
    { op: 'delete', table: 'Address_Set', where: where(seed + 22) },
  ];
}

beforeAll(async () => {
  cluster = await startTestCluster({ members: 1 });
  [server] = cluster.members as [TestServer];
  proxy = await startProxy(server.remote);
  writer = openDatabase({ remotes: [server.remote], database: 'OVN_Northbound', tables: {} });
  await live(writer);
  greeting = writer.stats.receivedBytes;
  for (let first = 0; first < ROWS; first += BATCH) {
    await writer.transact(
      Array.from({ length: BATCH }, (_, i) => ({
        op: 'insert' as const,
        table: 'Address_Set',
        row: {
          name: nameOf(first + i),
          addresses: [`10.${(first + i) >> 16}.${((first + i) >> 8) & 255}.${(first + i) & 255}`],
          external_ids: new Map([['group', String((first + i) % GROUPS)]]),
        },
      })),
    );
  }
}, 120_000);

afterAll(async () => {
  await writer.close();
  await proxy[Symbol.asyncDispose]();
  await cluster.stop();
});

test(`${ROWS} rows: the changes alone are transferred, with filters and without`, { timeout: 120_000 }, async () => {
  await using whole = open(proxy.remote);
  await using part = open(proxy.remote, ofGroup(1));
  await Promise.all([live(whole), live(part)]);
  expect(whole.replica.count('Address_Set')).toBe(ROWS);
  expect(part.replica.count('Address_Set')).toBe(ROWS / GROUPS);
  expect(whole.stats.receivedBytes).toBeGreaterThan(ROWS * 100);
  const before = [whole, part].map(({ stats }) => stats.receivedBytes);

  const mend = await cut([whole, part]);
  await writer.transact(changes(1000));
  mend();
  await Promise.all([live(whole), live(part)]);
  const received = [whole, part].map(({ stats }, i) => stats.receivedBytes - (before[i] ?? 0));
  // The contact that was made in silence cost nothing; the one after it the greeting and ten rows.
  for (const bytes of received) expect(bytes).toBeLessThan(greeting + 10_000);
  await expectCurrent(whole);
  await expectCurrent(part, ofGroup(1));
});

test('filters that change before, during and after a disconnect', { timeout: 120_000 }, async () => {
  await using client = open(proxy.remote, ofGroup(1));
  await live(client);
  await client.setFilters({ Address_Set: ofGroup(2) });
  await expectCurrent(client, ofGroup(2));

  const mend = await cut([client]);
  await writer.transact(changes(2000));
  const changed = client.setFilters({ Address_Set: ofGroup(3) });
  await writer.transact(changes(3000));
  mend();
  await changed;
  await expectCurrent(client, ofGroup(3));

  await client.setFilters({ Address_Set: true });
  await expectCurrent(client);
  await client.setFilters({ Address_Set: [] });
  expect(client.replica.count('Address_Set')).toBe(0);
});

test('a server that has lost its history sends everything, and the replica is right', { timeout: 120_000 }, async () => {
  await using client = open(proxy.remote, ofGroup(4));
  await live(client);
  const before = client.stats.receivedBytes;
  const mend = await cut([client]);
  await writer.transact(changes(4000));
  await server.control('ovsdb-server/compact');
  await server.kill();
  await server.start();
  await live(writer);
  mend();
  await live(client);
  expect(client.stats.receivedBytes - before).toBeGreaterThan((ROWS / GROUPS) * 100);
  await expectCurrent(client, ofGroup(4));
});
