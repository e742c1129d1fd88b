import { join } from 'node:path';
import { resources, type Pod } from '@kube-ovn/api';
import { expect, it } from 'vitest';
import { runTool } from '../../src/infra/tool.ts';
import {
  kubectl,
  sandboxOf,
  becomesReady,
  disagreements,
  eventsOf,
  eventually,
  idlePod,
  ips,
  nbctl,
  nodeOf,
  readyPod,
  remove,
  subnet,
  vsctl,
  type LabRef,
} from './support.ts';

const MANIFEST = join(import.meta.dirname, '../../../../docs/features/multiple-interfaces.yaml');
const NETWORKS = 'k8s.v1.cni.cncf.io/networks';
const STATUS = 'k8s.v1.cni.cncf.io/network-status';

/** docs/features/multiple-interfaces.md, with packets. */
export function multipleInterfaces(lab: LabRef): void {
  const inside = (name: string, ...argv: readonly string[]) =>
    runTool(['nsenter', `--net=${sandboxOf(lab(), { namespace: 'multi', name }).netns}`, ...argv], { accept: [0, 1, 2] });
  const pings = async (name: string, address: string): Promise<boolean> =>
    (await inside(name, 'ping', '-q', '-c1', '-W1', address)).code === 0;
  const pod = (name: string): Promise<Pod> => lab().client.get(resources.pod, `multi/${name}`);
  const annotation = async (name: string, key: string): Promise<string> => (await pod(name)).metadata.annotations?.[key] ?? '';
  /** Addresses of both families. */
  const pairOf = async (name: string, key: string): Promise<readonly [string, string]> => {
    const [v4 = '', v6 = ''] = (await annotation(name, key)).split(',');
    return [v4, v6];
  };
  const annotate = (name: string, annotations: Readonly<Record<string, string>>) =>
    lab().client.patch(resources.pod, `multi/${name}`, { metadata: { annotations } });
  /** Links of net1 on a node, as Open vSwitch has them. */
  const secondInterfaces = async (): Promise<readonly string[]> => {
    const found = await vsctl(nodeOf(lab(), 'node1'), '--bare', '--columns=name', 'find', 'Interface', 'external_ids:if_name=net1');
    return found.split('\n').filter((line) => line !== '');
  };
  const addressesOf = async (name: string): Promise<readonly string[]> =>
    (await ips(lab()))
      .filter(({ spec }) => spec.namespace === 'multi' && spec.podName === name)
      .map(({ metadata, spec }) => `${metadata.name} ${spec.subnet ?? ''}`)
      .toSorted();

  it('a second network of OVN and macvlan with our addresses carry packets between nodes', async () => {
    await kubectl(lab(), 'apply', '-f', MANIFEST);
    await becomesReady(lab(), { namespace: 'multi', name: 'one' });
    await becomesReady(lab(), { namespace: 'multi', name: 'two' });

    expect((await inside('one', 'ip', '-o', 'addr')).stdout).toMatch(
      /net1 +inet 10\.90\.0\.10\/24[\s\S]*net1 +inet6 fd00:90::10\/64[\s\S]*net2 +inet 10\.91\.0\.10\/24[\s\S]*net2 +inet6 fd00:91::10\/64/,
    );
    expect((await inside('one', 'ip', 'link', 'show', 'net1')).stdout).toContain('02:00:00:00:90:10');
    expect((await inside('one', 'ip', 'route')).stdout).toContain('10.99.0.0/16 via 10.90.0.1 dev net1');
    expect(await addressesOf('one')).toEqual(['one.multi ovn-default', 'one.multi.lan.multi lan', 'one.multi.second.multi.ovn second']);
    expect(await addressesOf('two')).toEqual([
      'two.multi ovn-default',
      'two.multi.lan.multi lan',
      'two.multi.second.multi.ovn.net1 second',
      'two.multi.second.multi.ovn.net2 second',
    ]);
    expect(await nbctl(lab(), 'lsp-list', 'second')).toMatch(/one\.multi\.second\.multi\.ovn/);
    expect((await nbctl(lab(), '--columns=name', 'find', 'Logical_Switch', 'name=lan')).trim()).toBe('');

    const second = await pairOf('two', 'second.multi.ovn.net2.kubernetes.io/ip_address');
    const lan = await pairOf('two', 'lan.multi.kubernetes.io/ip_address');
    for (const address of [...second, ...lan]) await eventually(`${address} answers`, () => pings('one', address));
    for (const address of ['10.90.0.10', 'fd00:90::10', '10.91.0.10', 'fd00:91::10'])
      await eventually(`${address} answers`, () => pings('two', address));
    const status = JSON.parse(await annotation('one', STATUS)) as readonly { readonly name: string; readonly interface: string }[];
    expect(status.map((each) => `${each.interface} ${each.name}`)).toEqual(['eth0 kube-ovn', 'net1 multi/second', 'net2 multi/lan']);
    expect(await disagreements(lab())).toBe(''); // macvlan's interfaces are neither in OVN nor in Open vSwitch, and that is right
  }, 120_000);

  it('interfaces are plugged into a pod that runs, and pulled out again', async () => {
    await readyPod(lab(), { name: 'plug', namespace: 'multi', node: 'node1' });
    await annotate('plug', { [NETWORKS]: 'second,lan' });
    await eventually('both are there', async () => (await annotation('plug', STATUS)).includes('"net2"'));
    for (const key of ['second.multi.ovn.net1.kubernetes.io/ip_address', 'lan.multi.kubernetes.io/ip_address'])
      for (const address of await pairOf('two', key)) expect(await pings('plug', address)).toBe(true);

    await annotate('plug', { [NETWORKS]: 'not a list' });
    await eventually('the junk is told', async () =>
      (await eventsOf(lab(), 'Pod', 'plug')).some(({ message = '' }) => message.includes(NETWORKS) && message.includes('not a list')),
    );
    expect(await addressesOf('plug')).toHaveLength(3);

    await annotate('plug', { [NETWORKS]: '' });
    await eventually('both are gone', async () => (await addressesOf('plug')).join() === 'plug.multi ovn-default');
    expect((await inside('plug', 'ip', '-o', 'link')).stdout).not.toMatch(/net[12]/);
    await eventually('their annotations are gone', async () =>
      Object.keys((await pod('plug')).metadata.annotations ?? {}).every((key) => !key.startsWith('second.') && !key.startsWith('lan.')),
    );
    expect(await pings('plug', (await pod('two')).status?.podIP ?? '')).toBe(true);
    await remove(lab(), resources.pod, 'multi/plug');
  }, 120_000);

  it('a network in place of that of the cluster', async () => {
    const annotations = { 'v1.multus-cni.io/default-network': 'multi/second' };
    const { status } = await readyPod(lab(), { name: 'instead', namespace: 'multi', node: 'node1', annotations });
    expect(status?.podIPs?.map(({ ip }) => ip).join()).toMatch(/^10\.90\.0\.\d+,fd00:90::/);
    expect(await addressesOf('instead')).toEqual(['instead.multi.second.multi.ovn second']);
    await remove(lab(), resources.pod, 'multi/instead');
  }, 60_000);

  it('a pod whose second Subnet is full has no address at all, and both when there is room', async () => {
    const { client } = lab();
    const config = '{"cniVersion":"1.0.0","type":"kube-ovn","server_socket":"/run/openvswitch/kube-ovn-daemon.sock"}';
    const metadata = { name: 'tiny', namespace: 'multi' };
    await client.create(resources.networkAttachmentDefinition, { metadata, spec: { config } });
    await client.create(resources.subnet, subnet('tiny', { cidrBlock: '10.92.0.0/30', provider: 'tiny.multi.ovn' }));
    await eventually('Subnet tiny in force', async () =>
      (await client.get(resources.subnet, 'tiny')).status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
    );
    const annotations = { [NETWORKS]: 'tiny' };
    await readyPod(lab(), { name: 'first', namespace: 'multi', node: 'node1', annotations });
    expect((await inside('first', 'ip', '-o', 'addr')).stdout).toMatch(/net1 +inet 10\.92\.0\.2\/30/);
    await client.create(resources.pod, idlePod({ name: 'waits', namespace: 'multi', node: 'node1', annotations }));
    await eventually('the event names the Subnet', async () =>
      (await eventsOf(lab(), 'Pod', 'waits')).some(
        ({ reason, message = '' }) => reason === 'AcquireAddressFailed' && message.includes('tiny'),
      ),
    );
    expect(await addressesOf('waits')).toEqual([]);
    await remove(lab(), resources.pod, 'multi/first');
    await becomesReady(lab(), { namespace: 'multi', name: 'waits' });
    expect(await addressesOf('waits')).toEqual(['waits.multi ovn-default', 'waits.multi.tiny.multi.ovn tiny']);
    await remove(lab(), resources.pod, 'multi/waits');
  }, 120_000);

  it('an address that another machine has is refused on a second interface too, and nothing is left', async () => {
    await inside('two', 'ip', 'addr', 'add', '10.90.0.77/24', 'dev', 'net1');
    const annotations = { [NETWORKS]: 'second', 'second.multi.ovn.kubernetes.io/ip_address': '10.90.0.77' };
    await lab().client.create(resources.pod, idlePod({ name: 'forged', namespace: 'multi', node: 'node1', annotations }));
    await eventually('the event names the owner', async () =>
      (await eventsOf(lab(), 'Pod', 'forged')).some(({ message = '' }) => message.includes('address 10.90.0.77 is in use by')),
    );
    await inside('two', 'ip', 'addr', 'del', '10.90.0.77/24', 'dev', 'net1');
    await becomesReady(lab(), { namespace: 'multi', name: 'forged' });
    expect(await secondInterfaces()).toHaveLength(2); // of pods one and forged, and of no attempt that failed
    await remove(lab(), resources.pod, 'multi/forged');
  }, 120_000);

  it.each([
    { name: 'four', address: '10.91.0.77', prefix: '10.91.0.77/24' },
    { name: 'six', address: 'fd00:91::77', prefix: 'fd00:91::77/64' },
  ])(
    'pod $name: an address that another machine of the LAN has, on this node or another, is refused on a macvlan interface, before use',
    async ({ name, address, prefix }) => {
      await becomesReady(lab(), { namespace: 'multi', name: 'two' });
      await readyPod(lab(), { name: 'beside', namespace: 'multi', node: 'node1', annotations: { [NETWORKS]: 'lan' } });
      const annotations = { [NETWORKS]: 'lan', 'lan.multi.kubernetes.io/ip_address': address };
      for (const [owner, link] of [
        ['two', 'net3'],
        ['beside', 'net1'],
      ] as const) {
        await inside(owner, 'ip', 'addr', 'add', prefix, 'dev', link, ...(name === 'six' ? ['nodad'] : []));
        const [, mac = ''] = /link\/ether (\S+)/.exec((await inside(owner, 'ip', 'link', 'show', link)).stdout) ?? [];
        await lab().client.create(resources.pod, idlePod({ name, namespace: 'multi', node: 'node1', annotations }));
        await eventually(`the event names ${owner}`, async () =>
          (await eventsOf(lab(), 'Pod', name)).some(({ message = '' }) => message.includes(`address ${address} is in use by ${mac}`)),
        );
        await inside(owner, 'ip', 'addr', 'del', prefix, 'dev', link);
        await becomesReady(lab(), { namespace: 'multi', name });
        expect((await inside(name, 'ip', '-o', 'addr', 'show', 'net1')).stdout).toContain(prefix);
        await eventually(`${owner} reaches it`, () => pings(owner, address));
        await remove(lab(), resources.pod, `multi/${name}`);
      }
      await remove(lab(), resources.pod, 'multi/beside');
    },
    120_000,
  );

  it('an unknown network is told by name, and everything goes with its pods', async () => {
    await lab().client.create(
      resources.pod,
      idlePod({ name: 'lost', namespace: 'multi', node: 'node1', annotations: { [NETWORKS]: 'nowhere' } }),
    );
    await eventually('the event names it', async () =>
      (await eventsOf(lab(), 'Pod', 'lost')).some(
        ({ reason, message = '' }) => reason === 'ValidatePodNetworkFailed' && message.includes('multi/nowhere'),
      ),
    );
    for (const name of ['lost', 'one', 'two']) await remove(lab(), resources.pod, `multi/${name}`);
    await eventually('no IP object is left', async () => (await ips(lab())).every(({ spec }) => spec.namespace !== 'multi'));
    for (const name of ['second', 'lan', 'tiny']) await remove(lab(), resources.subnet, name);
    await remove(lab(), resources.namespace, 'multi');
    expect(await secondInterfaces()).toEqual([]);
  }, 120_000);
}
