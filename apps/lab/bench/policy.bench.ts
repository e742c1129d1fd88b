/** The last part of `npm run bench -- policy`: from a write at the API until packets obey, on a lab, written to docs/benchmarks.md. */
import { loadavg } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { resources, type KubeObject, type NetworkPolicy } from '@kube-ovn/api';
import { tables } from '@kube-ovn/ovn-model';
import { rowsOf, selectionOf, type Operation } from '@kube-ovn/ovsdb';
import { openDatabase } from '@kube-ovn/ovsdb/node';
import { table, writeSection } from '@kube-ovn/tools/benchmark-section';
import { centralRemotes, layoutOf } from '../src/infra/layout.ts';
import { type Lab, startLab } from '../src/lab/lab.ts';
import { becomesReady, eventually, namespaceObject, netnsOf } from '../test/cluster/support.ts';
import { copyOfPolicies } from './policy-copy.ts';
import { monotonicMs, type ProbeStream, startProbes } from './probe-stream.ts';
import { machine, ms, percentile } from './statistics.ts';

const ROUNDS = 100;
/** Rounds of one kind before those of the other. */
const BLOCK = 10;
const TARGET_MS = 100;
const NAMESPACE = 'bench';
const UDP = 8081;
const DOCUMENT = new URL('../../../docs/benchmarks.md', import.meta.url);

const CHANGES = [
  'policy created: packets stop',
  'policy deleted: packets pass',
  'label gone: packets stop',
  'label back: packets pass',
] as const;
type Change = (typeof CHANGES)[number];

/** Milliseconds. */
interface Samples {
  /** From the write at the API until packets obey. */
  readonly whole: number[];
  /** Of that, until the transaction is in the Northbound database. */
  readonly controller: number[];
  /** From the same transaction, sent to the Northbound database, until packets obey. */
  readonly ovn: number[];
}

const policy: NetworkPolicy = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'friends', namespace: NAMESPACE },
  spec: { podSelector: { matchLabels: { app: 'server' } }, ingress: [{ from: [{ podSelector: { matchLabels: { friend: 'yes' } } }] }] },
};

async function startPod(lab: Lab, name: string, node: string) {
  await lab.client.create(resources.pod, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: NAMESPACE, labels: { app: name } },
    spec: { nodeName: node, containers: [{ name: 'main', image: 'agnhost', args: ['netexec', `--udp-port=${UDP}`] }] },
  } as KubeObject);
  return becomesReady(lab, { namespace: NAMESPACE, name });
}

async function measure(lab: Lab, probes: ProbeStream): Promise<ReadonlyMap<Change, Samples>> {
  const { client } = lab;
  const { acl, portGroup, logicalSwitchPort } = tables;
  await using northbound = openDatabase({
    remotes: centralRemotes(lab.layout, 'nb'),
    database: 'OVN_Northbound',
    tables: selectionOf([acl, portGroup, logicalSwitchPort]),
  });
  const { replica } = northbound;
  await replica.waitFor(({ state }) => state.name === 'live', 10_000);
  const commits: number[] = [];
  replica.onChange(() => commits.push(monotonicMs()));
  const samples = new Map(CHANGES.map((change): [Change, Samples] => [change, { whole: [], controller: [], ovn: [] }]));
  const obeyed = async (change: Change, work: () => Promise<unknown>): Promise<{ readonly start: number; readonly end: number }> => {
    await pause(50 + Math.random() * 100);
    commits.length = 0;
    const start = monotonicMs();
    const done = work();
    const end = await (change.endsWith('stop') ? probes.closedSince(start) : probes.openSince(start));
    await done;
    return { start, end };
  };
  const byApi = async (change: Change, work: () => Promise<unknown>): Promise<void> => {
    const { start, end } = await obeyed(change, work);
    const committed = await eventually('the transaction is told to this client too', () => commits[0]);
    samples.get(change)?.whole.push(end - start);
    samples.get(change)?.controller.push(committed - start);
  };
  const byOvn = async (change: Change, operations: readonly Operation[]): Promise<void> => {
    const { start, end } = await obeyed(change, () => northbound.transact(operations));
    samples.get(change)?.ovn.push(end - start);
  };
  const create = (): Promise<unknown> => client.create(resources.networkPolicy, policy);
  const remove = (): Promise<unknown> => client.delete(resources.networkPolicy, `${NAMESPACE}/friends`);
  const label = (friend: string | null): Promise<unknown> =>
    client.patch(resources.pod, `${NAMESPACE}/asker`, { metadata: { labels: { friend } } });

  const groups = (): readonly string[] => [...rowsOf(replica, portGroup)].map(({ name }) => name);
  const others = new Set(groups());
  // With the asker a friend, the rows of the policy are those that are copied.
  await label('yes');
  await create();
  const [peer] = [...rowsOf(replica, logicalSwitchPort)].filter(({ name }) => name === `asker.${NAMESPACE}`);
  if (peer === undefined) throw new Error('the asker has no port');
  const copy = await eventually('the friend is in a group', () => {
    const made = copyOfPolicies(replica, { others, peer: peer._uuid });
    return made.join.length === 1 ? made : undefined;
  });
  await remove();
  await eventually('the groups are gone', () => groups().every((name) => others.has(name)));

  for (let round = 0; round < ROUNDS; round += BLOCK) {
    await label(null);
    const withoutPeer = [...copy.put, ...copy.leave];
    for (let index = 0; index < BLOCK; index += 1) {
      await byApi('policy created: packets stop', create);
      await byApi('policy deleted: packets pass', remove);
      await byOvn('policy created: packets stop', withoutPeer);
      await byOvn('policy deleted: packets pass', copy.take);
    }
    await label('yes');
    await create();
    await pause(500);
    for (let index = 0; index < BLOCK; index += 1) {
      await byApi('label gone: packets stop', () => label(null));
      await byApi('label back: packets pass', () => label('yes'));
    }
    await remove();
    await northbound.transact(copy.put);
    await pause(500);
    for (let index = 0; index < BLOCK; index += 1) {
      await byOvn('label gone: packets stop', copy.leave);
      await byOvn('label back: packets pass', copy.join);
    }
    await northbound.transact(copy.take);
    await pause(500);
    process.stderr.write(`${round + BLOCK} of ${ROUNDS} rounds\n`);
  }
  return samples;
}

function report(samples: ReadonlyMap<Change, Samples>, load: number): string {
  const pair = (values: readonly number[]): readonly string[] => [ms(percentile(values, 0.5)), ms(percentile(values, 0.99))];
  const rows = [...samples].map(([change, { whole, ovn, controller }]) => {
    const beyond = percentile(whole, 0.99) - percentile(ovn, 0.99);
    const verdict = `${ms(beyond)}, ${beyond < TARGET_MS ? 'met' : 'missed'}`;
    return [change, ...pair(whole), ...pair(ovn), ms(percentile(whole, 0.5) - percentile(ovn, 0.5)), verdict, ...pair(controller)];
  });
  const head = ['change', 'whole, p50', 'p99', 'OVN’s own, p50', 'p99', 'beyond OVN’s own, p50', 'p99', 'until committed, p50', 'p99'];
  return `## policy, until packets obey

Part of \`npm run bench -- policy\`, on ${machine()}; other work had the
machine at a load of ${load.toFixed(1)} when it began. In a lab of three nodes, a datagram is sent every 2 ms from a pod to one on another
node. Milliseconds from the write that is sent to the API server until the first packet that obeys: the first without an answer, or the
first answer. OVN's own part is the same transaction, sent to the Northbound database by a client that is connected already, in turn with
the others; "until committed" is the time from the write to the API until the transaction of the controller is in that database.
${ROUNDS} changes of each kind; target: less than ${TARGET_MS} ms beyond OVN's own, at p99.

${table(head, rows)}
`;
}

const say = (text: string): void => void process.stderr.write(`${text}\n`);
const [loadBefore = Number.NaN] = loadavg();
const lab = await startLab({ layout: layoutOf({ name: 'benchp', nodes: 3, raft: false, families: 'ipv4' }), progress: say });
try {
  await lab.client.create(resources.namespace, namespaceObject(NAMESPACE));
  const server = await startPod(lab, 'server', 'node1');
  const asker = await startPod(lab, 'asker', 'node2');
  const probes = startProbes(netnsOf(lab, asker), { address: server.status?.podIP ?? '', udpPort: UDP });
  try {
    await probes.openSince(0);
    const body = report(await measure(lab, probes), loadBefore);
    writeSection(DOCUMENT, 'policy-enforcement', body);
    process.stdout.write(body);
  } finally {
    await probes.stop();
  }
} finally {
  await lab.stop();
}
