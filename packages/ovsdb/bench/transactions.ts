/** Transactions a second, beside what the server can do. */
import { table } from '@kube-ovn/tools/benchmark-section';
import { startTestServer } from '../src/testing/index.ts';
import type { TestServer } from '../src/testing/index.ts';
import { bareTransactions } from './bare-transactions.ts';
import { fastest, log, percent, sample, verdict, whole } from './measure.ts';
import { connected, socketOf, wholeNorthbound } from './servers.ts';

const ROUNDS = 3;
const DURATION_MS = 1500;
const TARGET_SHARE = 0.9;
const TARGET_FROM = 16;

interface Load {
  /** On so many switches in turn: the server's cost of a port grows with the ports that its switch has. */
  readonly switches: number;
  readonly inFlight: number;
}

interface Rate {
  readonly perSecond: number;
  /** CPU time of the server for one transaction. */
  readonly serverUs: number;
}

const switchOf = (n: number, { switches }: Load): string => `switch-${n % switches}`;
const port = (n: number) => ({ name: `port-${n}`, addresses: [`00:00:00:00:00:01 10.0.0.${n & 255}`] });

async function onServer(load: Load, run: (server: TestServer) => Promise<{ readonly transactions: number; readonly ms: number }>) {
  await using server = await startTestServer();
  {
    await using client = await connected(server);
    await client.transact(
      Array.from({ length: load.switches }, (_, n) => ({ op: 'insert', table: 'Logical_Switch', row: { name: switchOf(n, load) } })),
    );
  }
  const cpuMs = (): number => sample(server.pid)?.cpuMs ?? NaN;
  const before = cpuMs();
  const { transactions, ms } = await run(server);
  return { perSecond: (transactions / ms) * 1000, serverUs: ((cpuMs() - before) * 1000) / transactions };
}

const ourRate = (load: Load, tables: 'all' | Record<string, never>): Promise<Rate> =>
  onServer(load, async (server) => {
    await using client = await connected(server, tables);
    const start = performance.now();
    let next = 0;
    const loop = async (): Promise<void> => {
      while (performance.now() < start + DURATION_MS) {
        const n = next++;
        await client.transact([
          { op: 'insert', table: 'Logical_Switch_Port', row: port(n), uuidName: 'p' },
          {
            op: 'mutate',
            table: 'Logical_Switch',
            where: [['name', '==', switchOf(n, load)]],
            mutations: [['ports', 'insert', [{ named: 'p' }]]],
          },
        ]);
      }
    };
    await Promise.all(Array.from({ length: load.inFlight }, loop));
    return { transactions: next, ms: performance.now() - start };
  });

const bareRate = (load: Load, monitor?: string): Promise<Rate> =>
  onServer(load, (server) => {
    const start = performance.now();
    return bareTransactions(socketOf(server), {
      inFlight: load.inFlight,
      ...(monitor === undefined ? {} : { monitor }),
      params: (n) => {
        if (performance.now() > start + DURATION_MS) return undefined;
        const { name, addresses } = port(n);
        return [
          'OVN_Northbound',
          { op: 'insert', table: 'Logical_Switch_Port', row: { name, addresses: ['set', addresses] }, 'uuid-name': 'p' },
          {
            op: 'mutate',
            table: 'Logical_Switch',
            where: [['name', '==', switchOf(n, load)]],
            mutations: [['ports', 'insert', ['set', [['named-uuid', 'p']]]]],
          },
        ];
      },
    });
  });

const ways = (load: Load) => ({
  ours: () => ourRate(load, {}),
  bare: () => bareRate(load),
  replica: () => ourRate(load, 'all'),
  told: () => bareRate(load, wholeNorthbound()),
});

/** A share of a ceiling, and whether it is enough. */
const share = (ours: Rate, ceiling: Rate, inFlight: number): string =>
  percent(ours.perSecond, ceiling.perSecond) +
  (inFlight < TARGET_FROM ? '' : `, ${verdict(ours.perSecond >= TARGET_SHARE * ceiling.perSecond)}`);

/** Rates and shares. */
export async function transactions(): Promise<string> {
  const rows: string[][] = [];
  for (const switches of [1, 100]) {
    for (const inFlight of [1, 16, 256]) {
      const load = { switches, inFlight };
      const { ours, bare, replica, told } = await fastest(ways(load), {
        rounds: ROUNDS,
        timeOf: ({ perSecond }) => 1 / perSecond,
        say: (way, rate) =>
          log(`${switches} switches, ${inFlight} in flight, ${way}: ${whole(rate.perSecond)}/s, server ${whole(rate.serverUs)} µs`),
      });
      rows.push([
        String(switches),
        String(inFlight),
        ...[bare, ours].map(({ perSecond }) => whole(perSecond)),
        share(ours, bare, inFlight),
        ...[told, replica].map(({ perSecond }) => whole(perSecond)),
        share(replica, told, inFlight),
        percent(replica.perSecond, bare.perSecond),
        `${whole(bare.serverUs)}, ${whole(told.serverUs)}`,
      ]);
    }
  }
  return `Transactions a second, each of which makes a port and puts it on one of so many switches; the best of ${ROUNDS}, taking turns. The ceiling is what the server does for a bare socket loop that keeps nothing. A replica has the server tell of every change, which costs the server time whoever listens (last column): the ceiling for a client with a live replica is the same loop, told of everything. The target is 90 % of the ceiling with ${TARGET_FROM} or more in flight:

${table(
  [
    'switches',
    'in flight',
    'bare loop',
    'this package',
    'share',
    'bare loop that is told',
    'this package, with a live replica',
    'share',
    'with a live replica against the bare loop that is told nothing',
    "server's CPU time each, µs: told nothing, told",
  ],
  rows,
)}`;
}
