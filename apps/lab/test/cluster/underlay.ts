import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type Pod, type ProviderNetwork, resources } from '@kube-ovn/api';
import { afterAll, expect, it } from 'vitest';
import { inNamespace, ipBatch, runTool } from '../../src/infra/tool.ts';
import { eventually, kubectl, type LabRef, netnsOf, nodeOf, readyPod, remove, runningPid, vsctl } from './support.ts';

const MANIFEST = join(import.meta.dirname, '../../../../docs/features/underlay.yaml');
const NETWORK = 'plant';
const BRIDGE = `br-${NETWORK}`;

/** docs/features/underlay.md: pods on VLANs of the physical network, and the node's interface that leads there. */
export function underlay(lab: LabRef): void {
  const pods = new Map<string, Pod>();
  const pod = async (namespace: string, node: string): Promise<Pod> => {
    const made = await readyPod(lab(), { name: `on-${node}`, namespace, node });
    pods.set(`${namespace}/${made.metadata.name}`, made);
    return made;
  };
  const made = (key: string): Pod => {
    const found = pods.get(key);
    if (found === undefined) throw new Error(`no pod ${key}`);
    return found;
  };
  const ips = (of: Pod): readonly string[] => (of.status?.podIPs ?? []).map(({ ip }) => ip);
  const host = (vlan: number): { readonly namespace: string; readonly addresses: readonly string[] } => {
    const found = lab().layout.trunk.hosts.find((each) => each.vlan === vlan);
    if (found === undefined) throw new Error(`no host on VLAN ${vlan}`);
    return { namespace: found.namespace, addresses: [found.address, found.address6] };
  };
  const answers = async (command: readonly string[], addresses: readonly string[]): Promise<readonly string[]> => {
    const asked = addresses.map(async (address) => {
      const { code } = await runTool([...command, 'ping', '-q', '-c3', '-i0.2', '-W2', address], { accept: [0, 1, 2] });
      return code === 0 ? [address] : [];
    });
    return (await Promise.all(asked)).flat();
  };
  const fromPod = (of: Pod, addresses: readonly string[]): Promise<readonly string[]> =>
    answers(['nsenter', `--net=${netnsOf(lab(), of)}`, '--'], addresses);
  const fromHost = (vlan: number, addresses: readonly string[]): Promise<readonly string[]> =>
    answers(inNamespace(host(vlan).namespace, []), addresses);
  const onNode = async (node: string, ...argv: readonly string[]): Promise<string> =>
    (await runTool(inNamespace(nodeOf(lab(), node).namespace, argv))).stdout;
  const state = async (): Promise<ProviderNetwork['status']> => (await lab().client.get(resources.providerNetwork, NETWORK)).status;
  const isReady = (...nodes: readonly string[]): Promise<unknown> =>
    eventually(
      `${NETWORK} ready on ${nodes.join()}`,
      async () => {
        const status = await state();
        return status?.ready === true && status.readyNodes?.join() === nodes.join();
      },
      60_000,
    );
  /** What came back of a stream of pings, one each 2 ms, from outside to the node's own address, while something happens. */
  const lostDuring = async (address: string, work: () => Promise<unknown>): Promise<{ readonly sent: number; readonly lost: number }> => {
    const [program = '', ...argv] = inNamespace(host(0).namespace, ['ping', '-q', '-i0.002', address]);
    const child = spawn(program, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
    const ended = once(child, 'close');
    try {
      await work();
    } finally {
      child.kill('SIGINT');
      await ended;
    }
    const [, sent = '0', received = '0'] = /(\d+) packets transmitted, (\d+) received/.exec(text) ?? [];
    return { sent: Number(sent), lost: Number(sent) - Number(received) };
  };
  const own = (node: string): readonly string[] => [nodeOf(lab(), node).physicalAddress, nodeOf(lab(), node).physicalAddress6];
  const addressesOf = async (node: string, link: string): Promise<readonly string[]> =>
    [...(await onNode(node, 'ip', '-o', 'addr', 'show', 'dev', link, 'scope', 'global')).matchAll(/inet6? ([^/ ]+)/g)].map(
      ([, address = '']) => address,
    );

  afterAll(async () => {
    for (const { metadata } of pods.values()) await remove(lab(), resources.pod, `${metadata.namespace}/${metadata.name}`);
    await kubectl(lab(), 'delete', '--ignore-not-found', '-f', MANIFEST);
    await ipBatch(nodeOf(lab(), 'node1').namespace, ['route flush 198.51.100.0/24']);
  });

  it('the interface of every node becomes a port, and the network of the node follows without a cut', async () => {
    await ipBatch(nodeOf(lab(), 'node1').namespace, ['route add 198.51.100.0/24 via 172.31.0.1 dev eth1 metric 7']);
    const { sent, lost } = await lostDuring(nodeOf(lab(), 'node1').physicalAddress, async () => {
      await kubectl(lab(), 'apply', '-f', MANIFEST);
      await isReady('node1', 'node2', 'node3');
    });
    expect(sent).toBeGreaterThan(20);
    expect(lost).toBeLessThan(20);
    expect([await addressesOf('node1', 'eth1'), await addressesOf('node1', BRIDGE)]).toEqual([[], own('node1')]);
    expect(await onNode('node1', 'ip', 'route', 'show', '198.51.100.0/24')).toContain(`dev ${BRIDGE} metric 7`);
    const { labels = {} } = (await lab().client.get(resources.node, 'node1')).metadata;
    expect([
      labels[`${NETWORK}.provider-network.kubernetes.io/interface`],
      labels[`${NETWORK}.provider-network.kubernetes.io/mtu`],
    ]).toEqual(['eth1', '1500']);
  }, 120_000);

  it('pods talk to the host of their VLAN and to each other across nodes, in both directions and families', async () => {
    const places = [
      ['machines', 'node1', 10],
      ['machines', 'node2', 10],
      ['sensors', 'node1', 20],
      ['sensors', 'node3', 20],
      ['floor', 'node1', 0],
      ['floor', 'node2', 0],
    ] as const;
    await Promise.all(places.map(([namespace, node]) => pod(namespace, node)));
    for (const [namespace, node, vlan] of places) {
      const here = made(`${namespace}/on-${node}`);
      const others = [...pods].filter(([key]) => key.startsWith(`${namespace}/`)).flatMap(([, other]) => ips(other));
      const wanted = [...host(vlan).addresses, ...others];
      expect(await fromPod(here, wanted)).toEqual(wanted);
      expect(await fromHost(vlan, ips(here))).toEqual(ips(here));
    }
  }, 180_000);

  it('and to nobody on another VLAN, whatever address that one takes', async () => {
    const machine = made('machines/on-node1');
    expect(await fromPod(machine, host(20).addresses)).toEqual([]);
    await ipBatch(host(20).namespace, ['addr add 172.31.10.77/24 dev eth0']);
    expect(await fromHost(20, [ips(machine)[0] ?? ''])).toEqual([]);
    await ipBatch(host(20).namespace, ['addr del 172.31.10.77/24 dev eth0']);
    expect(await fromHost(10, ips(machine))).toEqual(ips(machine));
  }, 60_000);

  it('with logicalGateway the router of OVN is the gateway, and leads to the rest of the cluster', async () => {
    const gateways = ['172.31.20.254', 'fd00:172:31:20::fe'];
    expect(await fromPod(made('sensors/on-node1'), gateways)).toEqual(gateways);
    const overlay = await readyPod(lab(), { name: 'underlay-peer', namespace: 'default', node: 'node2' });
    pods.set('default/underlay-peer', overlay);
    expect(await fromPod(made('sensors/on-node1'), ips(overlay))).toEqual(ips(overlay));
    expect(await fromPod(made('machines/on-node1'), ips(overlay))).toEqual([]);
  }, 60_000);

  it('a second Vlan with the same id is in conflict, and a Subnet on it is refused', async () => {
    await lab().client.create(resources.vlan, { metadata: { name: 'twin' }, spec: { id: 10, provider: NETWORK } });
    await eventually('conflict', async () => (await lab().client.get(resources.vlan, 'twin')).status?.conflict);
    expect((await lab().client.get(resources.vlan, 'machines')).status?.conflict).toBe(false);
    await lab().client.create(resources.subnet, { metadata: { name: 'twin' }, spec: { vlan: 'twin', cidrBlock: '172.31.50.0/24' } });
    await eventually('refused', async () =>
      (await lab().client.get(resources.subnet, 'twin')).status?.conditions?.some(
        ({ type, status, message }) => type === 'Validated' && status === 'False' && message?.includes('spec.vlan'),
      ),
    );
    await remove(lab(), resources.subnet, 'twin');
    await remove(lab(), resources.vlan, 'twin');
  }, 60_000);

  it('an edit of a Vlan that is refused changes nothing for its pods, and its condition says what is in force', async () => {
    const [machine, sensor] = [made('machines/on-node1'), made('sensors/on-node1')];
    const said = async (): Promise<string> =>
      (await lab().client.get(resources.vlan, 'machines')).status?.conditions?.find(({ type }) => type === 'Validated')?.message ?? '';
    for (const spec of [{ id: 20 }, { id: 10, provider: 'elsewhere' }]) {
      await lab().client.patch(resources.vlan, 'machines', { spec });
      await eventually('refused', async () =>
        (await said()).endsWith(`what was accepted last is in force: spec.id 10, spec.provider ${NETWORK}`),
      );
      expect(await fromHost(10, ips(machine))).toEqual(ips(machine));
      expect(await fromHost(20, [...ips(machine), ...ips(sensor)])).toEqual(ips(sensor));
      const { status } = await lab().client.get(resources.subnet, 'machines');
      expect(status?.conditions?.find(({ type }) => type === 'Validated')?.status).toBe('True');
    }
    await lab().client.patch(resources.vlan, 'machines', { spec: { id: 10, provider: NETWORK } });
    await eventually('accepted', async () => (await said()) === '');
    expect(await fromHost(10, ips(machine))).toEqual(ips(machine));
  }, 60_000);

  it('daemon and ovs-vswitchd restarted: the node and its pods are where they were', async () => {
    const { supervisor } = lab();
    const machine = made('machines/on-node1');
    for (const part of ['node1-daemon', 'node1-vswitchd']) {
      const pid = runningPid(lab(), part);
      process.kill(pid, 'SIGKILL');
      await eventually(`${part} runs again`, () => ![undefined, pid].includes(supervisor.pid(part)));
    }
    await eventually('the pod answers', async () => (await fromHost(10, ips(machine))).length === 2, 60_000);
    expect(await fromHost(0, own('node1'))).toEqual(own('node1'));
    expect(await addressesOf('node1', BRIDGE)).toEqual(own('node1'));
    await isReady('node1', 'node2', 'node3');
  }, 120_000);

  it('an uplink with the mark of an earlier Kube-OVN stays one, and the daemon that starts cuts nobody off', async () => {
    const [node1, mark] = [nodeOf(lab(), 'node1'), 'external_ids:vendor=kube-ovn'];
    const { sent, lost } = await lostDuring(node1.physicalAddress, async () => {
      await vsctl(node1, 'set', 'Bridge', BRIDGE, mark, '--', 'set', 'Port', 'eth1', mark, '--', 'set', 'Interface', 'eth1', mark);
      const pid = runningPid(lab(), 'node1-daemon');
      process.kill(pid, 'SIGKILL');
      await eventually('another daemon', () => ![undefined, pid].includes(lab().supervisor.pid('node1-daemon')));
      const late = await readyPod(lab(), { name: 'late', namespace: 'machines', node: 'node1' });
      expect(await fromHost(10, ips(late))).toEqual(ips(late));
      await remove(lab(), resources.pod, 'machines/late');
    });
    expect(sent).toBeGreaterThan(20);
    expect(lost).toBeLessThan(20);
    expect((await vsctl(node1, 'list-ports', BRIDGE)).split('\n')).toContain('eth1');
  }, 120_000);

  it('a node that is excluded has its interface back without a cut; one without the interface says so', async () => {
    const node3 = nodeOf(lab(), 'node3');
    await remove(lab(), resources.pod, 'sensors/on-node3');
    pods.delete('sensors/on-node3');
    const { sent, lost } = await lostDuring(node3.physicalAddress, async () => {
      await lab().client.patch(resources.providerNetwork, NETWORK, { spec: { excludeNodes: ['node3'] } });
      await isReady('node1', 'node2');
      await eventually('given back', async () => !(await vsctl(node3, 'list-br')).includes(BRIDGE));
    });
    expect(sent).toBeGreaterThan(20);
    expect(lost).toBeLessThan(20);
    expect(await addressesOf('node3', 'eth1')).toEqual(own('node3'));
    const customInterfaces = [{ interface: 'eth9', nodes: ['node3'] }];
    await lab().client.patch(resources.providerNetwork, NETWORK, { spec: { excludeNodes: [], customInterfaces } });
    await eventually('told', async () =>
      (await state())?.conditions?.some(({ message }) => message?.includes('node3: interface eth9 is not on this node')),
    );
    expect(await state()).toMatchObject({ ready: false, readyNodes: ['node1', 'node2'], notReadyNodes: ['node3'] });
    expect(await fromHost(0, own('node3'))).toEqual(own('node3'));
  }, 120_000);

  it('when it is deleted every node has its interface back, with addresses and routes', async () => {
    for (const { metadata } of pods.values()) await remove(lab(), resources.pod, `${metadata.namespace}/${metadata.name}`);
    pods.clear();
    await kubectl(lab(), 'delete', '-f', MANIFEST);
    for (const { name } of lab().layout.nodeList) {
      await eventually(`${name} has eth1 back`, async () => !(await vsctl(nodeOf(lab(), name), 'list-br')).includes(BRIDGE));
      expect(await addressesOf(name, 'eth1')).toEqual(own(name));
      expect(await onNode(name, 'nft', 'list', 'tables')).not.toContain('kube-ovn-provider');
    }
    expect(await onNode('node1', 'ip', 'route', 'show', '198.51.100.0/24')).toContain('via 172.31.0.1 dev eth1 metric 7');
    expect(await fromHost(0, own('node1'))).toEqual(own('node1'));
  }, 120_000);
}
