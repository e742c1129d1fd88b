/** `npm run bench -- gateways`: how long packets stand still when a part of the cluster fails, on a lab, written to docs/benchmarks.md. */
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { resources, type KubeObject, type Pod } from '@kube-ovn/api';
import { table, writeSection } from '@kube-ovn/tools/benchmark-section';
import { type Layout, layoutOf, type NodeLayout } from '../src/infra/layout.ts';
import { inNamespace, runTool } from '../src/infra/tool.ts';
import { type Lab, startLab } from '../src/lab/lab.ts';
import { speaker } from '../src/lab/programs.ts';
import { Router } from '../test/cluster/bgp-router.ts';
import { becomesReady, eventually, leader, namespaceObject, netnsOf, subnet } from '../test/cluster/support.ts';
import { type PacketStream, startPackets } from './outage.ts';
import { monotonicMs } from './probe-stream.ts';
import { machine, ms, percentile } from './statistics.ts';

const ROUNDS = 3;
const QUIET_MS = 2_500;
const AWAY_MS = 5_000;
const SETTLE_MS = 9_000;
const RETURNED_MS = 2_000;
/** Answers may still be on their way. */
const LATE_MS = 500;
const UDP = 8081;
const NAMESPACE = 'bench';
const CENTRAL = 'central';
const DOCUMENT = new URL('../../../docs/benchmarks.md', import.meta.url);

const BGP = 'bgp';
const BGP_BLOCK = '10.94.0.0/24';
/** The speakers that the router knows, and how much it prefers each. */
const SPEAKERS = { node1: 200, node3: 100 } as const;

const PATHS = ['centralized', 'distributed', 'between pods', 'from outside, by BGP'] as const;
type Path = (typeof PATHS)[number];

interface Failure {
  readonly name: string;
  /** Returns what makes it good again. */
  readonly fail: (lab: Lab) => Promise<() => Promise<unknown>>;
}

const killed =
  (id: string): Failure['fail'] =>
  async ({ supervisor }) => {
    const spec = await supervisor.kill(id);
    return () => (spec === undefined ? Promise.resolve() : supervisor.start(spec));
  };
const link = (lab: Lab, state: 'up' | 'down'): Promise<unknown> =>
  runTool(inNamespace(lab.layout.underlayNamespace, ['ip', 'link', 'set', 'ul1', state]));
const cordon = ({ client }: Lab, isCordoned: boolean): Promise<unknown> =>
  client.patch(resources.node, 'node1', { spec: { unschedulable: isCordoned ? true : null } });

function nodeOf({ nodeList }: Layout, node: string): NodeLayout {
  const found = nodeList.find(({ name }) => name === node);
  if (found === undefined) throw new Error(`the lab has no ${node}`);
  return found;
}

/** The speaker starts another one at once. */
async function killBird({ layout }: Lab): Promise<() => Promise<void>> {
  const { dir } = nodeOf(layout, 'node1');
  const pid = Number(readFileSync(join(dir, 'speaker', 'bird.pid'), 'utf8'));
  if (!(pid > 1)) throw new Error('no BIRD on the gateway node');
  process.kill(pid, 'SIGKILL');
  return () => Promise.resolve();
}

/** Of node1, the gateway node, or of the centre. */
const FAILURES: readonly Failure[] = [
  { name: 'gateway node: drained (cordoned)', fail: async (lab) => (await cordon(lab, true), () => cordon(lab, false)) },
  { name: 'gateway node: ovn-controller killed', fail: killed('node1-ovn-controller') },
  { name: 'gateway node: ovs-vswitchd killed', fail: killed('node1-vswitchd') },
  { name: 'gateway node: link down', fail: async (lab) => (await link(lab, 'down'), () => link(lab, 'up')) },
  { name: 'gateway node: daemon killed', fail: killed('node1-daemon') },
  { name: 'own node: ovn-controller killed', fail: killed('node2-ovn-controller') },
  { name: 'own node: ovs-vswitchd killed', fail: killed('node2-vswitchd') },
  { name: 'gateway node: BIRD killed', fail: killBird },
  { name: 'gateway node: speaker killed', fail: killed('node1-speaker') },
  { name: 'controller that leads killed', fail: async (lab) => killed((await leader(lab)).id)(lab) },
  { name: 'ovn-northd killed', fail: killed('central-northd') },
];

/** By path, one for each round: while it was away, and after it came back. */
type Measured = ReadonlyMap<Path, { readonly away: number[]; readonly back: number[] }>;

async function measure(lab: Lab, { fail, name }: Failure, streams: ReadonlyMap<Path, PacketStream>): Promise<Measured> {
  const measured = new Map(PATHS.map((path) => [path, { away: [] as number[], back: [] as number[] }]));
  for (let round = 0; round < ROUNDS; round += 1) {
    await pause(QUIET_MS);
    const start = monotonicMs();
    const mend = await fail(lab);
    await pause(AWAY_MS);
    const mended = monotonicMs();
    await mend();
    await pause(SETTLE_MS);
    await eventually(
      'node1 is the gateway again',
      async () => (await lab.client.get(resources.subnet, CENTRAL)).status?.activateGateway === 'node1',
    );
    // traffic has returned by now, and what that cost is told as well
    await pause(RETURNED_MS);
    const end = monotonicMs() - LATE_MS;
    for (const [path, stream] of streams) {
      measured.get(path)?.away.push(stream.outage(start, mended).longestMs);
      measured.get(path)?.back.push(stream.outage(mended, end).longestMs);
    }
  }
  process.stderr.write(
    `${name}: ${[...measured].map(([path, { away, back }]) => `${path} ${away.map(ms).join(' ')} / ${back.map(ms).join(' ')}`).join('; ')}\n`,
  );
  return measured;
}

async function startPod(lab: Lab, name: string, node: string, annotations: Readonly<Record<string, string>> = {}): Promise<Pod> {
  await lab.client.create(resources.pod, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: NAMESPACE, annotations },
    spec: { nodeName: node, containers: [{ name: 'main', image: 'agnhost', args: ['netexec', `--udp-port=${UDP}`] }] },
  } as KubeObject);
  return becomesReady(lab, { namespace: NAMESPACE, name });
}

function report(results: ReadonlyMap<string, Measured>, load: number): string {
  const cell = (values: readonly number[]): string => `${ms(percentile(values, 0.5))} (${ms(Math.max(...values))})`;
  const rows = [...results].map(([failure, measured]) => [
    failure,
    ...PATHS.flatMap((path) => {
      const { away = [], back = [] } = measured.get(path) ?? {};
      return [cell(away), cell(back)];
    }),
  ]);
  const head = ['failure', ...PATHS.flatMap((path) => [`${path}: at the failure`, 'at its return'])];
  return `## gateways

\`npm run bench -- gateways\` on ${machine()}; other work had the machine at a load of ${load.toFixed(1)} when it began. In a lab of three
nodes a pod sends a datagram each millisecond. Milliseconds from the first one without an answer to the next one that got one, of the
longest such run: the median of ${ROUNDS} failures, and the longest in brackets. A part that is killed is away for ${AWAY_MS / 1000} s.
"Centralized" goes from a pod on node3 to a host outside, by gateway node node1 with node2 behind it; "distributed" from a pod on node2 to that host;
"between pods" from node2 to node3; "from outside, by BGP" from a router to a pod on node2, which it knows of by the speakers of
node1, which it prefers, and node3, with graceful restart and BFD. Target: less than 500 ms when ovs-vswitchd of a gateway node is killed, 0 when it is drained.

${table(head, rows)}
`;
}

/** A router outside that knows of the pods of a Subnet by two speakers, and goes by the gateway node as long as it may. */
async function startBgp(lab: Lab): Promise<Router> {
  const { layout, supervisor } = lab;
  const router = new Router(lab);
  const peers = Object.entries(SPEAKERS).map(([name, preference]) => ({ node: nodeOf(layout, name), preference }));
  await router.start(peers.map((peer) => ({ ...peer, over: 4, passive: true, bfd: true })));
  const flags = `--cluster-as 65000 --neighbor-as 65001 --neighbor-address ${layout.outside.underlayAddress} --graceful-restart --enable-bfd --bfd-min-tx 300 --bfd-min-rx 300`;
  for (const { node } of peers)
    await supervisor.start(speaker(node, { kubeconfig: join(layout.dir, 'node.kubeconfig'), flags: flags.split(' ') }));
  await eventually('the router knows the Subnet by both, and goes by node1', async () => {
    const known = await router.ask('show', 'route', 'all');
    return Object.keys(SPEAKERS).every((name) => known.includes(`${name}_v4`)) && (await router.ways(BGP_BLOCK)) === 'node1';
  });
  return router;
}

const say = (text: string): void => void process.stderr.write(`${text}\n`);
const [loadBefore = Number.NaN] = loadavg();
const lab = await startLab({ layout: layoutOf({ name: 'benchg', nodes: 3, raft: false, families: 'ipv4' }), progress: say });
const streams = new Map<Path, PacketStream>();
let router: Router | undefined;
try {
  const spec = { cidrBlock: '10.95.0.0/24', gatewayType: 'centralized', gatewayNode: 'node1,node2', natOutgoing: true };
  await lab.client.create(resources.namespace, namespaceObject(NAMESPACE));
  await lab.client.create(resources.subnet, subnet(CENTRAL, spec));
  await eventually(
    'node1 is the gateway',
    async () => (await lab.client.get(resources.subnet, CENTRAL)).status?.activateGateway === 'node1',
  );
  const central = await startPod(lab, 'central', 'node3', { 'ovn.kubernetes.io/logical_switch': CENTRAL });
  const distributed = await startPod(lab, 'distributed', 'node2');
  const peer = await startPod(lab, 'peer', 'node3');
  const bgpSpec = {
    ...subnet(BGP, { cidrBlock: BGP_BLOCK }),
    metadata: { name: BGP, annotations: { 'ovn.kubernetes.io/bgp': 'cluster' } },
  };
  await lab.client.create(resources.subnet, bgpSpec);
  const announced = await startPod(lab, 'announced', 'node2', { 'ovn.kubernetes.io/logical_switch': BGP });
  router = await startBgp(lab);
  const outside = { address: lab.layout.outside.host, udpPort: UDP };
  streams.set('centralized', startPackets(netnsOf(lab, central), outside));
  streams.set('distributed', startPackets(netnsOf(lab, distributed), outside));
  streams.set('between pods', startPackets(netnsOf(lab, distributed), { address: peer.status?.podIP ?? '', udpPort: UDP }));
  const routerNetns = `/run/netns/${lab.layout.outside.namespace}`;
  streams.set('from outside, by BGP', startPackets(routerNetns, { address: announced.status?.podIP ?? '', udpPort: UDP }));
  await pause(QUIET_MS);
  const results = new Map<string, Measured>();
  for (const failure of FAILURES) results.set(failure.name, await measure(lab, failure, streams));
  const body = report(results, loadBefore);
  writeSection(DOCUMENT, 'gateways', body);
  process.stdout.write(body);
} finally {
  for (const stream of streams.values()) await stream.stop();
  for (const name of Object.keys(SPEAKERS)) await lab.supervisor.stop(`${name}-speaker`);
  await router?.stop();
  await lab.stop();
}
