/**
 * docs/features/dpdk.md, with packets: a lab of two nodes of which one has DPDK, and pods on it that speak vhost-user. Needs root, 1.1 GiB of
 * memory for hugepages, which are given back, and two CPUs.
 */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { readInventory } from '@kube-ovn/datapath-dpdk/node';
import { mountsBelow } from '@kube-ovn/host';
import { resources, type Pod } from '@kube-ovn/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { layoutOf } from '../src/infra/layout.ts';
import { describeLeftovers, findLeftovers, linksWithLabNames } from '../src/infra/leftovers.ts';
import { runTool } from '../src/infra/tool.ts';
import { startLab, type Lab } from '../src/lab/lab.ts';
import { requireKubectl } from './apiserver/kubectl.ts';
import {
  becomesReady,
  disagreements,
  eventsOf,
  eventually,
  idlePod,
  kubectl,
  nodeOf,
  readyPod,
  remove,
  removeNamespaces,
  sandboxOf,
  vsctl,
} from './cluster/support.ts';
import { countersOf, DPDK_MANIFEST, prepareForDpdk, VhostPods, type Counters } from './cluster/vhost-pods.ts';
import { sweepDeadLabs, testLabName } from './names.ts';

const PROVIDER = 'dpdk.fast.ovn.kubernetes.io';
const layout = layoutOf({ name: testLabName('td'), nodes: 2, raft: false, families: 'ipv4' });
const linksBefore = linksWithLabNames();
const pagesNow = () => readInventory().numaNodes.map(({ hugepages }) => hugepages.map(({ total }) => total));
/** More packets than come about by themselves. */
const NOISE = 1000;
const SCRAPE = 'fetch(process.argv[1]).then((answer) => answer.text()).then((text) => process.stdout.write(text))';
/** From rows in the database to packets: some milliseconds. */
const TAKEN_UP_MS = 300;
/** Of dpdk-testpmd, in packets. */
const BURST = 32;
const BURSTS = 4;

describe('pods that speak vhost-user', () => {
  let running: Lab;
  const lab = (): Lab => running;
  const pagesBefore = pagesNow();
  const cleanup = new AsyncDisposableStack();
  const switched = () => nodeOf(lab(), 'node2');

  const pods = new VhostPods(lab, switched);
  const pod = (name: string): Promise<Pod> => pods.pod(name);
  const portOf = (name: string): Promise<string> => pods.portOf(name);
  const get = (name: string, column: string): Promise<string> => pods.get(name, column);
  const counters = (name: string): Promise<Counters> => pods.counters(name);
  const tell = (name: string, ...commands: readonly string[]): Promise<void> => pods.tell(name, ...commands);
  const isConnected = (): Promise<boolean> => pods.isConnected();
  /** What passes during a second. */
  const passing = async (name: string): Promise<Pick<Counters, 'received' | 'sent'>> => {
    const before = await counters(name);
    await pause(1000);
    const after = await counters(name);
    return { received: after.received - before.received, sent: after.sent - before.sent };
  };
  /** Packets of left arrive at right. */
  const isArriving = async (): Promise<boolean> => (await passing('right')).sent > NOISE;
  /** Mbit/s to a pod, over some seconds. */
  const delivered = async (name: string, seconds = 5): Promise<number> => {
    const [before, start] = [await counters(name), performance.now()];
    await pause(seconds * 1000);
    const { sentBytes } = await counters(name);
    return ((sentBytes - before.sentBytes) * 8) / 1e3 / (performance.now() - start);
  };
  const annotate = (name: string, annotations: Readonly<Record<string, string | null>>) =>
    lab().client.patch(resources.pod, `fast/${name}`, {
      metadata: { annotations: Object.fromEntries(Object.entries(annotations).map(([key, value]) => [`${PROVIDER}/${key}`, value])) },
    });
  const bandwidth = async (name: string): Promise<string> => (await pod(name)).metadata.annotations?.[`${PROVIDER}/bandwidth`] ?? '';

  beforeAll(async () => {
    await requireKubectl();
    await sweepDeadLabs();
    const { otherConfig, undo } = await prepareForDpdk();
    cleanup.defer(undo);
    running = await startLab({ layout, progress: () => undefined, dpdk: { node2: otherConfig } });
    cleanup.defer(() => running.stop());
  }, 120_000);

  afterAll(() => cleanup.disposeAsync(), 60_000);

  it('a node with DPDK says so by a label, an event and a metric; the other one does not', async () => {
    const label = async (name: string) => (await lab().client.get(resources.node, name)).metadata.labels?.['ovn.kubernetes.io/dpdk'];
    await eventually('label of node2', async () => (await label('node2')) === 'true');
    expect(await label('node1')).toBeUndefined();
    await eventually('event of node2', async () => (await eventsOf(lab(), 'Node', 'node2')).some(({ reason }) => reason === 'DPDKReady'));
    const url = `http://${switched().managementAddress}:10665/metrics`;
    const { stdout } = await runTool(['nsenter', `--net=/run/netns/${switched().namespace}`, '--', process.execPath, '-e', SCRAPE, url]);
    expect(stdout).toMatch(/^kube_ovn_dpdk_ready\{version="DPDK [^}]*\} 1$/m);
  }, 60_000);

  it('a pod on the other node is refused, with field, value, reason and the way out, and nothing is left of it', async () => {
    await kubectl(lab(), 'apply', '-f', DPDK_MANIFEST);
    const annotations = { 'k8s.v1.cni.cncf.io/networks': 'dpdk' };
    await lab().client.create(resources.pod, idlePod({ name: 'astray', namespace: 'fast', node: 'node1', annotations }));
    await eventually('refused', async () =>
      (await eventsOf(lab(), 'Pod', 'astray')).some(
        ({ message = '' }) =>
          message.includes('vhost_user_socket_volume_name "sockets"') &&
          message.includes('built without DPDK') &&
          message.includes('ovn.kubernetes.io/dpdk: "true"'),
      ),
    );
    await remove(lab(), resources.pod, 'fast/astray');
    const ports = await vsctl(nodeOf(lab(), 'node1'), '--bare', '--columns=name', 'find', 'Interface', 'external_ids:pod_name=astray');
    expect(ports.trim()).toBe('');
  }, 60_000);

  it('two pods are connected: ports by their sockets, which Open vSwitch finds in the volumes of the pods', async () => {
    await Promise.all(['left', 'right'].map((name) => becomesReady(lab(), { namespace: 'fast', name })));
    await eventually('connected', isConnected);
    const { uid = '' } = (await pod('left')).metadata;
    expect(await get('left', 'type')).toBe('dpdkvhostuserclient');
    expect(await get('left', 'options:vhost-server-path')).toBe(join(switched().dir, 'vhost', uid, 'sockets', 'net1'));
    expect(await get('left', 'external_ids:ovn-installed')).toBe('true');
    const status = JSON.parse((await pod('left')).metadata.annotations?.['k8s.v1.cni.cncf.io/network-status'] ?? '[]') as unknown;
    expect(status).toContainEqual(expect.objectContaining({ interface: 'net1', ips: ['10.123.0.10'], mac: '02:00:00:01:23:10' }));
    expect(await disagreements(lab())).toBe('');
  }, 60_000);

  it('the volume of a pod must be there, and is named when it is not', async () => {
    const annotations = { 'k8s.v1.cni.cncf.io/networks': 'dpdk' };
    await lab().client.create(resources.pod, idlePod({ name: 'bare', namespace: 'fast', node: 'node2', annotations }));
    await eventually('refused', async () =>
      (await eventsOf(lab(), 'Pod', 'bare')).some(({ message = '' }) => message.includes('"sockets" is no emptyDir volume of the pod')),
    );
    await remove(lab(), resources.pod, 'fast/bare');
    expect(mountsBelow(join(switched().dir, 'vhost')).filter((path) => path.includes('sockets'))).toHaveLength(2);
  }, 60_000);

  it('an ordinary pod of the other node pings a pod that speaks vhost-user', async () => {
    const config =
      '{"cniVersion":"1.0.0","type":"kube-ovn","server_socket":"/run/openvswitch/kube-ovn-daemon.sock","provider":"dpdk.fast.ovn"}';
    await lab().client.create(resources.networkAttachmentDefinition, { metadata: { name: 'plain', namespace: 'fast' }, spec: { config } });
    await readyPod(lab(), { name: 'plain', namespace: 'fast', node: 'node1', annotations: { 'k8s.v1.cni.cncf.io/networks': 'plain' } });
    await tell('left', 'set fwd icmpecho', 'start');
    const { netns = '' } = sandboxOf(lab(), { namespace: 'fast', name: 'plain' });
    const ping = () => runTool(['nsenter', `--net=${netns}`, '--', 'ping', '-q', '-c3', '-i0.2', '-W2', '10.123.0.10'], { accept: [0, 1] });
    await eventually('answers', async () => (await ping()).code === 0);
    expect((await ping()).stdout).toContain(' 0% packet loss');
    await tell('left', 'stop');
    await remove(lab(), resources.pod, 'fast/plain');
  }, 60_000);

  it('both exchange packets over their logical ports', async () => {
    // some packets, which each sends back to the other
    await tell('right', 'set fwd macswap', 'start');
    await tell('left', 'set fwd macswap', 'start tx_first 4');
    for (const name of ['left', 'right']) {
      await eventually(`packets of and to ${name}`, async () => {
        const { received, sent } = await passing(name);
        return received > NOISE && sent > NOISE;
      });
    }
    await tell('left', 'stop');
    await tell('right', 'stop', 'set fwd rxonly', 'start');
    await eventually('nothing more', async () => (await passing('right')).sent === 0);
    expect((await counters('right')).received).toBeGreaterThan(NOISE);
  }, 60_000);

  it('what one sends to the other is copied, each packet once, and nothing when the copies end', async () => {
    const copies = async (): Promise<number> => (await countersOf(switched(), 'mirror0', 'br-mirror')).sent;
    await annotate('right', { mirror: 'true' });
    await eventually('copies are made', async () => {
      const link = await runTool(['nsenter', `--net=/run/netns/${switched().namespace}`, '--', 'ip', '-br', 'link']);
      const rules = await runTool(['ovs-ofctl', 'dump-flows', `unix:${join(switched().dir, 'br-mirror.mgmt')}`], { accept: [0, 1] });
      return /^mirror0 .*[<,]UP[,>]/m.test(link.stdout) && [...rules.stdout.matchAll(/priority=100,/g)].length === 2;
    });
    await pause(TAKEN_UP_MS);
    await tell('left', 'set txpkts 1000', 'set fwd rxonly');
    const [before, copiesBefore] = [await counters('right'), await copies()];
    await tell('left', `start tx_first ${BURSTS}`);
    const arrived = async (): Promise<number> => (await counters('right')).sent - before.sent;
    await eventually('all arrive', async () => (await arrived()) >= BURSTS * BURST);
    expect([await arrived(), (await copies()) - copiesBefore]).toEqual([BURSTS * BURST, BURSTS * BURST]);
    await annotate('right', { mirror: null });
    await tell('left', 'stop');
    await eventually('no bridge for copies', async () => !(await vsctl(switched(), 'list-br')).includes('br-mirror'));
  }, 60_000);

  it('a NetworkPolicy drops them, and lets them pass again when it goes', async () => {
    const policy = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'closed', namespace: 'fast' },
      spec: { podSelector: { matchLabels: { side: 'right' } }, policyTypes: ['Ingress'] },
    } as const;
    await tell('left', 'set txpkts 1000', 'set fwd txonly', 'start');
    await eventually('packets arrive', isArriving);
    await lab().client.create(resources.networkPolicy, policy);
    await eventually('nothing arrives', async () => (await passing('right')).sent === 0);
    expect((await passing('left')).received).toBeGreaterThan(NOISE); // left goes on sending
    await remove(lab(), resources.networkPolicy, 'fast/closed');
    await eventually('packets arrive again', isArriving);
  }, 90_000);

  it('rates hold within a tenth in both directions; what limits is told, and what cannot be is told too', async () => {
    const rate = 20;
    const limits = [
      {
        name: 'right',
        asked: { ingress_rate: String(rate), latency: '10' },
        told: `ingress ${rate} Mbit/s by egress-policer on port`,
        beside: 'ingress delay and loss NOT IN FORCE',
      },
      { name: 'left', asked: { egress_rate: String(rate) }, told: `egress ${rate} Mbit/s by ingress_policing_rate on port`, beside: '' },
    ];
    for (const { name, asked, told, beside } of limits) {
      expect(await delivered('right', 3)).toBeGreaterThan(rate * 1.5);
      await annotate(name, asked);
      await eventually('told', async () => (await bandwidth(name)).includes(`${told} ${await portOf(name)}`));
      expect(await bandwidth(name)).toContain(beside);
      const mbit = await delivered('right');
      expect(mbit).toBeGreaterThan(rate * 0.9);
      expect(mbit).toBeLessThan(rate * 1.1);
      await annotate(name, Object.fromEntries(Object.keys(asked).map((key) => [key, null])));
      await eventually('no limit', async () => (await bandwidth(name)) === '');
    }
  }, 90_000);

  it('ovs-vswitchd ends and starts anew, and so does the daemon: the pods, which run on, are connected again', async () => {
    await annotate('left', { egress_rate: '30' });
    await eventually('told', async () => (await bandwidth('left')).includes('egress 30 Mbit/s'));
    for (const id of ['node2-daemon', 'node2-vswitchd']) {
      const spec = await lab().supervisor.kill(id);
      if (spec === undefined) throw new Error(`no ${id}`);
      await lab().supervisor.start(spec);
    }
    await eventually('connected again', isConnected, 40_000);
    await eventually('packets arrive again', isArriving, 40_000);
    expect(await delivered('right')).toBeLessThan(30 * 1.1);
  }, 120_000);

  it('with the pods go their ports, mounts and folders', async () => {
    await Promise.all(['left', 'right'].map((name) => remove(lab(), resources.pod, `fast/${name}`)));
    await removeNamespaces(lab(), ['fast']);
    await remove(lab(), resources.subnet, 'dpdk');
    const ports = await vsctl(switched(), '--bare', '--columns=name', 'find', 'Interface', 'type=dpdkvhostuserclient');
    expect(ports.trim()).toBe('');
    expect(mountsBelow(join(switched().dir, 'vhost'))).toEqual([]);
    const qos = await vsctl(switched(), '--bare', '--columns=type', 'find', 'QoS', 'type=egress-policer');
    expect(qos.trim()).toBe('');
  }, 60_000);

  it('taken down, it leaves nothing, and the machine has the hugepages that it had', async () => {
    await cleanup.disposeAsync();
    expect(describeLeftovers(findLeftovers({ ...layout, linksBefore }))).toEqual([]);
    expect(pagesNow()).toEqual(pagesBefore);
  }, 60_000);
});
