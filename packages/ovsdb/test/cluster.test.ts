/** A clustered database whose leaders die under load. */
import { expect, test } from 'vitest';
import type { DatabaseClient } from '../src/index.ts';
import { OvsdbError, synchronize } from '../src/index.ts';
import { openDatabase, systemClock } from '../src/node/index.ts';
import { startTestCluster } from '../src/testing/index.ts';
import { identities, podFragment, switchFragment } from './support/northbound.ts';

const KILLS = Number(process.env['RAFT_KILLS'] ?? 20);

async function names(client: DatabaseClient): Promise<string[]> {
  const [result] = await client.transact([{ op: 'select', table: 'Logical_Switch', where: [], columns: ['name'] }]);
  return (result?.rows ?? []).map((row) => row['name'] as string);
}

test(
  'leaders die under a load of transactions: what was acknowledged is there once, the rest is reported as unknown',
  { timeout: 60_000 + KILLS * 20_000 },
  async () => {
    await using cluster = await startTestCluster({ electionTimerMs: 250 });
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
      // Nothing in the schema keeps two switches from having one name: these count what the planner has made twice.
      for (let i = 0; i < 5; i++) sync.want(`switch/${kill}-${i}`, switchFragment(`planned${kill}-${i}`));
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
    const planned = Array.from({ length: KILLS * 5 }, (_, i) => `planned${Math.floor(i / 5)}-${i % 5}`);
    expect(planned.filter((name) => counts.get(name) !== 1)).toEqual([]);
    // The blows fell on transactions under way, of which nobody could know the outcome.
    expect(unknown.length).toBeGreaterThan(0);
  },
);
