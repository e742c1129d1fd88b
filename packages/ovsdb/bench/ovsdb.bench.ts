/**
 * `npm run bench -- ovsdb`: a complete replica of 100,000 rows and the rate of transactions, ours beside the C and Python clients
 * on the same server in the same run. Writes its section of docs/benchmarks.md.
 */
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { openDatabase } from '../src/node/index.ts';
import { schemaFiles, startTestServer } from '../src/testing/index.ts';
import { fill, LARGE } from './fill.ts';
import { costOf, table, writeSection } from './measure.ts';
import type { Cost } from './measure.ts';
import { rawTransactions } from './raw-loop.ts';

const RUNS = 3;
const DURATION_MS = 3000;
const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function best(name: string, measure: () => Promise<Cost>): Promise<{ readonly name: string; readonly cost: Cost }> {
  let found: Cost | undefined;
  for (let run = 0; run < RUNS; run++) {
    const cost = await measure();
    say(`${name}: ${Math.round(cost.wallMs)} ms, CPU ${cost.cpuMs} ms, ${Math.round(cost.peakMb)} MB`);
    if (found === undefined || cost.wallMs < found.wallMs) found = cost;
  }
  if (found === undefined) throw new Error('bug: no run');
  return { name, cost: found };
}

async function syncs(): Promise<string> {
  await using server = await startTestServer();
  const { remote } = server;
  {
    await using client = openDatabase({ remotes: [remote], database: 'OVN_Northbound', tables: {} });
    await client.replica.waitFor(({ state }) => state.name === 'live', 30_000);
    await fill(client, LARGE);
  }
  const source = ['--conditions=@kube-ovn/source', '--disable-warning=ExperimentalWarning'];
  const rows = [
    await best('this package', () => costOf(process.execPath, [...source, file('sync-child.ts'), remote])),
    await best('C IDL (`ovn-nbctl show`)', () => costOf('ovn-nbctl', [`--db=${remote}`, '--no-leader-only', 'show'])),
    await best('`ovsdb-client monitor ALL`', () => costOf('ovsdb-client', ['monitor', remote, 'OVN_Northbound', 'ALL'], { follows: true })),
    await best('python-ovs', () => costOf('/usr/bin/python3', [file('idl.py'), remote, schemaFiles.northbound])),
  ];
  return table(
    ['client', 'time from start to complete', 'CPU time', 'peak resident'],
    rows.map(({ name, cost }) => [
      name,
      `${(cost.wallMs / 1000).toFixed(2)} s`,
      `${(cost.cpuMs / 1000).toFixed(2)} s`,
      `${Math.round(cost.peakMb)} MB`,
    ]),
  );
}

const switchName = 'bench';
const port = (n: number, tag: string) => ({ name: `port-${tag}-${n}`, addresses: [`00:00:00:00:00:01 10.0.0.${n & 255}`] });

async function rates(): Promise<string> {
  const rows: string[][] = [];
  for (const inFlight of [1, 16, 256]) {
    // A server of its own for each measurement, since its answers slow down as a switch grows.
    const ours = await ourRate(inFlight);
    const raw = await rawRate(inFlight);
    say(`${inFlight} in flight: ours ${Math.round(ours)}/s, raw ${Math.round(raw)}/s`);
    rows.push([
      String(inFlight),
      Math.round(ours).toLocaleString('en'),
      Math.round(raw).toLocaleString('en'),
      `${Math.round((ours / raw) * 100)} %`,
    ]);
  }
  return table(['in flight', 'this package, with a live replica', 'bare socket loop', 'share'], rows);
}

async function ourRate(inFlight: number): Promise<number> {
  await using server = await startTestServer();
  await using client = openDatabase({ remotes: [server.remote], database: 'OVN_Northbound', tables: 'all' });
  await client.replica.waitFor(({ state }) => state.name === 'live', 30_000);
  await client.transact([{ op: 'insert', table: 'Logical_Switch', row: { name: switchName } }]);
  const end = performance.now() + DURATION_MS;
  let done = 0;
  let next = 0;
  const loop = async (): Promise<void> => {
    while (performance.now() < end) {
      await client.transact([
        { op: 'insert', table: 'Logical_Switch_Port', row: port(next++, 'ours'), uuidName: 'p' },
        { op: 'mutate', table: 'Logical_Switch', where: [['name', '==', switchName]], mutations: [['ports', 'insert', [{ named: 'p' }]]] },
      ]);
      done++;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, loop));
  return done / (DURATION_MS / 1000);
}

async function rawRate(inFlight: number): Promise<number> {
  await using server = await startTestServer();
  await server.client(
    'transact',
    server.remote,
    JSON.stringify(['OVN_Northbound', { op: 'insert', table: 'Logical_Switch', row: { name: switchName } }]),
  );
  return await rawTransactions(server.remote.slice('unix:'.length), {
    inFlight,
    durationMs: DURATION_MS,
    params: (n) => {
      const { name, addresses } = port(n, 'raw');
      return [
        'OVN_Northbound',
        { op: 'insert', table: 'Logical_Switch_Port', row: { name, addresses: ['set', addresses] }, 'uuid-name': 'p' },
        {
          op: 'mutate',
          table: 'Logical_Switch',
          where: [['name', '==', switchName]],
          mutations: [['ports', 'insert', ['set', [['named-uuid', 'p']]]]],
        },
      ];
    },
  });
}

const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.versions.node}`;
const syncTable = await syncs();
const rateTable = await rates();
const body = `## ovsdb

\`npm run bench -- ovsdb\` on ${machine}, ${new Date().toISOString().slice(0, 10)}. ovsdb-server shares the machine with the client.

A complete replica of OVN_Northbound with ${LARGE.ports.toLocaleString('en')} ports, ${LARGE.acls.toLocaleString('en')} ACLs and ${LARGE.addressSets.toLocaleString('en')} address sets, fastest of ${RUNS}, the start of the process included:

${syncTable}

Transactions a second, each of which makes a port and puts it on a switch:

${rateTable}
`;
writeSection(new URL('../../../docs/benchmarks.md', import.meta.url), 'ovsdb', body);
say(body);
