/** The whole protocol through the typed client, against a real server: calls, cancel, locks, filters, more monitors, conversion. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { OvsdbError } from '../src/index.ts';
import type { DatabaseClient, LockState, Operation, TableSelection } from '../src/index.ts';
import { openDatabase } from '../src/node/index.ts';
import { startTestServer } from '../src/testing/index.ts';
import type { TestServer } from '../src/testing/index.ts';
import { startProxy } from './support/proxy.ts';

const DATABASE = 'OVN_Northbound';
let server: TestServer;
let client: DatabaseClient;

async function open(remote: string, tables: TableSelection = { Logical_Switch: true }): Promise<DatabaseClient> {
  const opened = openDatabase({ remotes: [remote], database: DATABASE, tables });
  await opened.replica.waitFor(({ state }) => state.name === 'live', 30_000);
  return opened;
}

const insert = (name: string): Operation => ({ op: 'insert', table: 'Logical_Switch', row: { name } });
const names = ({ replica }: Pick<DatabaseClient, 'replica'>): string[] =>
  [...replica.rows('Logical_Switch')].map((row) => row['name'] as string).toSorted();

beforeAll(async () => {
  server = await startTestServer();
  client = await open(server.remote);
});
afterAll(async () => {
  await client.close();
  await server.stop();
});
beforeEach(async () => {
  await client.transact([{ op: 'delete', table: 'Logical_Switch', where: [] }]);
});

describe('calls', () => {
  test('list_dbs, get_schema, get_server_id, echo', async () => {
    expect(await client.server.listDatabases()).toEqual(expect.arrayContaining([DATABASE, '_Server']));
    const schema = await client.server.fetchSchema();
    expect(schema).toMatchObject({ name: DATABASE, version: client.replica.schema?.version });
    expect([...(await client.server.fetchSchema('_Server')).tables.keys()]).toEqual(['Database']);
    await expect(client.server.fetchSchema('None')).rejects.toMatchObject({ code: 'OVSDB_UNKNOWN_DATABASE' });
    expect(await client.server.fetchServerId()).toMatch(/^[0-9a-f-]{36}$/);
    await client.server.echo();
  });

  test('every operation of RFC 7047 5.2 in one transaction, but abort', async () => {
    await using lock = client.lock('all');
    await lock.waitOwned(30_000);
    const results = await client.transact([
      lock.assertion,
      { op: 'comment', comment: 'all of them' },
      { ...insert('a'), row: { name: 'a', other_config: { k: 'v' } } } as Operation,
      { op: 'wait', table: 'Logical_Switch', where: [], columns: ['name'], until: '==', rows: [{ name: 'a' }], timeoutMs: 0 },
      { op: 'update', table: 'Logical_Switch', where: [['name', '==', 'a']], row: { name: 'b' } },
      { op: 'mutate', table: 'Logical_Switch', where: [['name', '==', 'b']], mutations: [['other_config', 'delete', ['k']]] },
      { op: 'select', table: 'Logical_Switch', where: [['other_config', 'excludes', { k: 'v' }]], columns: ['name', '_uuid'] },
      { op: 'delete', table: 'Logical_Switch', where: [['name', '!=', 'b']] },
      { op: 'commit', durable: true },
    ]);
    const uuid = results[2]?.uuid;
    expect(results).toEqual([{}, {}, { uuid }, {}, { count: 1 }, { count: 1 }, { rows: [{ name: 'b', _uuid: uuid }] }, { count: 0 }, {}]);
    expect(names(client)).toEqual(['b']);
  });
});

describe('cancel', () => {
  const untilZ: Operation = {
    op: 'wait',
    table: 'Logical_Switch',
    where: [['name', '==', 'z']],
    columns: ['name'],
    until: '==',
    rows: [{ name: 'z' }],
  };

  test('a transaction that waits is given up and has no effect, then or later', async () => {
    const aborter = new AbortController();
    const outcome = client.transact([untilZ, insert('after')], { signal: aborter.signal });
    await client.server.echo();
    aborter.abort();
    await expect(outcome).rejects.toMatchObject({ code: 'OVSDB_CANCELED' });
    await client.transact([insert('z')]);
    await client.server.echo();
    expect(names(client)).toEqual(['z']);
  });

  test('one that is not given up goes on when its wait comes true', async () => {
    const outcome = client.transact([untilZ, insert('after')], { signal: new AbortController().signal });
    await client.transact([insert('z')]);
    expect(await outcome).toHaveLength(2);
    expect(names(client)).toEqual(['after', 'z']);
  });

  test('one that was answered is as the answer says, and one that was not sent is not sent', async () => {
    const aborter = new AbortController();
    const outcome = client.transact([insert('done')], { signal: aborter.signal });
    aborter.abort();
    // The server has either done it or forgotten it; the replica and the promise agree.
    const isDone = await outcome.then(
      () => true,
      (error: unknown) => error instanceof OvsdbError && error.code !== 'OVSDB_CANCELED',
    );
    expect(names(client)).toEqual(isDone ? ['done'] : []);
    const { transactions } = client.stats;
    await expect(client.transact([insert('never')], { signal: aborter.signal })).rejects.toMatchObject({ code: 'OVSDB_CANCELED' });
    expect(client.stats.transactions).toBe(transactions);
  });
});

describe('locks', () => {
  const follow = (lock: ReturnType<DatabaseClient['lock']>): string[] => {
    const seen: string[] = [lock.state.name];
    lock.onState((state: LockState) => seen.push(state.name === 'lost' ? state.reason : state.name));
    return seen;
  };

  test('one owner at a time; the next in the queue follows', async () => {
    await using other = await open(server.remote, {});
    const mine = client.lock('queue');
    await mine.waitOwned(30_000);
    const theirs = other.lock('queue');
    const states = follow(theirs);
    await other.server.echo();
    expect(theirs.state).toEqual({ name: 'waiting' });
    await expect(other.transact([theirs.assertion, insert('x')])).rejects.toMatchObject({
      code: 'OVSDB_NOT_OWNER',
      index: 0,
      operation: { op: 'assert', lock: 'queue' },
    });
    await mine.release();
    await theirs.waitOwned(30_000);
    await other.transact([theirs.assertion, insert('x')]);
    expect(states).toEqual(['requested', 'waiting', 'owned']);
    expect(mine.state).toEqual({ name: 'released' });
    await theirs.release();
    await expect(theirs.waitOwned(30_000)).rejects.toMatchObject({ code: 'OVSDB_CLOSED' });
  });

  test('a thief owns it at once, its victim knows, and has it back afterwards', async () => {
    await using other = await open(server.remote, {});
    await using mine = client.lock('theft');
    await mine.waitOwned(30_000);
    const states = follow(mine);
    const theirs = other.lock('theft', { steal: true });
    await theirs.waitOwned(30_000);
    await client.server.echo();
    expect(mine.isOwned).toBe(false);
    await expect(client.transact([mine.assertion])).rejects.toMatchObject({ code: 'OVSDB_NOT_OWNER' });
    await theirs.release();
    await mine.waitOwned(30_000);
    expect(states).toEqual(['owned', 'stolen', 'owned']);
  });

  test('a disconnect loses it; it is asked for again, and another may have it meanwhile', async () => {
    await using proxy = await startProxy(server.remote, 'locks');
    await using mine = await open(proxy.remote, {});
    const lock = mine.lock('kept');
    await lock.waitOwned(30_000);
    const states = follow(lock);
    const theirs = client.lock('kept');
    proxy.drop();
    await theirs.waitOwned(30_000);
    await mine.replica.waitFor(({ state }) => state.name === 'stale', 30_000);
    expect(lock.isOwned).toBe(false);
    await mine.replica.waitFor(({ state }) => state.name === 'live', 30_000);
    await mine.server.echo();
    expect(states).toEqual(['owned', 'disconnected', 'waiting']);
    await theirs.release();
    await lock.waitOwned(30_000);
  });

  test('a lock that is asked for twice, or not gained in time, is a typed error', async () => {
    await using other = await open(server.remote, {});
    await using mine = client.lock('twice');
    expect(() => client.lock('twice')).toThrow(expect.objectContaining({ code: 'OVSDB_DUPLICATE_LOCK', value: 'twice' }));
    expect(() => client.lock('no id')).toThrow(expect.objectContaining({ code: 'OVSDB_BAD_VALUE', value: 'no id' }));
    await mine.waitOwned(30_000);
    const theirs = other.lock('twice');
    await expect(theirs.waitOwned(1)).rejects.toMatchObject({ code: 'OVSDB_TIMEOUT' });
    // Released and asked for again in one breath: the answer to the first is not taken for one to the second.
    void mine.release();
    const again = client.lock('twice');
    await theirs.waitOwned(30_000);
    await client.server.echo();
    expect(again.state).toEqual({ name: 'waiting' });
    await again.release();
  });
});

describe('filters', () => {
  const named = (...wanted: readonly string[]) => wanted.map((name) => ['name', '==', name] as const);

  test.for([
    ['monitor_cond_since', []],
    ['monitor_cond', ['monitor_cond_since']],
  ] as const)('%s: rows appear and vanish as the filters of a live replica change', async ([, refuse]) => {
    await using proxy = await startProxy(server.remote, 'filters');
    proxy.behaviour = { refuse };
    await client.transact(['a', 'b', 'c'].map(insert));
    await using some = await open(proxy.remote, { Logical_Switch: { columns: ['name'], where: named('a') } });
    expect(names(some)).toEqual(['a']);
    const changes: string[] = [];
    some.replica.onChange((rows) => {
      for (const { before, after } of rows) changes.push(`${before?.['name'] as string} -> ${after?.['name'] as string}`);
    });
    await some.setFilters({ Logical_Switch: named('b', 'd') });
    expect(names(some)).toEqual(['b']);
    expect(changes.toSorted()).toEqual(['a -> undefined', 'undefined -> b']);
    await client.transact([insert('d'), insert('e'), { op: 'update', table: 'Logical_Switch', where: named('b'), row: { name: 'B' } }]);
    await some.server.echo();
    expect(names(some)).toEqual(['d']);
    await some.setFilters({ Logical_Switch: [] });
    expect(names(some)).toEqual([]);
    await some.setFilters({ Logical_Switch: true });
    expect(names(some)).toEqual(['B', 'a', 'c', 'd', 'e']);
    expect(some.stats.syncs).toBe(1);
  });

  test('many changes at once end in the last one', async () => {
    await client.transact(['a', 'b', 'c'].map(insert));
    await using some = await open(server.remote, { Logical_Switch: { where: [] } });
    expect(names(some)).toEqual([]);
    await Promise.all([named('a'), true, named('b'), named('c', 'a')].map((where) => some.setFilters({ Logical_Switch: where as never })));
    expect(names(some)).toEqual(['a', 'c']);
  });

  test('a change without a connection holds from the next one on', async () => {
    await client.transact(['a', 'b'].map(insert));
    await using proxy = await startProxy(server.remote, 'away');
    await using some = await open(proxy.remote, { Logical_Switch: { where: named('a') } });
    proxy.drop();
    await some.replica.waitFor(({ state }) => state.name === 'stale', 30_000);
    await some.setFilters({ Logical_Switch: named('b') });
    expect(some.replica.state.name).toBe('live');
    expect(names(some)).toEqual(['b']);
  });

  test('a connection that ends in the middle of a change leaves neither half', async () => {
    await client.transact(['a', 'b'].map(insert));
    await using proxy = await startProxy(server.remote, 'middle');
    await using some = await open(proxy.remote, { Logical_Switch: { where: named('a') } });
    const seen = new Set<string>();
    some.replica.onChange(() => seen.add(names(some).join()));
    proxy.behaviour = { silent: true };
    const settled = some.setFilters({ Logical_Switch: named('b') });
    proxy.drop();
    proxy.behaviour = {};
    await settled;
    expect([...seen]).toEqual(['b']);
  });

  test('a filter that does not fit is refused, and the old one stays', async () => {
    await client.transact([insert('a')]);
    await using some = await open(server.remote, { Logical_Switch: { where: named('a') } });
    await expect(some.setFilters({ Logical_Switch: [['nope', '==', 1]] })).rejects.toMatchObject({ code: 'OVSDB_UNKNOWN_COLUMN' });
    await expect(some.setFilters({ Logical_Switch: [['name', '==', 1]] })).rejects.toMatchObject({ code: 'OVSDB_BAD_VALUE' });
    await expect(some.setFilters({ Logical_Router: true })).rejects.toMatchObject({ code: 'OVSDB_UNKNOWN_TABLE' });
    expect(names(some)).toEqual(['a']);
  });

  test('a server that cannot filter is not used as if it could', async () => {
    await using proxy = await startProxy(server.remote, 'old');
    proxy.behaviour = { refuse: ['monitor_cond', 'monitor_cond_since'] };
    await using some = openDatabase({ remotes: [proxy.remote], database: DATABASE, tables: { Logical_Switch: { where: named('a') } } });
    const problem = await new Promise((resolve) => some.onProblem(resolve));
    expect(problem).toMatchObject({ code: 'OVSDB_NOT_SUPPORTED' });
    expect(some.replica.state.name).toBe('connecting');
  });
});

describe('more monitors on one connection', () => {
  test('another selection and another database; each ends by itself', async () => {
    await using proxy = await startProxy(server.remote, 'more');
    await using main = await open(proxy.remote, { Logical_Switch: ['name'] });
    const routers = main.monitor({ Logical_Router: ['name'] });
    await using databases = main.monitor({ Database: ['name', 'model'] }, '_Server');
    const live = () =>
      Promise.all([routers, databases].map(({ replica }) => replica.waitFor(({ state }) => state.name === 'live', 30_000)));
    await live();
    await client.transact([insert('s'), { op: 'insert', table: 'Logical_Router', row: { name: 'r' } }]);
    await main.server.echo();
    expect([...routers.replica.rows('Logical_Router')]).toMatchObject([{ name: 'r' }]);
    expect([...databases.replica.rows('Database')].map((row) => row['model'])).toContain('standalone');
    expect(main.replica.count('Logical_Router')).toBe(0);
    proxy.drop();
    await routers.replica.waitFor(({ state }) => state.name === 'stale', 30_000);
    await live();
    expect(proxy.connections).toBe(2);
    await routers.cancel();
    expect(routers.replica.state.name).toBe('stale');
    await client.transact([{ op: 'delete', table: 'Logical_Router', where: [] }]);
    await main.server.echo();
    expect(routers.replica.count('Logical_Router')).toBe(1);
    expect(main.replica.state.name).toBe('live');
  });

  test('a database that the server lacks is a problem of that monitor alone', async () => {
    await using main = await open(server.remote);
    const problem = new Promise((resolve) => main.onProblem(resolve));
    await using none = main.monitor('all', 'Nowhere');
    expect(await problem).toMatchObject({ code: 'OVSDB_UNKNOWN_DATABASE' });
    expect(none.replica.state.name).toBe('connecting');
    expect(main.replica.state.name).toBe('live');
  });
});
