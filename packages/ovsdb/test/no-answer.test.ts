/** Peers that answer echoes and swallow a request: it is noticed, told, and mended by a new connection; patience is not mistaken for it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ClientOptions, DatabaseClient, Operation, OvsdbError } from '../src/index.ts';
import { synchronize } from '../src/index.ts';
import { openDatabase, systemClock } from '../src/node/index.ts';
import { scriptedAnswers, startTestPeer, startTestServer } from '../src/testing/index.ts';
import type { PeerAnswer, TestServer } from '../src/testing/index.ts';
import { identities, switchFragment } from './support/northbound.ts';
import { startProxy } from './support/proxy.ts';

/** So that a test takes no longer than it must; nothing is asserted of it. */
const answerLimitMs = 20;

const live = (client: DatabaseClient): Promise<void> => client.replica.waitFor(({ state }) => state.name === 'live', 30_000);

function problemsOf(client: DatabaseClient): OvsdbError[] {
  const problems: OvsdbError[] = [];
  client.onProblem((problem) => problems.push(problem));
  return problems;
}

/** The next connection's problem. */
const nextProblem = (client: DatabaseClient): Promise<OvsdbError> =>
  new Promise((resolve) => {
    client.onProblem(resolve);
  });

describe('a peer that swallows one request', () => {
  const served = scriptedAnswers(() => ({
    schema: { name: 'D', version: '1.0.0', tables: { T: { columns: { name: { type: 'string' } } } } },
    rows: { T: { '33333333-0000-4000-8000-000000000001': { name: 'row' } } },
    member: { leader: true, connected: true, index: 5, clusterId: '22222222-0000-4000-8000-000000000001' },
  }));
  const others: PeerAnswer = (request) => {
    const { method } = request;
    if (method === 'lock' || method === 'steal') return { locked: true };
    return method === 'unlock' || method === 'monitor_cond_change' ? {} : served(request);
  };

  /** Answers all but the first request of this method (and of this database, where one is named). */
  function swallowing(method: string, database = ''): PeerAnswer {
    let isSwallowed = false;
    return (request) => {
      if (isSwallowed || request.method !== method || (database !== '' && request.params[0] !== database)) return others(request);
      isSwallowed = true;
      return undefined;
    };
  }

  const options = (remotes: readonly string[]): ClientOptions => ({ remotes, database: 'D', tables: { T: { where: [] } }, answerLimitMs });

  test.for([
    ['set_db_change_aware', ''],
    ['get_schema', '_Server'],
    ['monitor_cond', '_Server'],
    ['get_schema', 'D'],
    ['monitor_cond_since', 'D'],
    ['lock', ''],
    ['steal', ''],
  ] as const)('while a session is set up: %s %s', async ([method, database]) => {
    await using peer = await startTestPeer({ answer: swallowing(method, database) });
    await using client = openDatabase(options(peer.remotes));
    await using lock = client.lock('l', { steal: method === 'steal' });
    const problem = await nextProblem(client);
    expect(problem).toMatchObject({ code: 'OVSDB_NO_ANSWER', retry: 'later' });
    expect(problem.message).toContain(`${peer.remotes[0]}: no answer to ${method} for ${answerLimitMs} ms`);
    await Promise.all([live(client), lock.waitOwned(30_000)]);
    expect([...client.replica.rows('T')]).toMatchObject([{ name: 'row' }]);
    expect(peer.connectionCount).toBe(2);
  });

  test('monitor_cond_change: the filters hold from the next connection on', async () => {
    await using peer = await startTestPeer({ answer: swallowing('monitor_cond_change') });
    await using client = openDatabase(options(peer.remotes));
    await live(client);
    const problems = problemsOf(client);
    await client.setFilters({ T: true });
    expect(problems).toMatchObject([{ code: 'OVSDB_NO_ANSWER' }]);
    expect(client.replica.state.name).toBe('live');
  });

  test.for(['list_dbs', 'echo'] as const)('a call of the server: %s', async (method) => {
    await using peer = await startTestPeer({ answer: swallowing(method) });
    await using client = openDatabase({ ...options(peer.remotes), probeIntervalMs: 0 });
    await live(client);
    const call = method === 'echo' ? client.server.echo() : client.server.listDatabases();
    await expect(call).rejects.toMatchObject({ code: 'OVSDB_DISCONNECTED', cause: { code: 'OVSDB_NO_ANSWER' } });
    await live(client);
  });
});

describe('a real server behind a proxy', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.stop());

  const insert = (name: string): Operation => ({ op: 'insert', table: 'Logical_Switch', row: { name } });
  const open = (remote: string, limitMs?: number): DatabaseClient =>
    openDatabase({
      remotes: [remote],
      database: 'OVN_Northbound',
      tables: { Logical_Switch: true },
      ...(limitMs === undefined ? {} : { answerLimitMs: limitMs }),
    });
  /** Lets one message pass for nothing. */
  const once = (isIt: (text: string) => boolean) => {
    let isDone = false;
    return (text: string): string | undefined => {
      if (isDone || !isIt(text)) return undefined;
      isDone = true;
      return '';
    };
  };
  const isTransact = (text: string): boolean => text.includes('"method":"transact"');
  const isInserted = (text: string): boolean => text.includes('"result":[{"uuid"');

  test.for([
    ['the request', 0],
    ['the answer', 1],
  ] as const)('%s of a transaction with a limit is lost: unknown, and the replica tells', async ([lost, count]) => {
    await using proxy = await startProxy(server.remote, `transact${count}`);
    await using client = open(proxy.remote);
    await live(client);
    const problems = problemsOf(client);
    proxy.behaviour = lost === 'the request' ? { rewrite: once(isTransact) } : { replace: once(isInserted) };
    await expect(client.transact([insert(lost)], { answerLimitMs })).rejects.toMatchObject({
      code: 'OVSDB_DISCONNECTED',
      retry: 'later',
      cause: { code: 'OVSDB_NO_ANSWER' },
    });
    expect(client.replica.state.name).toBe('stale');
    await live(client);
    expect([...client.replica.rows('Logical_Switch')].filter((row) => row['name'] === lost)).toHaveLength(count);
    expect(problems.map(({ code }) => code)).toEqual(['OVSDB_NO_ANSWER']);
  });

  test.for(['the request', 'the answer'] as const)('%s of a planner is lost: planned anew, made once', async (lost) => {
    await using own = await startTestServer();
    await using proxy = await startProxy(own.remote);
    await using client = open(proxy.remote);
    await live(client);
    proxy.behaviour = lost === 'the request' ? { rewrite: once(isTransact) } : { replace: once((text) => text.includes('{"uuid"')) };
    const identity = identities['Logical_Switch'];
    await using sync = synchronize({
      client,
      clock: systemClock,
      identities: identity === undefined ? {} : { Logical_Switch: identity },
      answerLimitMs,
    });
    const problems = problemsOf(client);
    sync.want('subnet', switchFragment('net'));
    sync.setReady(true);
    await sync.settled();
    expect(problems.map(({ code }) => code)).toEqual(['OVSDB_NO_ANSWER']);
    expect(sync.realised('subnet')).toBe(true);
    expect([...client.replica.rows('Logical_Switch')]).toHaveLength(1);
    expect(sync.stats.transactions).toBe(lost === 'the request' ? 2 : 1);
  });

  test('a transaction without a limit waits, whatever the limit of the session', async () => {
    await using proxy = await startProxy(server.remote, 'patient');
    await using client = open(proxy.remote, 1);
    await live(client);
    const until: Operation = {
      op: 'wait',
      table: 'Logical_Switch',
      where: [['name', '==', 'awaited']],
      columns: ['name'],
      until: '==',
      rows: [{ name: 'awaited' }],
    };
    const outcome = client.transact([until, insert('after')]);
    // A thousand echoes overtake it.
    for (let i = 0; i < 1000; i++) await client.server.echo();
    await client.transact([insert('awaited')]);
    expect(await outcome).toHaveLength(2);
    expect([client.stats.syncs, proxy.connections]).toEqual([1, 1]);
  });

  test('a server that is slow, but answers in its order, is waited for', async () => {
    await using writer = open(server.remote);
    await live(writer);
    await writer.transact(Array.from({ length: 2000 }, (_, i) => insert(`slow ${i}`)));
    await using proxy = await startProxy(server.remote, 'slow');
    // Each message comes long after the limit, the content in small pieces.
    proxy.behaviour = { delayMs: 30, pieces: [997] };
    await using client = open(proxy.remote, 1);
    const problems = problemsOf(client);
    await live(client);
    await client.transact([insert('done')], { answerLimitMs: 1 });
    expect(client.replica.count('Logical_Switch')).toBe(writer.replica.count('Logical_Switch'));
    expect(problems).toEqual([]);
    expect(proxy.connections).toBe(1);
  });
});
