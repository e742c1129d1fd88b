/** A clustered database: resume after a disconnect, and leaders that die under load. */
import { expect, test } from 'vitest';
import type { DatabaseClient } from '../src/index.ts';
import { OvsdbError, synchronize } from '../src/index.ts';
import { openDatabase, systemClock } from '../src/node/index.ts';
import { startTestCluster } from '../src/testing/index.ts';
import type { TestServer } from '../src/testing/index.ts';
import { identities, podFragment, switchFragment } from './support/northbound.ts';
import { startProxy } from './support/proxy.ts';

test('a resume after a disconnect transfers the changes alone', async () => {
  // A server keeps the history that a resume needs for clustered databases alone.
  await using cluster = await startTestCluster({ members: 1 });
  const [own] = cluster.members as [TestServer];
  await using ownProxy = await startProxy(own.remote);
  await using client = openDatabase({ remotes: [ownProxy.remote], database: 'OVN_Northbound', tables: { Logical_Switch: true } });
  await client.replica.waitFor((replica) => replica.state.name === 'live', 30_000);
  await client.transact(
    Array.from({ length: 5000 }, (_, i) => ({
      op: 'insert' as const,
      table: 'Logical_Switch',
      row: { name: `s${i}`, external_ids: { note: 'x'.repeat(50) } },
    })),
  );
  const before = client.stats.receivedBytes;
  const { syncs } = client.stats;
  ownProxy.drop();
  await client.replica.waitFor((replica) => replica.state.name === 'stale', 30_000);
  await using writer = openDatabase({ remotes: [own.remote], database: 'OVN_Northbound', tables: {} });
  await writer.replica.waitFor((replica) => replica.state.name === 'live', 30_000);
  await writer.transact([{ op: 'insert', table: 'Logical_Switch', row: { name: 'meanwhile' } }]);
  await client.replica.waitFor((replica) => replica.state.name === 'live' && replica.count('Logical_Switch') === 5001, 30_000);
  expect(client.stats.syncs).toBe(syncs + 1);
  const schemaBytes = JSON.stringify(JSON.parse(await own.client('get-schema', own.remote, 'OVN_Northbound'))).length;
  // The schemas of the database and of _Server, and the answers, but not the 5000 rows (more than 500 kB).
  expect(client.stats.receivedBytes - before).toBeLessThan(2 * schemaBytes + 20_000);
  expect(before).toBeGreaterThan(500_000);
});

const KILLS = Number(process.env['RAFT_KILLS'] ?? 3);

async function names(client: DatabaseClient): Promise<string[]> {
  const [result] = await client.transact([{ op: 'select', table: 'Logical_Switch', where: [], columns: ['name'] }]);
  return (result?.rows ?? []).map((row) => row['name'] as string);
}

test(
  'leaders die under a load of transactions: what was acknowledged is there once, the rest is reported as unknown',
  { timeout: 60_000 + KILLS * 20_000 },
  async () => {
    await using cluster = await startTestCluster();
    await using client = openDatabase({
      remotes: cluster.remotes,
      database: cluster.database,
      tables: { Logical_Switch: true, Logical_Switch_Port: true },
    });
    await client.replica.waitFor((replica) => replica.state.name === 'live', 20_000);
    await using sync = synchronize({
      client,
      clock: systemClock,
      identities: { Logical_Switch: identities['Logical_Switch']!, Logical_Switch_Port: identities['Logical_Switch_Port']! },
    });
    sync.want('subnet', switchFragment('net'));
    sync.setReady(true);
    await sync.settled();
    const acknowledged: string[] = [];
    const unknown: string[] = [];
    const unsent: string[] = [];
    const bad: unknown[] = [];
    let isOver = false;
    let next = 0;
    const load = async (): Promise<void> => {
      while (!isOver) {
        const name = `load${next++}`;
        try {
          await client.transact([{ op: 'insert', table: 'Logical_Switch', row: { name } }]);
          acknowledged.push(name);
        } catch (error) {
          const { code } = error as OvsdbError;
          if (code === 'OVSDB_DISCONNECTED') unknown.push(name);
          else if (error instanceof OvsdbError && error.retry === 'later') unsent.push(name);
          else bad.push(error);
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      }
    };
    const loads = Array.from({ length: 4 }, load);
    let pods = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const before = acknowledged.length;
      for (let i = 0; i < 20; i++, pods++)
        sync.want(`pod/${pods}`, podFragment(`pod${pods}`, { network: 'net', address: `10.0.${kill}.${i}` }));
      const leader = await cluster.leader();
      await leader?.kill();
      // Work goes on with another leader before the dead member returns.
      await client.replica.waitFor(() => acknowledged.length > before + 50, 30_000);
      await leader?.start();
      await leader?.client('wait', leader.remote, cluster.database, 'connected');
    }
    isOver = true;
    await Promise.all(loads);
    await client.replica.waitFor((replica) => replica.state.name === 'live', 20_000);
    await sync.settled();
    const present = await names(client);
    const counts = new Map<string, number>();
    for (const name of present) counts.set(name, (counts.get(name) ?? 0) + 1);
    expect(bad).toEqual([]);
    expect(acknowledged.filter((name) => counts.get(name) !== 1)).toEqual([]);
    expect(unsent.filter((name) => counts.has(name))).toEqual([]);
    expect(unknown.filter((name) => (counts.get(name) ?? 0) > 1)).toEqual([]);
    expect(client.replica.count('Logical_Switch_Port')).toBe(pods);
    expect(counts.get('net')).toBe(1);
  },
);
