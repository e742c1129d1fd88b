/** The commands that go on: monitor, watch and replica, as processes beside servers that come and go. */
import { describe, expect, test } from 'vitest';
import { fill } from '../bench/fill.ts';
import type { Row } from '../src/index.ts';
import { parseJson } from '../src/json/json.ts';
import { openDatabase } from '../src/node/index.ts';
import { schemaFiles, startTestCluster, startTestServer } from '../src/testing/index.ts';
import type { TestServer } from '../src/testing/index.ts';
import { ovsdb, startOvsdb } from './support/program.ts';
import type { Running } from './support/program.ts';
import { randomFrom, TransactionMaker } from './support/random-transactions.ts';
import { serverDump } from './support/server-dump.ts';
import type { Dump } from './support/server-dump.ts';

const NORTHBOUND = 'OVN_Northbound';
const HEAP_MIB = 160;

async function change(server: TestServer, ...operations: readonly object[]): Promise<void> {
  await server.client('transact', server.remote, JSON.stringify([NORTHBOUND, ...operations]));
}
const insert = (name: string): object => ({ op: 'insert', table: 'Logical_Switch', row: { name } });
const update = (name: string, row: object): object => ({ op: 'update', table: 'Logical_Switch', where: [['name', '==', name]], row });

describe('monitor', () => {
  test('prints the content and then the changes', async () => {
    await using server = await startTestServer({ schemas: [schemaFiles.openVswitch] });
    await using running = startOvsdb(['monitor', server.remote, 'Open_vSwitch', 'Open_vSwitch', '--json']);
    const next = async (): Promise<unknown> => JSON.parse(await running.nextLine());
    expect(await next()).toEqual({ state: 'syncing' });
    expect(await next()).toEqual({ state: 'live' });
    await ovsdb('transact', server.remote, 'Open_vSwitch', '{"op":"insert","table":"Open_vSwitch","row":{"ovs_version":"x"}}');
    expect(await next()).toMatchObject({ table: 'Open_vSwitch', change: 'insert', columns: { ovs_version: 'x' } });
    await ovsdb('transact', server.remote, 'Open_vSwitch', '{"op":"update","table":"Open_vSwitch","where":[],"row":{"ovs_version":"y"}}');
    expect(await next()).toMatchObject({
      table: 'Open_vSwitch',
      change: 'modify',
      columns: { ovs_version: 'y' },
      before: { ovs_version: 'x' },
    });
  });

  test('is ended by an interrupt, and its connection with it', async () => {
    await using server = await startTestServer();
    const sessions = async (): Promise<number> =>
      Number(/sessions:(?<count>\d+)/.exec(await server.control('memory/show'))?.groups?.['count'] ?? 0);
    await using running = startOvsdb(['monitor', server.remote, NORTHBOUND]);
    expect(await running.nextLine()).toBe('# syncing');
    expect(await running.nextLine()).toBe('# live');
    expect(await sessions()).toBe(1);
    running.child.kill('SIGINT');
    expect(await running.ended).toBe('SIGINT');
    expect(running.complaints()).toBe('');
    expect(await sessions()).toBe(0);
  });

  test('ends when its reader goes away', async () => {
    await using server = await startTestServer();
    await using running = startOvsdb(['monitor', server.remote, NORTHBOUND, 'Logical_Switch']);
    await running.nextLine();
    await running.nextLine();
    running.child.stdout.destroy();
    await change(server, insert('a'));
    expect(await running.ended).toBe(0);
    expect(running.complaints()).toBe('');
  });

  test('refuses a table that is not there', async () => {
    await using server = await startTestServer();
    await using running = startOvsdb(['monitor', server.remote, NORTHBOUND, 'Nope']);
    expect(await running.ended).toBe(2);
    expect(running.complaints()).toContain('no table "Nope"; it has ACL,');
  });
});

describe('watch', () => {
  const plain = async (running: Running): Promise<string> => (await running.nextLine()).replaceAll(/ \([0-9a-f-]{36}\)/g, '');

  test('shows these tables alone, a line for each change with old and new, through restarts of the server', async () => {
    await using server = await startTestServer();
    await change(server, insert('a'), { op: 'insert', table: 'Port_Group', row: { name: 'unseen' } });
    await using running = startOvsdb(['watch', server.remote, NORTHBOUND, '--table', 'Logical_Switch']);
    expect(await plain(running)).toBe('# syncing');
    expect(await plain(running)).toBe('insert Logical_Switch a  name: a');
    expect(await plain(running)).toBe('# live');
    await change(server, { op: 'insert', table: 'Port_Group', row: { name: 'unseen too' } });
    // Changes of one row that follow each other at once are lines of their own.
    for (const vlan of ['1', '2', '3']) await change(server, update('a', { other_config: ['map', [['vlan', vlan]]] }));
    expect(await plain(running)).toBe('modify Logical_Switch a  other_config: {} -> {vlan=1}');
    expect(await plain(running)).toBe('modify Logical_Switch a  other_config: {vlan=1} -> {vlan=2}');
    expect(await plain(running)).toBe('modify Logical_Switch a  other_config: {vlan=2} -> {vlan=3}');
    for (const restart of [1, 2]) {
      await server.kill();
      expect(await plain(running)).toBe('# stale');
      await server.start();
      // Nothing changed meanwhile, so nothing is printed but that it is live again.
      expect(await plain(running)).toBe('# live');
      await change(server, insert(`b${restart}`));
      expect(await plain(running)).toBe(`insert Logical_Switch b${restart}  name: b${restart}`);
    }
    await change(server, { op: 'delete', table: 'Logical_Switch', where: [['name', '==', 'a']] });
    expect(await plain(running)).toBe('delete Logical_Switch a');
    expect(running.complaints()).toContain(server.remote);
  });

  test('what changed while the server was away is printed before "# live"', async () => {
    await using server = await startTestServer();
    await change(server, insert('a'));
    await using running = startOvsdb(['watch', server.remote, NORTHBOUND, '--table', 'Logical_Switch:name', '--changes-only', '--json']);
    const next = async (): Promise<unknown> => JSON.parse(await running.nextLine());
    expect(await next()).toEqual({ state: 'syncing' });
    expect(await next()).toEqual({ state: 'live' });
    await server.kill();
    expect(await next()).toEqual({ state: 'stale' });
    // The program is stopped, so that it meets the server again only after the change.
    running.child.kill('SIGSTOP');
    await server.start();
    await change(server, update('a', { name: 'b', external_ids: ['map', [['unseen', 'x']]] }));
    running.child.kill('SIGCONT');
    expect(await next()).toMatchObject({ change: 'modify', columns: { name: 'b' }, before: { name: 'a' } });
    expect(await next()).toEqual({ state: 'live' });
  });
});

/** Ask for a dump, and read it. */
async function dumpOf(running: Running): Promise<Dump> {
  running.child.stdin.write('dump\n');
  return parseJson(await running.nextLine(), true) as Dump;
}
const names = (dump: Dump): unknown[] => Object.values(dump['Logical_Switch'] ?? {}).map((row) => row['name']);

describe('replica', () => {
  test('every dump shows all that was committed before, through kills of the server, and the end of input ends it', async () => {
    await using server = await startTestServer();
    await using running = startOvsdb(['replica', server.remote, NORTHBOUND]);
    expect(Object.keys(await dumpOf(running))).toContain('Port_Group');
    for (let at = 0; at < 20; at++) {
      await change(server, insert(`s${at}`));
      expect(names(await dumpOf(running))).toHaveLength(at + 1);
    }
    for (const round of [1, 2, 3]) {
      await server.kill();
      await server.start();
      await change(server, insert(`after ${round}`));
      expect(names(await dumpOf(running))).toContain(`after ${round}`);
    }
    running.child.stdin.end('nonsense\n\n');
    expect(await running.ended).toBe(0);
    expect(running.complaints()).toContain('unknown command "nonsense": only "dump" is known');
  });

  test('while the server is away nothing is answered; then every line is, in order, and before the end', async () => {
    await using server = await startTestServer();
    await change(server, insert('old'));
    await using running = startOvsdb(['replica', server.remote, NORTHBOUND]);
    expect(names(await dumpOf(running))).toEqual(['old']);
    await server.kill();
    // All that it answers from now on is asked for while there is no server.
    running.child.stdin.end('dump\ndump\ndump\n');
    await server.start();
    await change(server, insert('new'));
    const answers: unknown[][] = [];
    for (let at = 0; at < 3; at++) answers.push(names(parseJson(await running.nextLine(), true) as Dump));
    for (const answer of answers) expect(answer).toContain('old');
    // An answer never goes back behind an earlier one.
    expect(answers.map((answer) => answer.length)).toEqual(answers.map((answer) => answer.length).toSorted((a, b) => a - b));
    expect(await running.ended).toBe(0);
    await expect(running.nextLine()).rejects.toThrow('the program ended');
  });

  test('content from before a disconnect is not served: it waits until a server is there', async () => {
    await using server = await startTestServer();
    await change(server, insert('old'));
    await using running = startOvsdb(['replica', server.remote, NORTHBOUND]);
    expect(names(await dumpOf(running))).toEqual(['old']);
    await server.kill();
    const answer = dumpOf(running);
    // The complaint tells that the program knows of the loss.
    await running.complained(/ENOENT|ECONNREFUSED/);
    await server.start();
    await change(server, { op: 'delete', table: 'Logical_Switch', where: [] }, insert('new'));
    expect(['old', 'new']).toContain(names(await answer)[0]);
    expect(names(await dumpOf(running))).toEqual(['new']);
  });

  test('follows the leader of a cluster', { timeout: 120_000 }, async () => {
    await using cluster = await startTestCluster();
    await using running = startOvsdb(['replica', cluster.remotes.join(','), cluster.database]);
    await using writer = openDatabase({ remotes: cluster.remotes, database: cluster.database, tables: {} });
    const write = async (name: string): Promise<void> => {
      await writer.replica.waitFor(({ state }) => state.name === 'live', 60_000);
      // A leader may fall between the two; what is not known to be done is done again, under a name of its own.
      await writer.transact([{ op: 'insert', table: 'Logical_Switch', row: { name } }]).catch(() => write(`${name}'`));
    };
    for (const round of [1, 2, 3]) {
      await write(`round ${round}`);
      const dump = await dumpOf(running);
      expect(names(dump).some((name) => String(name).startsWith(`round ${round}`))).toBe(true);
      const leader = await cluster.leader();
      await leader?.kill();
      await write(`without ${round}`);
      expect(names(await dumpOf(running)).some((name) => String(name).startsWith(`without ${round}`))).toBe(true);
      await leader?.start();
    }
    running.child.stdin.end();
    expect(await running.ended).toBe(0);
  });

  test('prints what ovsdb-client dumps, value for value', async () => {
    await using server = await startTestServer();
    await using client = openDatabase({ remotes: [server.remote], database: NORTHBOUND, tables: 'all' });
    await client.replica.waitFor(({ state }) => state.name === 'live', 30_000);
    const schema = await client.server.fetchSchema();
    const seed = Math.floor(Math.random() * 2 ** 31);
    const maker = new TransactionMaker(schema, randomFrom(seed), (table) => [...client.replica.rows(table)] as readonly Row[]);
    await using running = startOvsdb(['replica', server.remote, NORTHBOUND]);
    for (let round = 0; round < 3; round++) {
      for (let at = 0; at < 40; at++) await client.transact(maker.transaction()).catch(() => undefined);
      running.child.stdin.write('dump\n');
      const line = await running.nextLine();
      expect(line).not.toMatch(/"_uuid"|"_version"/);
      expect(parseJson(line, true), `seed ${seed}`).toEqual(await serverDump(server, NORTHBOUND));
    }
    expect([...schema.tables.keys()].reduce((sum, table) => sum + client.replica.count(table), 0)).toBeGreaterThan(10);
  });

  test('100,000 rows are printed with little more memory than the replica needs', { timeout: 240_000 }, async () => {
    await using server = await startTestServer();
    await using filler = openDatabase({ remotes: [server.remote], database: NORTHBOUND, tables: {} });
    await filler.replica.waitFor(({ state }) => state.name === 'live', 30_000);
    await fill(filler, { switches: 200, ports: 80_000, acls: 18_000, addressSets: 1800 });
    // The replica needs most of it; the content as one object, or as one string, has no room beside.
    await using running = startOvsdb(['replica', server.remote, NORTHBOUND], [`--max-old-space-size=${HEAP_MIB}`]);
    for (let at = 0; at < 3; at++) {
      running.child.stdin.write('dump\n');
      const rows = Object.values(JSON.parse(await running.nextLine()) as Dump).map((table) => Object.keys(table).length);
      expect(rows.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(100_000);
    }
  });
});
