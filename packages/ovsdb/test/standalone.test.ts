/**
 * A standalone server keeps no history from which a replica could resume. Whatever became of its database while it was away, the
 * replica is what the server holds now, read whole, and listeners hear of what differs alone.
 */
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DatabaseClient, Operation, RowChange } from '../src/index.ts';
import { openDatabase } from '../src/node/index.ts';
import { replicaToJson } from '../src/notation/print.ts';
import { schemaFiles, startTestServer } from '../src/testing/index.ts';
import type { TestServer } from '../src/testing/index.ts';
import { startProxy } from './support/proxy.ts';
import type { Proxy } from './support/proxy.ts';
import { differingRows, serverDump } from './support/server-dump.ts';

const run = promisify(execFile);
const DATABASE = 'OVN_Northbound';
const ROWS = 12_000;
const NO_TRANSACTION = '00000000-0000-0000-0000-000000000000';

const nameOf = (i: number): string => `set${i}`;
const where = (i: number) => [['name', '==', nameOf(i)]] as const;
const rows = (): readonly Operation[] =>
  Array.from({ length: ROWS }, (_, i) => ({
    op: 'insert' as const,
    table: 'Address_Set',
    row: { name: nameOf(i), addresses: [`10.0.${i >> 8}.${i & 255}`], external_ids: { group: String(i % 10) } },
  }));
/** Four rows that differ afterwards. */
const CHANGES: readonly Operation[] = [
  { op: 'insert', table: 'Address_Set', row: { name: 'new' } },
  { op: 'update', table: 'Address_Set', where: where(7), row: { addresses: ['192.0.2.1', '192.0.2.2'] } },
  { op: 'mutate', table: 'Address_Set', where: where(8), mutations: [['external_ids', 'insert', new Map([['k', 'v']])]] },
  { op: 'delete', table: 'Address_Set', where: where(9) },
];

const live = (client: DatabaseClient): Promise<void> => client.replica.waitFor(({ state }) => state.name === 'live', 60_000);
const open = (remote: string): DatabaseClient => openDatabase({ remotes: [remote], database: DATABASE, tables: 'all' });

async function write(remote: string, operations: readonly Operation[]): Promise<void> {
  await using writer = openDatabase({ remotes: [remote], database: DATABASE, tables: {} });
  await live(writer);
  // In several transactions: of a history with a single one that is as large as the database nothing is kept.
  for (let first = 0; first < operations.length; first += 1000) await writer.transact(operations.slice(first, first + 1000));
}

/** The last transactions from which the client asked to go on, and whether the server could. */
function watchResumes(proxy: Proxy) {
  const asked: string[] = [];
  const found: boolean[] = [];
  proxy.behaviour = {
    rewrite: (text) => {
      const { method, params } = JSON.parse(text) as { method: string; params: readonly unknown[] };
      if (method === 'monitor_cond_since') asked.push(String(params[3]));
      return undefined;
    },
    replace: (text) => {
      const { result } = JSON.parse(text) as { result?: unknown };
      if (Array.isArray(result) && typeof result[0] === 'boolean') found.push(result[0]);
      return undefined;
    },
  };
  return { asked, found };
}

describe('restarted', () => {
  let server: TestServer;
  let file: string;
  let proxy: Proxy;
  let client: DatabaseClient;
  let changes: RowChange[];
  let resumes: ReturnType<typeof watchResumes>;

  beforeEach(async () => {
    server = await startTestServer();
    file = join(server.directory, 'ovn-nb.db');
    await write(server.remote, rows());
    proxy = await startProxy(server.remote);
    resumes = watchResumes(proxy);
    client = open(proxy.remote);
    await live(client);
    changes = [];
    client.replica.onChange((some) => changes.push(...some));
  });
  afterEach(async () => {
    await client.close();
    await proxy[Symbol.asyncDispose]();
    await server.stop();
  });

  /** End the server, do something to its database, and start it; the client gets in last. */
  async function restart(meanwhile: () => Promise<void>, afterwards: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    const { behaviour } = proxy;
    await server.kill();
    await client.replica.waitFor(({ state }) => state.name === 'stale', 30_000);
    await meanwhile();
    proxy.behaviour = { silent: true };
    await server.start();
    await afterwards();
    // What was known stays readable until the whole of the new content is there.
    expect([client.replica.state.name, client.replica.count('Address_Set'), changes]).toEqual(['stale', ROWS, []]);
    proxy.drop();
    proxy.behaviour = behaviour;
    await live(client);
  }

  /** What became of it, and of a write after it. */
  async function outcome() {
    const unlike = async (): Promise<readonly string[]> => differingRows(replicaToJson(client.replica), await serverDump(server, DATABASE));
    const found = { rows: client.replica.count('Address_Set'), changes: changes.length, unlike: await unlike() };
    await client.transact([{ op: 'update', table: 'Address_Set', where: where(1), row: { addresses: ['192.0.2.9'] } }]);
    return { ...found, unlikeLater: await unlike(), resumes };
  }

  /** Equal to what the server holds, to the last row, as the whole was asked for and given each time. */
  const WHOLE = {
    unlike: [],
    unlikeLater: [],
    resumes: { asked: [NO_TRANSACTION, NO_TRANSACTION], found: [false, false] },
  };

  test('as it was: no row changes', async () => {
    const before = [...client.replica.rows('Address_Set')];
    await restart(() => Promise.resolve());
    // Nor is any made anew.
    expect(before.every((row) => client.replica.row('Address_Set', row._uuid) === row)).toBe(true);
    expect(await outcome()).toEqual({ ...WHOLE, rows: ROWS, changes: 0 });
  });

  test('with changes of others that came first', async () => {
    await restart(
      () => Promise.resolve(),
      () => write(server.remote, CHANGES),
    );
    expect(await outcome()).toEqual({ ...WHOLE, rows: ROWS, changes: 4 });
  });

  test('with a compacted file', async () => {
    await restart(async () => {
      await run('ovsdb-tool', ['compact', file]);
    });
    expect(await outcome()).toEqual({ ...WHOLE, rows: ROWS, changes: 0 });
  });

  test('with a backup of before: what came after is gone from the replica too', async () => {
    const backup = join(server.directory, 'backup');
    await copyFile(file, backup);
    await client.transact(CHANGES);
    expect(client.replica.count('Address_Set')).toBe(ROWS);
    changes = [];
    await restart(() => copyFile(backup, file));
    expect(await outcome()).toEqual({ ...WHOLE, rows: ROWS, changes: 4 });
  });

  test('with a file whose last record was lost half written', async () => {
    await client.transact(CHANGES);
    changes = [];
    await restart(async () => {
      const content = await readFile(file);
      await writeFile(file, content.subarray(0, content.length - 20));
    });
    expect(await outcome()).toEqual({ ...WHOLE, rows: ROWS, changes: 4 });
  });

  test('with a new and empty database of the same name', async () => {
    await restart(async () => {
      await rm(file);
      await run('ovsdb-tool', ['create', file, schemaFiles.northbound]);
    });
    expect(client.replica.count('Address_Set')).toBe(0);
    await write(server.remote, rows().slice(0, 2));
    await client.server.echo();
    expect(await outcome()).toEqual({ ...WHOLE, rows: 2, changes: ROWS + 2 });
  });

  test('and ended again in the middle of the download', async () => {
    const { behaviour } = proxy;
    await server.kill();
    await client.replica.waitFor(({ state }) => state.name === 'stale', 30_000);
    await server.start();
    await write(server.remote, CHANGES);
    // The greeting fits in; then comes a part of the rows.
    for (const cutAfterBytes of [60_000, 200_000, 1_000_000]) {
      const ended = new Promise((resolve) => client.onProblem(resolve));
      proxy.behaviour = { cutAfterBytes };
      proxy.drop();
      await ended;
      expect([client.replica.state.name, client.replica.count('Address_Set'), changes]).toEqual(['stale', ROWS, []]);
    }
    resumes.asked.length = 1;
    resumes.found.length = 1;
    proxy.behaviour = behaviour;
    await live(client);
    expect(await outcome()).toEqual({ ...WHOLE, rows: ROWS, changes: 4 });
  });
});

test('a cluster that became a standalone database, and then another cluster: a resume point of before is worth nothing', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'ovsdb-standalone-'));
  const [file, other] = [join(directory, 'nb.db'), join(directory, 'other.db')];
  const raft = `unix:${join(directory, 'raft')}`;
  await run('ovsdb-tool', ['create-cluster', file, schemaFiles.northbound, raft]);
  await using server = await startTestServer({ databases: [file] });
  await server.client('wait', server.remote, DATABASE, 'connected');
  await write(server.remote, rows());
  await using proxy = await startProxy(server.remote);
  const { asked, found } = watchResumes(proxy);
  await using client = open(proxy.remote);
  await live(client);

  /** Serve another file in the place of the old one; rows may be written before the client gets in. */
  async function serve(makeOther: readonly string[], operations: readonly Operation[]): Promise<void> {
    const { behaviour } = proxy;
    await server.kill();
    await client.replica.waitFor(({ state }) => state.name === 'stale', 30_000);
    await run('ovsdb-tool', [...makeOther]);
    await rename(other, file);
    proxy.behaviour = { silent: true };
    await server.start();
    await server.client('wait', server.remote, DATABASE, 'connected');
    await write(server.remote, operations);
    proxy.drop();
    proxy.behaviour = behaviour;
    await live(client);
    expect(differingRows(replicaToJson(client.replica), await serverDump(server, DATABASE))).toEqual([]);
  }

  try {
    await serve(['cluster-to-standalone', other, file], CHANGES);
    await serve(['create-cluster', other, file, raft], [{ op: 'delete', table: 'Address_Set', where: where(1) }]);
    expect(client.replica.count('Address_Set')).toBe(ROWS - 1);
    // The first asked from nothing, the second from what the cluster had told; a standalone server told nothing.
    expect(asked.map((transaction) => transaction === NO_TRANSACTION)).toEqual([true, false, true]);
    expect(found).toEqual([false, false, false]);
  } finally {
    await rm(directory, { recursive: true });
  }
});
