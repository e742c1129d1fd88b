/** A relay serves what its source holds, from memory: read and written through it, and left while it has lost its source. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DatabaseClient, OvsdbError } from '../src/index.ts';
import { openDatabase } from '../src/node/index.ts';
import { replicaToJson } from '../src/notation/print.ts';
import { startTestCluster, startTestServer } from '../src/testing/index.ts';
import type { TestCluster, TestServer } from '../src/testing/index.ts';
import { differingRows, serverDump } from './support/server-dump.ts';

const DATABASE = 'OVN_Northbound';
let cluster: TestCluster;
let source: TestServer;
let relay: TestServer;

beforeAll(async () => {
  cluster = await startTestCluster({ members: 1 });
  [source] = cluster.members as [TestServer];
  relay = await startTestServer({ databases: [`relay:${DATABASE}:${source.remote}`] });
});
afterAll(async () => {
  await relay.stop();
  await cluster.stop();
});

const open = (remotes: readonly string[], leaderOnly: boolean): DatabaseClient =>
  openDatabase({ remotes, database: DATABASE, tables: 'all', leaderOnly });
const toBe = (client: DatabaseClient, name: string): Promise<void> => client.replica.waitFor(({ state }) => state.name === name, 60_000);
const insert = (name: string) => ({ op: 'insert' as const, table: 'Logical_Switch', row: { name } });

test('a client of a relay writes to its source, reads what others wrote, and goes on when the source does', async () => {
  await using client = open([relay.remote], false);
  await toBe(client, 'live');
  await client.transact([insert('through the relay')]);
  await using owner = open([source.remote], true);
  await toBe(owner, 'live');
  expect([...owner.replica.rows('Logical_Switch')].map((row) => row['name'])).toEqual(['through the relay']);
  await owner.transact([insert('at the source')]);
  await client.replica.waitFor((replica) => replica.count('Logical_Switch') === 2, 30_000);

  const problems: OvsdbError[] = [];
  client.onProblem((problem) => problems.push(problem));
  await source.kill();
  await toBe(client, 'stale');
  expect(problems[0]).toMatchObject({ code: 'OVSDB_NOT_LEADER', message: expect.stringContaining('a relay that has lost its source') });
  await source.start();
  await toBe(owner, 'live');
  await owner.transact([insert('after the restart')]);
  await client.replica.waitFor((replica) => replica.state.name === 'live' && replica.count('Logical_Switch') === 3, 60_000);
  expect(differingRows(replicaToJson(client.replica), await serverDump(source, DATABASE))).toEqual([]);
});

test('a relay is passed over where the leader is wanted', async () => {
  await using client = open([relay.remote, source.remote], true);
  const problem = new Promise<OvsdbError>((resolve) => {
    client.onProblem(resolve);
  });
  expect(await problem).toMatchObject({
    code: 'OVSDB_NOT_LEADER',
    message: expect.stringContaining('a relay, and leads nothing (leaderOnly)'),
  });
  await toBe(client, 'live');
});
