/** `replica.state` and what depends on it: servers that stall, members cut from their cluster, stale members, new clusters, reconnects. */
import { describe, expect, test } from 'vitest';
import type { DatabaseClient, OvsdbError, ReplicaState } from '../src/index.ts';
import { createClient, synchronize } from '../src/index.ts';
import { openDatabase, systemClock } from '../src/node/index.ts';
import { SCRIPTED_MEMBER, scriptedAnswers, startTestCluster, startTestPeer, startTestServer } from '../src/testing/index.ts';
import type { ScriptedDatabase } from '../src/testing/index.ts';
import { identities, switchFragment } from './support/northbound.ts';

const toBe = (client: DatabaseClient, name: ReplicaState['name']): Promise<void> =>
  client.replica.waitFor(({ state }) => state.name === name, 30_000);

function problemsOf(client: DatabaseClient): OvsdbError[] {
  const problems: OvsdbError[] = [];
  client.onProblem((problem) => problems.push(problem));
  return problems;
}

/** The next problem whose message holds these words. */
function problemOf(client: DatabaseClient, words: string): Promise<OvsdbError> {
  return new Promise((resolve) => {
    const end = client.onProblem((problem) => {
      if (!problem.message.includes(words)) return;
      end();
      resolve(problem);
    });
  });
}

test('a stalled server: stale since when, nothing is sent, and it goes on when the server does', async () => {
  await using server = await startTestServer();
  await using client = openDatabase({
    remotes: [server.remote],
    database: 'OVN_Northbound',
    tables: { Logical_Switch: true },
    probeIntervalMs: 100,
  });
  expect(client.replica.state).toEqual({ name: 'connecting' });
  await toBe(client, 'live');
  const identity = identities['Logical_Switch'];
  await using sync = synchronize({ client, clock: systemClock, identities: identity === undefined ? {} : { Logical_Switch: identity } });
  sync.want('subnet', switchFragment('net'));
  sync.setReady(true);
  await sync.settled();
  const problems = problemsOf(client);
  const before = systemClock.now();
  process.kill(server.pid, 'SIGSTOP');
  await toBe(client, 'stale');
  const { state } = client.replica;
  expect(state.name === 'stale' && state.sinceMs >= before && state.sinceMs <= systemClock.now()).toBe(true);
  expect(problems[0]).toMatchObject({ code: 'OVSDB_UNREACHABLE' });
  // What was known stays readable, but nothing is decided upon it.
  expect(client.replica.count('Logical_Switch')).toBe(1);
  const { transactions } = client.stats;
  sync.want('more', switchFragment('more'));
  await expect(client.transact([])).rejects.toMatchObject({ code: 'OVSDB_NOT_CONNECTED' });
  expect(client.stats.transactions).toBe(transactions);
  process.kill(server.pid, 'SIGCONT');
  await toBe(client, 'live');
  await sync.settled();
  expect(client.replica.count('Logical_Switch')).toBe(2);
});

test('a member that is cut from its cluster is given up, also where any member will do', { timeout: 120_000 }, async () => {
  await using cluster = await startTestCluster();
  const leader = await cluster.leader();
  const others = cluster.members.filter((member) => member !== leader);
  await using client = openDatabase({
    remotes: [leader?.remote ?? ''],
    database: cluster.database,
    tables: { Logical_Switch: true },
    leaderOnly: false,
  });
  await toBe(client, 'live');
  await client.transact([{ op: 'insert', table: 'Logical_Switch', row: { name: 'kept' } }]);
  const cut = problemOf(client, 'lost its cluster');
  const states: string[] = [];
  client.replica.onState((state) => states.push(state.name));
  for (const member of others) process.kill(member.pid, 'SIGSTOP');
  try {
    expect(await cut).toMatchObject({ code: 'OVSDB_NOT_LEADER', retry: 'later' });
    expect(client.replica.state.name).toBe('stale');
  } finally {
    for (const member of others) process.kill(member.pid, 'SIGCONT');
  }
  await client.replica.waitFor(({ state }) => state.name === 'live', 60_000);
  expect([...client.replica.rows('Logical_Switch')]).toMatchObject([{ name: 'kept' }]);
  expect(states).toEqual(['stale', 'live']);
});

test('leader only or any member: a follower serves only where it may', async () => {
  await using cluster = await startTestCluster();
  const leader = await cluster.leader();
  const follower = cluster.members.find((member) => member !== leader);
  const options = { remotes: [follower?.remote ?? ''], database: cluster.database, tables: { Logical_Switch: true } } as const;
  await using any = openDatabase({ ...options, leaderOnly: false });
  await toBe(any, 'live');
  await any.transact([{ op: 'insert', table: 'Logical_Switch', row: { name: 'by a follower' } }]);
  expect([...any.replica.rows('Logical_Switch')]).toMatchObject([{ name: 'by a follower' }]);
  await using strict = openDatabase(options);
  const problem = await new Promise<OvsdbError>((resolve) => strict.onProblem(resolve));
  expect(problem).toMatchObject({ code: 'OVSDB_NOT_LEADER' });
  expect(strict.replica.state.name).toBe('connecting');
});

const CLUSTER = '22222222-0000-4000-8000-000000000001';
const ROW = '33333333-0000-4000-8000-000000000001';
const member = (name: string, index: bigint, clusterId = CLUSTER): ScriptedDatabase => ({
  schema: { name: 'D', version: '1.0.0', tables: { T: { columns: { name: { type: 'string' } } } } },
  rows: { T: { [ROW]: { name } } },
  member: { leader: true, connected: true, index, clusterId },
});
const names = (client: DatabaseClient): unknown[] => [...client.replica.rows('T')].map((row) => row['name']);

describe('stale members', () => {
  test('a member behind what was seen is refused until it has caught up', async () => {
    let laggard = member('old', 9_007_199_254_740_993n);
    await using ahead = await startTestPeer({ answer: scriptedAnswers(() => member('new', 9_007_199_254_740_994n)) });
    await using behind = await startTestPeer({ answer: scriptedAnswers(() => laggard) });
    await using client = openDatabase({ remotes: [...ahead.remotes, ...behind.remotes], database: 'D', tables: 'all', leaderOnly: false });
    await toBe(client, 'live');
    const refused = problemOf(client, 'stale');
    const seen: unknown[] = [];
    client.replica.onChange(() => seen.push(...names(client)));
    ahead.answer = () => undefined;
    for (const connection of ahead.connections) connection.end();
    expect(await refused).toMatchObject({ code: 'OVSDB_NOT_LEADER', retry: 'later' });
    expect(names(client)).toEqual(['new']);
    expect(client.replica.state.name).toBe('stale');
    laggard = member('newer', 9_007_199_254_740_995n);
    await toBe(client, 'live');
    expect(seen).toEqual(['newer']);
  });

  test('a cluster that was built anew counts from the start, and is not stale', async () => {
    let present = member('before', 1000n);
    await using peer = await startTestPeer({ answer: scriptedAnswers(() => present) });
    await using client = openDatabase({ remotes: peer.remotes, database: 'D', tables: 'all' });
    await toBe(client, 'live');
    present = member('rebuilt', 2n, '22222222-0000-4000-8000-000000000002');
    client.reconnect();
    await toBe(client, 'live');
    expect(names(client)).toEqual(['rebuilt']);
  });

  test('a leader that says it is none any more is left at once', async () => {
    await using peer = await startTestPeer({ answer: scriptedAnswers(() => member('row', 5n)) });
    await using client = openDatabase({ remotes: peer.remotes, database: 'D', tables: 'all' });
    await toBe(client, 'live');
    const problems = problemsOf(client);
    for (const connection of peer.connections)
      connection.notify('update2', ['_Server', { Database: { [SCRIPTED_MEMBER]: { modify: { leader: false } } } }]);
    await toBe(client, 'stale');
    expect(problems).toMatchObject([{ code: 'OVSDB_NOT_LEADER' }]);
    await toBe(client, 'live');
    expect(peer.connectionCount).toBe(2);
  });
});

describe('reconnecting', () => {
  /** A client on a clock of its own and a network where every dial fails, and the pauses between its dials. */
  function pauses(
    remotes: readonly string[],
    dials: number,
    random: () => number,
  ): { readonly dialled: string[]; readonly waits: number[] } {
    const dialled: string[] = [];
    const waits: number[] = [];
    const timers: (() => void)[] = [];
    const client = createClient(
      { remotes, database: 'D', tables: 'all', probeIntervalMs: 0 },
      {
        dial: (remote, events) => {
          dialled.push(remote);
          timers.push(() => events.closed(new Error('refused')));
          return { send: () => undefined, destroy: () => undefined };
        },
        clock: {
          now: () => 0,
          setTimeout: (callback, delayMs) => {
            waits.push(delayMs);
            timers.push(callback);
            return () => undefined;
          },
        },
        random,
        decodeUtf8: () => '',
      },
    );
    while (dialled.length < dials) timers.shift()?.();
    void client.close();
    return { dialled, waits };
  }

  test('every remote is tried once without a pause, then after one that grows to its limit', () => {
    const { dialled, waits } = pauses(['tcp:a:1', 'tcp:b:1', 'tcp:c:1'], 31, () => 1);
    expect(dialled.slice(0, 4)).toEqual(['tcp:a:1', 'tcp:b:1', 'tcp:c:1', 'tcp:a:1']);
    expect(waits.filter((_, at) => at % 3 !== 2).every((ms) => ms === 0)).toBe(true);
    expect(waits.filter((_, at) => at % 3 === 2)).toEqual([50, 100, 200, 400, 800, 1600, 3200, 4000, 4000, 4000]);
  });

  test('chance spreads clients that lost one server together', () => {
    const [one, other] = [0.1, 0.9].map((chance) => pauses(['tcp:a:1'], 6, () => chance).waits);
    expect(one).toHaveLength(5);
    expect(one?.every((ms, at) => ms < (other?.[at] ?? 0) && ms >= (other?.[at] ?? 0) / 2)).toBe(true);
  });
});
