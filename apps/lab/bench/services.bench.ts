/** `npm run bench -- services`: what services and their endpoints cost, on a lab, written to docs/benchmarks.md. */
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { resources } from '@kube-ovn/api';
import { tables } from '@kube-ovn/ovn-model';
import { type DatabaseClient, named, operationsOn, rowsOf, selectionOf } from '@kube-ovn/ovsdb';
import { openDatabase } from '@kube-ovn/ovsdb/node';
import { table, writeSection } from '@kube-ovn/tools/benchmark-section';
import { centralRemotes, layoutOf } from '../src/infra/layout.ts';
import { type Lab, startLab } from '../src/lab/lab.ts';
import { eventually, leader, metric, namespaceObject, nbctl, runningPid } from '../test/cluster/support.ts';
import { connectionRates, type Rates } from './connection-rate.ts';
import { type FlowWatch, watchFlows } from './flow-watch.ts';
import { backendAddress, createServices, sliceOf } from './many-services.ts';
import { monotonicMs } from './probe-stream.ts';
import { machine, ms, percentile } from './statistics.ts';

const SERVICES = 1000;
const ENDPOINTS = 10;
const ROUNDS = 100;
/** Changes without a pause, for what they cost in CPU time. */
const ROW = 200;
const NAMESPACE = 'bench';
const BY_HAND = 'bench-by-hand';
const DOCUMENT = new URL('../../../docs/benchmarks.md', import.meta.url);
const { loadBalancer, logicalSwitch } = tables;

/** Milliseconds. */
interface Samples {
  /** From the write of the EndpointSlice at the API until the last node has the flows. */
  readonly whole: number[];
  /** Of that, until the transaction is in the Northbound database. */
  readonly committed: number[];
  /** From a transaction by hand with the same change until the last node has the flows. */
  readonly ovn: number[];
}

/** CPU time of a process so far, in milliseconds. @source proc(5), stat: utime and stime in hundredths of a second */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

interface Cost {
  readonly controller: number;
  readonly northd: number;
  readonly ovnController: number;
  readonly daemon: number;
  readonly operations: number;
  readonly transactions: number;
}

async function costOf(lab: Lab, work: () => Promise<unknown>): Promise<Cost> {
  const leading = await leader(lab);
  const look = async (): Promise<Cost> => ({
    controller: cpuMs(runningPid(lab, leading.id)),
    northd: cpuMs(runningPid(lab, 'central-northd')),
    ovnController: cpuMs(runningPid(lab, 'node1-ovn-controller')),
    daemon: cpuMs(runningPid(lab, 'node1-daemon')),
    operations: await metric(leading, 'ovn_operations_total'),
    transactions: await metric(leading, 'ovn_transactions_total'),
  });
  const before = await look();
  await work();
  const after = await look();
  return {
    controller: after.controller - before.controller,
    northd: after.northd - before.northd,
    ovnController: after.ovnController - before.ovnController,
    daemon: after.daemon - before.daemon,
    operations: after.operations - before.operations,
    transactions: after.transactions - before.transactions,
  };
}

/** Replaces one endpoint after the other: by the API, or by hand in a row that is nobody's. */
class Changes {
  #fresh = SERVICES * ENDPOINTS;
  readonly #lab: Lab;
  readonly #northbound: DatabaseClient;
  readonly #endpoints: string[][];
  #hand: readonly string[] = [];

  constructor(lab: Lab, northbound: DatabaseClient, endpoints: string[][]) {
    [this.#lab, this.#northbound, this.#endpoints] = [lab, northbound, endpoints];
  }

  /** @returns the address of the new endpoint, and the write */
  byApi(): { readonly address: string; readonly write: () => Promise<unknown> } {
    const address = backendAddress(this.#fresh++);
    const index = (this.#fresh * 7) % SERVICES;
    const addresses = [...(this.#endpoints[index] ?? []).slice(1), address];
    this.#endpoints[index] = addresses;
    const { metadata, endpoints } = sliceOf(NAMESPACE, index, addresses);
    return { address, write: () => this.#lab.client.patch(resources.endpointSlice, `${NAMESPACE}/${metadata.name}`, { endpoints }) };
  }

  byHand(): ReturnType<Changes['byApi']> {
    const address = backendAddress(this.#fresh++);
    this.#hand = [...this.#hand.slice(1 - ENDPOINTS), address];
    const vips = new Map([['10.98.0.1:80', this.#hand.map((each) => `${each}:8080`).join()]]);
    return { address, write: () => this.#northbound.transact([operationsOn(loadBalancer).update([['name', '==', BY_HAND]], { vips })]) };
  }
}

async function putByHand(northbound: DatabaseClient): Promise<void> {
  const insert = operationsOn(loadBalancer).insert({ name: BY_HAND, protocol: 'tcp' }, 'hand');
  const attach = operationsOn(logicalSwitch).mutate([['name', '==', 'ovn-default']], [['load_balancer', 'insert', [named('hand')]]]);
  await northbound.transact([insert, attach]);
}

async function latencies(changes: Changes, flows: FlowWatch, northbound: DatabaseClient): Promise<Samples> {
  const samples: Samples = { whole: [], committed: [], ovn: [] };
  const commits: number[] = [];
  northbound.replica.onChange(() => commits.push(monotonicMs()));
  for (let round = 0; round < ROUNDS; round += 1)
    for (const { way, change } of [
      { way: 'api', change: changes.byApi() },
      { way: 'hand', change: changes.byHand() },
    ]) {
      await pause(50 + Math.random() * 100);
      commits.length = 0;
      const start = monotonicMs();
      const [end] = await Promise.all([flows.lastNodeHas(change.address), change.write()]);
      samples[way === 'api' ? 'whole' : 'ovn'].push(end - start);
      if (way === 'api') samples.committed.push((commits[0] ?? Number.NaN) - start);
    }
  return samples;
}

interface Results {
  readonly made: Cost;
  readonly madeMs: number;
  readonly samples: Samples;
  readonly row: Cost;
  readonly rowByHand: Cost;
  readonly rates: { readonly pod: Rates; readonly node: Rates };
}

async function measure(lab: Lab): Promise<Results> {
  await using northbound = openDatabase({
    remotes: centralRemotes(lab.layout, 'nb'),
    database: 'OVN_Northbound',
    tables: selectionOf([loadBalancer]),
  });
  await northbound.replica.waitFor(({ state }) => state.name === 'live', 10_000);
  await lab.client.create(resources.namespace, namespaceObject(NAMESPACE));
  const rates = await connectionRates(lab, NAMESPACE);
  say(`connections: ${JSON.stringify(rates)}`);

  const endpoints: string[][] = [];
  const start = monotonicMs();
  const made = await costOf(lab, async () => {
    endpoints.push(...(await createServices(lab, NAMESPACE, { services: SERVICES, endpoints: ENDPOINTS })));
    await eventually(
      'all are in OVN',
      () => [...rowsOf(northbound.replica, loadBalancer)].filter(({ name }) => name.startsWith(`${NAMESPACE}/many-`)).length === SERVICES,
      120_000,
    );
    await nbctl(lab, '--wait=hv', 'sync');
  });
  const madeMs = monotonicMs() - start;
  say(`${SERVICES} services: ${madeMs} ms, ${JSON.stringify(made)}`);

  await putByHand(northbound);
  const changes = new Changes(lab, northbound, endpoints);
  const flows = watchFlows(lab.layout.nodeList);
  try {
    await pause(3_000);
    const inARow = (next: () => ReturnType<Changes['byApi']>) => async (): Promise<void> => {
      let last = '';
      for (let index = 0; index < ROW; index += 1) {
        const { address, write } = next();
        last = address;
        await write();
      }
      await flows.lastNodeHas(last);
      await nbctl(lab, '--wait=hv', 'sync');
      await pause(2_000);
    };
    const samples = await latencies(changes, flows, northbound);
    say(`latencies: ${percentile(samples.whole, 0.5)} ${percentile(samples.ovn, 0.5)}`);
    const row = await costOf(
      lab,
      inARow(() => changes.byApi()),
    );
    const rowByHand = await costOf(
      lab,
      inARow(() => changes.byHand()),
    );
    return { made, madeMs, samples, row, rowByHand, rates };
  } finally {
    await flows.stop();
  }
}

function report({ made, madeMs, samples, row, rowByHand, rates }: Results, load: number): string {
  const pair = (values: readonly number[]): readonly string[] => [ms(percentile(values, 0.5)), ms(percentile(values, 0.99))];
  const each = (total: number, count: number): string => (total / count).toFixed(2);
  const costs = ({ operations, transactions, controller, northd, ovnController, daemon }: Cost, count: number): readonly string[] => [
    each(operations, count),
    each(transactions, count),
    ...[controller, northd, ovnController, daemon].map((total) => each(total, count)),
  ];
  const way = (name: string, { direct, service, failed }: Rates): readonly string[] => [
    name,
    direct.toFixed(0),
    service.toFixed(0),
    `${Math.round((100 * service) / direct)} %`,
    ...failed.map(String),
  ];
  return `## services

\`npm run bench -- services\` on ${machine()}; other work had the machine at a load of ${load.toFixed(1)} when it began. A lab of three nodes, which all share the machine
with OVN's central part, the API server and the controllers; the datapath is in user space. There are ${SERVICES.toLocaleString('en')} services with ${ENDPOINTS} endpoints each.

One endpoint of one service is replaced by another one. Milliseconds from the write of the EndpointSlice at the API until the last of the three nodes
has the flows of the new endpoint. OVN's own part is the same change to a row of a load balancer that is nobody's, sent to the Northbound
database by a client that is connected already, in turn with the others. ${ROUNDS} changes each:

${table(
  ['', 'p50, ms', 'p99, ms'],
  [
    ['EndpointSlice written until the last node has the flows', ...pair(samples.whole)],
    ['of that, until the transaction is in the Northbound database', ...pair(samples.committed)],
    ["OVN's own: transaction sent until the last node has the flows", ...pair(samples.ovn)],
  ],
)}

What one service, or one change, costs: operations and transactions of the controller, and CPU time in milliseconds. "In a row" are ${ROW} changes
without a pause, in services one after the other:

${table(
  ['', 'operations', 'transactions', 'controller', 'ovn-northd', 'ovn-controller of one node', 'daemon of one node'],
  [
    [`a service that is made (${SERVICES.toLocaleString('en')} in ${(madeMs / 1000).toFixed(1)} s)`, ...costs(made, SERVICES)],
    ['an endpoint that is replaced, in a row', ...costs(row, ROW)],
    ['the same by hand in a row that is nobody’s', ...costs(rowByHand, ROW)],
  ],
)}

New connections a second, each asks one thing by HTTP and ends; 8 at once, to ten pods on all nodes. "Direct" asks the pods in turn by their own
addresses. The median of five rounds, in which the two take turns:

${table(
  ['from', 'direct', 'by the service', 'share', 'direct, without an answer', 'by the service, without an answer'],
  [way('a pod (OVN chooses)', rates.pod), way('a node (nftables chooses)', rates.node)],
)}
`;
}

const say = (text: string): void => void process.stderr.write(`${text}\n`);
const [loadBefore = Number.NaN] = loadavg();
const lab = await startLab({ layout: layoutOf({ name: 'benchs', nodes: 3, raft: false, families: 'ipv4' }), progress: say });
try {
  const body = report(await measure(lab), loadBefore);
  writeSection(DOCUMENT, 'services', body);
  process.stdout.write(body);
} finally {
  await lab.stop();
}
