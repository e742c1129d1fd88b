/** `npm run bench -- lab`: what a pod costs, measured on a lab of three nodes, written to docs/benchmarks.md. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { resources } from '@kube-ovn/api';
import { table, writeSection } from '@kube-ovn/tools/benchmark-section';
import { layoutOf, NETNS_DIR } from '../src/infra/layout.ts';
import { type Lab, startLab } from '../src/lab/lab.ts';
import { burst, type BurstTimes } from './burst.ts';
import { scraperIn } from './metrics.ts';
import { type AddTimes, type CniBench, measureAdd, measureProcess, measureStatus } from './cni-add.ts';
import { machine, ms, percentile } from './statistics.ts';

const ADDS = 100;
const WARM_UP = 10;
const BURST = 200;
const NAMESPACE = 'bench';
const PLUGIN = fileURLToPath(new URL('../../cni/dist/kube-ovn', import.meta.url));
const DOCUMENT = new URL('../../../docs/benchmarks.md', import.meta.url);

interface Memory {
  readonly leader: number;
  readonly standby: number;
  readonly daemon: number;
}

const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

async function repeat<T>(count: number, work: (index: number) => Promise<T>): Promise<readonly T[]> {
  const results: T[] = [];
  for (let index = 0; index < count; index += 1) results.push(await work(index));
  return results;
}

function residentBytes(pid: number | undefined): number {
  if (pid === undefined) return Number.NaN;
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}

async function memoryOf(lab: Lab): Promise<Memory> {
  const lease = await lab.client.get(resources.lease, 'kube-system/kube-ovn-controller');
  const leads = lease.spec?.holderIdentity?.startsWith('kube-ovn-controller-2') === true ? 2 : 1;
  const { supervisor } = lab;
  return {
    leader: residentBytes(supervisor.pid(`controller-${leads}`)),
    standby: residentBytes(supervisor.pid(`controller-${3 - leads}`)),
    daemon: Math.max(...lab.layout.nodeList.map((node) => residentBytes(supervisor.pid(`${node.name}-daemon`)))),
  };
}

function addTable(adds: readonly AddTimes[]): string {
  const parts = [
    ['whole ADD', 'total'],
    ['shim: process start and round trip', 'shim'],
    ['address: allocation, IP object, OVN transaction, annotation', 'address'],
    ['OVN: until ovn-controller has installed the port', 'ovn'],
    ['plumbing: links, addresses, probes, gateway check', 'plumbing'],
  ] as const;
  const total = percentile(
    adds.map((add) => add.total),
    0.5,
  );
  return table(
    ['part of CNI ADD', 'p50, ms', 'p99, ms', 'share of the whole'],
    parts.map(([name, part]) => {
      const values = adds.map((add) => add[part]);
      const median = percentile(values, 0.5);
      return [name, ms(median), ms(percentile(values, 0.99)), `${Math.round((100 * median) / total)} %`];
    }),
  );
}

interface Results {
  readonly adds: readonly AddTimes[];
  readonly statuses: readonly number[];
  readonly processes: readonly number[];
  readonly times: BurstTimes;
  readonly before: Memory;
  readonly after: Memory;
  readonly tookMs: number;
}

function report({ adds, statuses, processes, times, before, after, tookMs }: Results): string {
  const [status, floor] = [percentile(statuses, 0.5), percentile(processes, 0.5)];
  const perSecond = (duration: number): string => ((BURST * 1000) / duration).toFixed(1);
  return `## lab

\`npm run bench -- lab\` on ${machine()}; ${Math.round(tookMs / 1000)} s.
Three nodes, the API server, kubelets and controllers all share this machine; the datapath is in user space.

One pod at a time, ${adds.length} pods, ADD called as soon as the pod is created:

${addTable(adds)}

A call that the daemon answers at once (STATUS) takes ${ms(status)} ms, ${(status / floor).toFixed(1)} times what starting and ending \`/bin/true\` takes (${ms(floor)} ms).

${BURST} pods created at once, spread over three nodes:

${table(
  ['until the last one', 's', 'pods per second'],
  [
    ['has its address in OVN and in its annotations', (times.allocatedMs / 1000).toFixed(2), perSecond(times.allocatedMs)],
    ['is Ready, its process started', (times.readyMs / 1000).toFixed(2), perSecond(times.readyMs)],
    ['is gone again after deletion', (times.goneMs / 1000).toFixed(2), perSecond(times.goneMs)],
  ],
)}

${table(
  ['resident memory', 'before the burst', `with ${BURST} pods created and deleted`],
  [
    ['controller, leader', mib(before.leader), mib(after.leader)],
    ['controller, standby', mib(before.standby), mib(after.standby)],
    ['daemon, the largest of three', mib(before.daemon), mib(after.daemon)],
  ],
)}`;
}

const started = performance.now();
const say = (text: string): void => void process.stderr.write(`${text}\n`);
const lab = await startLab({ layout: layoutOf({ name: 'bench', nodes: 3, raft: false, families: 'ipv4' }), progress: say });
try {
  const node = lab.layout.nodeList[0];
  if (node === undefined) throw new Error('bug: a lab without nodes');
  await lab.client.create(resources.namespace, { metadata: { name: NAMESPACE } });
  const before = await memoryOf(lab);
  say(`a burst of ${BURST} pods`);
  const times = await burst(lab.client, NAMESPACE, BURST);
  const after = await memoryOf(lab);
  await lab.supervisor.stop(`${node.name}-kubelet`); // its part is played by this program
  using scraper = scraperIn(`${NETNS_DIR}/${node.namespace}`);
  const bench: CniBench = { lab, node, plugin: PLUGIN, namespace: NAMESPACE, scraper };
  say(`${ADDS} pods, one after the other, ADD and DEL`);
  await repeat(WARM_UP, (index) => measureAdd(bench, index));
  const adds = await repeat(ADDS, (index) => measureAdd(bench, WARM_UP + index));
  const statuses = await repeat(ADDS, () => measureStatus(bench));
  const processes = await repeat(ADDS, measureProcess);
  const body = report({ adds, statuses, processes, times, before, after, tookMs: performance.now() - started });
  writeSection(DOCUMENT, 'lab', body);
  process.stdout.write(`${body}\n`);
} finally {
  await lab.stop();
}
