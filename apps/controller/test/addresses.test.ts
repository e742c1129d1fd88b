import { type IP, type Pod, resources, type SubnetSpec } from '@kube-ovn/api';
import { rowsOf } from '@kube-ovn/ovsdb';
import { tables } from '@kube-ovn/ovn-model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from './support/cluster.ts';
import { eventually } from './support/wait.ts';
import { type RunningController, startController } from './support/controller.ts';
import { allocated, createNode, namespaceObject, nodeObject, podObject, statefulSetObject, subnetObject } from './support/objects.ts';

const annotation = (key: string, value: string) => ({ [`ovn.kubernetes.io/${key}`]: value });

describe('addresses of pods', () => {
  let cluster: Cluster;
  let running: RunningController;
  beforeAll(async () => {
    cluster = await startCluster();
    running = await startController(cluster, [
      '--default-cidr=10.16.0.0/16,fd00:10:16::/64',
      '--node-switch-cidr=100.64.0.0/16,fd00:100:64::/64',
    ]);
    await createNode(cluster.kube, nodeObject('node1', '192.0.2.1'));
    await createNode(cluster.kube, nodeObject('node2', '192.0.2.2'));
    for (const [name, spec] of Object.entries<SubnetSpec>({
      tiny: { cidrBlock: '10.30.0.0/29' },
      six: { cidrBlock: 'fd00:60::/64' },
      dual: { cidrBlock: '10.40.0.0/24,fd00:40::/64' },
      central: { cidrBlock: '10.41.0.0/24', gatewayType: 'centralized', gatewayNode: 'node1' },
    })) {
      await cluster.kube.create(resources.namespace, namespaceObject(name));
      await cluster.kube.create(resources.subnet, subnetObject(name, { ...spec, namespaces: [name] }));
    }
    await cluster.kube.create(resources.namespace, namespaceObject('shop'));
    await eventually(
      async () =>
        (await cluster.kube.get(resources.namespace, 'central')).metadata.annotations?.['ovn.kubernetes.io/logical_switch'] === 'central',
    );
  }, 60_000);
  afterAll(async () => {
    await running?.stop();
    await cluster?.stop();
  });

  const create = (pod: Pod): Promise<Pod> => cluster.kube.create(resources.pod, pod);
  const remove = (key: string): Promise<void> => cluster.kube.delete(resources.pod, key, { gracePeriodSeconds: 0 });
  const ports = () => [...rowsOf(cluster.northbound.replica, tables.logicalSwitchPort)];
  const refused = (key: string, reason: string): Promise<string> =>
    eventually(async () => {
      const { conditions = [] } = (await cluster.kube.get(resources.pod, key)).status ?? {};
      return conditions.find((condition) => condition.status === 'False' && condition.reason === reason)?.message;
    });
  const ipGone = (name: string) =>
    eventually(async () => (await cluster.kube.list(resources.ip)).items.every((ip: IP) => ip.metadata.name !== name));

  it('IPv4, IPv6 and dual stack', async () => {
    await create(podObject('p', { namespace: 'six' }));
    await create(podObject('p', { namespace: 'dual' }));
    expect(await allocated(cluster, 'six/p')).toMatchObject({ ip_address: 'fd00:60::2', gateway: 'fd00:60::1', cidr: 'fd00:60::/64' });
    const dual = await allocated(cluster, 'dual/p');
    expect(dual).toMatchObject({ ip_address: '10.40.0.2,fd00:40::2', gateway: '10.40.0.1,fd00:40::1' });
    expect(ports().find(({ name }) => name === 'p.dual')?.addresses).toEqual([`${dual['mac_address']} 10.40.0.2 fd00:40::2`]);
  });

  it('static address, MAC address, family and Subnet by annotation', async () => {
    await create(
      podObject('static', {
        annotations: { ...annotation('ip_address', '10.16.0.77'), ...annotation('mac_address', '00:00:00:53:6B:B6') },
      }),
    );
    await create(podObject('four', { annotations: { ...annotation('ip_family', 'IPv4'), ...annotation('logical_switch', 'dual') } }));
    const values = await allocated(cluster, 'shop/static');
    expect(values['ip_address']?.split(',')[0]).toBe('10.16.0.77');
    expect(values['mac_address']).toBe('00:00:00:53:6b:b6');
    expect(await allocated(cluster, 'shop/four')).toMatchObject({ ip_address: '10.40.0.3', logical_switch: 'dual', gateway: '10.40.0.1' });
  });

  it.each<[string, Readonly<Record<string, string>>, string, readonly string[]]>([
    [
      'not-an-ip',
      annotation('ip_address', '10.16.0.999'),
      'ValidatePodNetworkFailed',
      ['shop/not-an-ip', 'ovn.kubernetes.io/ip_address', '10.16.0.999'],
    ],
    ['not-a-mac', annotation('mac_address', 'zz'), 'ValidatePodNetworkFailed', ['ovn.kubernetes.io/mac_address', 'zz']],
    ['outside', annotation('ip_address', '10.99.0.1'), 'AcquireAddressFailed', ['10.99.0.1']],
    ['taken', annotation('ip_address', '10.16.0.77'), 'AcquireAddressFailed', ['10.16.0.77', 'static.shop']],
    ['nowhere', annotation('logical_switch', 'no-such-subnet'), 'AcquireAddressFailed', ['no-such-subnet']],
  ])('%s: an event and a condition say why, and the pod waits', async (name, annotations, reason, parts) => {
    await create(podObject(name, { annotations }));
    const message = await refused(`shop/${name}`, reason);
    for (const part of parts) expect(message).toContain(part);
    await eventually(async () =>
      (await cluster.kube.list(resources.event)).items.some(
        (event) => event.involvedObject?.name === name && event.reason === reason && event.message === message,
      ),
    );
    expect(ports().map((port) => port.name)).not.toContain(`${name}.shop`);
    await cluster.kube.patch(resources.pod, `shop/${name}`, {
      metadata: { annotations: Object.fromEntries(Object.keys(annotations).map((key) => [key, null])) },
    });
    await allocated(cluster, `shop/${name}`); // mended when its input is
    await eventually(async () =>
      (await cluster.kube.get(resources.pod, `shop/${name}`)).status?.conditions?.some(
        (each) => each.reason === 'PodNetworkAllocated' && each.status === 'True',
      ),
    );
  });

  it('an exhausted Subnet says its numbers, and the pod gets the first address that becomes free', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) await create(podObject(name, { namespace: 'tiny' })); // .2 to .6
    for (const name of ['a', 'b', 'c', 'd', 'e']) await allocated(cluster, `tiny/${name}`);
    await create(podObject('late', { namespace: 'tiny' }));
    const message = await refused('tiny/late', 'AcquireAddressFailed');
    expect(message).toMatch(/tiny/);
    expect(message).toMatch(/\d+ of \d+|0/);
    const { ip_address } = await allocated(cluster, 'tiny/c');
    await remove('tiny/c');
    expect((await allocated(cluster, 'tiny/late'))['ip_address']).toBe(ip_address);
  });

  it('host-network, unscheduled and completed pods have no port; a completed one gives it back', async () => {
    await create(podObject('host', { hostNetwork: true }));
    await create({ ...podObject('done'), spec: { ...podObject('done').spec, restartPolicy: 'Never' } });
    await allocated(cluster, 'shop/done');
    await cluster.kube.patch(resources.pod, 'shop/done', { status: { phase: 'Succeeded' } }, { subresource: 'status' });
    await ipGone('done.shop');
    expect(ports().map(({ name }) => name)).not.toContain('done.shop');
    expect(ports().map(({ name }) => name)).not.toContain('host.shop');
  });

  it('a pod joins the gateway group of its node, and one of a centralized Subnet does not', async () => {
    await create(podObject('spread', { node: 'node2' }));
    await create(podObject('central', { namespace: 'central', node: 'node2' }));
    await allocated(cluster, 'shop/spread');
    await allocated(cluster, 'central/central');
    const uuid = (name: string) => ports().find((port) => port.name === name)?._uuid;
    const group = () => [...rowsOf(cluster.northbound.replica, tables.portGroup)].find(({ name }) => name === 'distributed.gateway.node2');
    expect(group()?.ports).toContain(uuid('spread.shop'));
    expect(group()?.ports).not.toContain(uuid('central.central'));
    const policies = [...rowsOf(cluster.northbound.replica, tables.logicalRouterPolicy)].filter(
      ({ priority }) => Number(priority) === 29_000,
    );
    expect(policies.map(({ match }) => match).toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
      'ip4.src == $distributed.gateway.node1_ip4',
      'ip4.src == $distributed.gateway.node2_ip4',
      'ip6.src == $distributed.gateway.node1_ip6',
      'ip6.src == $distributed.gateway.node2_ip6',
    ]);
    await cluster.kube.patch(resources.subnet, 'central', { spec: { gatewayType: 'distributed' } });
    await eventually(() => group()?.ports.includes(uuid('central.central')!));
  });

  it('an IP object that a user made reserves its address for the pod of that name, and outlives it', async () => {
    const reserved: IP = {
      apiVersion: 'kubeovn.io/v1',
      kind: 'IP',
      metadata: { name: 'vip-0.shop' },
      spec: {
        podName: 'vip-0',
        namespace: 'shop',
        subnet: 'ovn-default',
        v4IpAddress: '10.16.0.200',
        ipAddress: '10.16.0.200',
        macAddress: '',
      },
    };
    await cluster.kube.create(resources.ip, reserved);
    await eventually(
      async () => (await cluster.kube.get(resources.ip, 'vip-0.shop')).metadata.labels?.['ovn.kubernetes.io/ip_reserved'] === 'true',
    );
    await create(podObject('vip-0'));
    expect((await allocated(cluster, 'shop/vip-0'))['ip_address']?.split(',')[0]).toBe('10.16.0.200');
    await remove('shop/vip-0');
    await eventually(() => !ports().some(({ name }) => name === 'vip-0.shop'));
    expect((await cluster.kube.get(resources.ip, 'vip-0.shop')).spec.v4IpAddress).toBe('10.16.0.200');
  });

  it('a StatefulSet pod keeps its address while the set wants it, and gives it back when scaled away', async () => {
    const { metadata } = await cluster.kube.create(resources.statefulSet, statefulSetObject('db', 2));
    const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: metadata.uid ?? '', controller: true }];
    const pod = (node: string): Pod => ({ ...podObject('db-1', { node }), metadata: { name: 'db-1', namespace: 'shop', ownerReferences } });
    await create(pod('node1'));
    const before = await allocated(cluster, 'shop/db-1');
    await remove('shop/db-1');
    await eventually(() => !ports().some(({ name }) => name === 'db-1.shop'));
    await create(podObject('other')); // would get the address if it were free
    await allocated(cluster, 'shop/other');
    await create(pod('node2'));
    const after = await allocated(cluster, 'shop/db-1');
    expect([after['ip_address'], after['mac_address']]).toEqual([before['ip_address'], before['mac_address']]);
    await eventually(async () => (await cluster.kube.get(resources.ip, 'db-1.shop')).spec.nodeName === 'node2');
    await cluster.kube.patch(resources.statefulSet, 'shop/db', { spec: { replicas: 1 } });
    await remove('shop/db-1');
    await ipGone('db-1.shop');
  });

  it('an IP object deleted by hand under a living pod does not free its address', async () => {
    await create(podObject('alive'));
    const { ip_address } = await allocated(cluster, 'shop/alive');
    await cluster.kube.patch(resources.ip, 'alive.shop', { metadata: { finalizers: null } });
    await cluster.kube.delete(resources.ip, 'alive.shop');
    const again = await eventually(async () => {
      const found = await cluster.kube.get(resources.ip, 'alive.shop');
      return found.metadata.deletionTimestamp === undefined ? found : undefined;
    });
    expect(again.spec.ipAddress).toBe(ip_address);
  });
});
