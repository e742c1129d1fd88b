import { type ConfigMap, type KubeObject, type Resource, resources } from '@kube-ovn/api';
import { rowsOf } from '@kube-ovn/ovsdb';
import { tables } from '@kube-ovn/ovn-model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from './support/cluster.ts';
import { type RunningController, startController } from './support/controller.ts';
import { allocated, createNode, eventMessage, namespaceObject, nodeObject, podObject, subnetObject } from './support/objects.ts';
import { eventually } from './support/wait.ts';

const byText = (a: string, b: string): number => (a < b ? -1 : 1);
const [EIP, SNAT] = ['ovn.kubernetes.io/eip', 'ovn.kubernetes.io/snat'];

describe('external addresses of pods by annotation', () => {
  let cluster: Cluster;
  let running: RunningController;
  beforeAll(async () => {
    cluster = await startCluster();
    running = await startController(cluster);
    for (const [at, name] of ['node1', 'node2', 'node3'].entries()) {
      await createNode(cluster.kube, nodeObject(name, `192.0.2.${at + 1}`));
      await cluster.kube.patch(resources.node, name, { metadata: { annotations: { 'ovn.kubernetes.io/chassis': `chassis-${name}` } } });
    }
    for (const name of ['shop', 'kube-system', 'reds'])
      if ((await cluster.kube.list(resources.namespace)).items.every(({ metadata }) => metadata.name !== name))
        await cluster.kube.create(resources.namespace, namespaceObject(name));
  }, 60_000);
  afterAll(async () => {
    await running?.stop();
    await cluster?.stop();
  });

  const pod = async (name: string, annotations: Readonly<Record<string, string>>, namespace = 'shop'): Promise<string> => {
    await cluster.kube.create(resources.pod, podObject(name, { namespace, annotations }));
    return (await allocated(cluster, `${namespace}/${name}`))['ip_address'] ?? '';
  };
  const annotate = (name: string, annotations: Readonly<Record<string, string | null>>): Promise<unknown> =>
    cluster.kube.patch(resources.pod, `shop/${name}`, { metadata: { annotations } });
  const config = (data: Readonly<Record<string, string>>): ConfigMap => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'ovn-external-gw-config', namespace: 'kube-system' },
    data,
  });
  const nats = (): readonly string[] =>
    [...rowsOf(cluster.northbound.replica, tables.nat)]
      .map((row) => [row.type, row.external_ip, row.logical_ip, ...(row.logical_port === undefined ? [] : [row.logical_port])].join(' '))
      .toSorted(byText);
  const becomes = (rows: readonly string[]): Promise<unknown> =>
    eventually(() => {
      if (nats().join() !== rows.toSorted(byText).join()) throw new Error(`NAT rows: ${nats().join(', ')}`);
      return true;
    });
  const gone = (of: Resource<KubeObject>, name: string): Promise<unknown> =>
    eventually(async () => (await cluster.kube.list(of)).items.every(({ metadata }) => metadata.name !== name));
  const chassis = (): string => {
    const group = [...rowsOf(cluster.northbound.replica, tables.haChassisGroup)].find(({ name }) => name === 'ovn-cluster-external');
    return [...rowsOf(cluster.northbound.replica, tables.haChassis)]
      .filter(({ _uuid }) => group?.ha_chassis.includes(_uuid))
      .toSorted((a, b) => Number(b.priority) - Number(a.priority))
      .map(({ chassis_name }) => chassis_name)
      .join();
  };
  const addresses = { first: '', second: '', third: '' };

  it('without an external network a pod is told why its annotation has no effect, and has its network all the same', async () => {
    addresses.first = await pod('first', { [EIP]: '172.56.0.50' });
    const told = await eventMessage(cluster, 'first', 'ExternalAddressDisabled');
    expect(told).toContain('set enable-external-gw to "true" in ConfigMap kube-system/ovn-external-gw-config');
    expect(nats()).toEqual([]);
  });

  it('the ConfigMap makes the network, the port of the router with its address, and the row of the pod that waited', async () => {
    await cluster.kube.create(
      resources.configMap,
      config({
        'enable-external-gw': 'true',
        type: 'centralized',
        'external-gw-nodes': 'node3,node2',
        'external-gw-nic': 'eth1',
        'external-gw-addr': '172.56.0.1/16',
        'nic-ip': '172.56.0.254/16',
        'nic-mac': '16:52:f3:13:6a:25',
      }),
    );
    await becomes([`dnat_and_snat 172.56.0.50 ${addresses.first}`]);
    const subnet = await cluster.kube.get(resources.subnet, 'external');
    expect(subnet.spec).toMatchObject({ vlan: 'external', cidrBlock: '172.56.0.0/16', gateway: '172.56.0.1' });
    const network = await cluster.kube.get(resources.providerNetwork, 'external');
    expect(network.spec).toMatchObject({
      defaultInterface: 'eth1',
      nodeSelector: { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['node2', 'node3'] }] },
    });
    const port = [...rowsOf(cluster.northbound.replica, tables.logicalRouterPort)].find(({ name }) => name === 'ovn-cluster-external');
    expect([port?.mac, ...(port?.networks ?? [])]).toEqual(['16:52:f3:13:6a:25', '172.56.0.254/16']);
    expect(chassis()).toBe('chassis-node3,chassis-node2');
    const policies = [...rowsOf(cluster.northbound.replica, tables.logicalRouterPolicy)].filter(({ nexthops }) =>
      nexthops.includes('172.56.0.1'),
    );
    expect(policies.map(({ match }) => match)).toEqual([`ip4.src == ${addresses.first}`]);
    await eventually(async () => (await cluster.kube.get(resources.ovnEip, 'eip-172.56.0.50')).status?.nat === 'fip');
  });

  it('pods share a source address, and one may have both', async () => {
    addresses.second = await pod('second', { [SNAT]: '172.56.0.60' });
    addresses.third = await pod('third', { [SNAT]: '172.56.0.60', [EIP]: '172.56.0.61' });
    await becomes([
      `dnat_and_snat 172.56.0.50 ${addresses.first}`,
      `snat 172.56.0.60 ${addresses.second}`,
      `snat 172.56.0.60 ${addresses.third}`,
      `dnat_and_snat 172.56.0.61 ${addresses.third}`,
    ]);
    expect((await cluster.kube.get(resources.ovnEip, 'eip-172.56.0.60')).spec.externalSubnet).toBe('external');
  });

  it('a distributed gateway translates a pod on its node', async () => {
    const patch = (data: Readonly<Record<string, string | null>>): Promise<unknown> =>
      cluster.kube.patch(resources.configMap, 'kube-system/ovn-external-gw-config', { data });
    await patch({ type: 'distributed' });
    await eventually(() => nats().includes(`dnat_and_snat 172.56.0.50 ${addresses.first} first.shop`));
    expect((await cluster.kube.get(resources.ovnFip, 'first.shop')).spec.type).toBe('distributed');
    await patch({ type: 'centralized' });
    await eventually(() => nats().includes(`dnat_and_snat 172.56.0.50 ${addresses.first}`));
  });

  it('a restart writes nothing', async () => {
    await running.settled();
    await running.stop();
    running = await startController(cluster);
    await running.settled();
    expect(running.writes).toEqual([]);
    expect(nats().length).toBe(4);
  });

  it.each([
    ['an address that another pod has', '172.56.0.50', '"eip-172.56.0.50" is used by OvnFip first.shop'],
    ['an address outside of the network', '172.57.0.50', 'spec.v4Ip "172.57.0.50" is not in 172.56.0.0/16 of Subnet external'],
    ['the address of the router', '172.56.0.254', 'ovn-eip/ovn-cluster-external holds 172.56.0.254'],
  ])('%s is refused, with an event at the pod, and harms nobody', async (_name, address, part) => {
    const before = nats();
    await pod('rival', { [EIP]: address });
    expect(await eventMessage(cluster, 'rival', 'ExternalAddressRefused')).toContain(part);
    expect(nats()).toEqual(before);
    await cluster.kube.delete(resources.pod, 'shop/rival');
    await gone(resources.ovnFip as Resource<KubeObject>, 'rival.shop');
    for (const { metadata } of (await cluster.kube.list(resources.event)).items.filter(
      ({ involvedObject }) => involvedObject?.name === 'rival',
    ))
      await cluster.kube.delete(resources.event, `${metadata.namespace}/${metadata.name}`);
  });

  it('what cannot be read is refused like any other annotation', async () => {
    await cluster.kube.create(resources.pod, podObject('odd', { annotations: { [EIP]: 'tomorrow' } }));
    expect(await eventMessage(cluster, 'odd', 'ValidatePodNetworkFailed')).toContain(
      'metadata.annotations[ovn.kubernetes.io/eip] is "tomorrow"',
    );
    await cluster.kube.delete(resources.pod, 'shop/odd');
  });

  it('a pod of another Vpc is told what is for it', async () => {
    await cluster.kube.create(resources.vpc, {
      apiVersion: 'kubeovn.io/v1',
      kind: 'Vpc',
      metadata: { name: 'red' },
      spec: { namespaces: ['reds'] },
    });
    await cluster.kube.create(resources.subnet, subnetObject('red-net', { vpc: 'red', cidrBlock: '10.60.0.0/24', namespaces: ['reds'] }));
    await eventually(async () =>
      (await cluster.kube.get(resources.subnet, 'red-net')).status?.conditions?.some(({ type }) => type === 'Ready'),
    );
    await pod('far', { [EIP]: '172.56.0.70' }, 'reds');
    expect(await eventMessage(cluster, 'far', 'ExternalAddressRefused')).toContain('make an OvnFip or an OvnSnatRule for it');
  });

  it('another address in the annotation, or none, takes the place of the old one; a deleted pod leaves nothing', async () => {
    await annotate('first', { [EIP]: '172.56.0.51' });
    await eventually(() => nats().includes(`dnat_and_snat 172.56.0.51 ${addresses.first}`));
    await gone(resources.ovnEip as Resource<KubeObject>, 'eip-172.56.0.50');
    await annotate('first', { [EIP]: null });
    await cluster.kube.delete(resources.pod, 'shop/second');
    await cluster.kube.delete(resources.pod, 'shop/third');
    await becomes([]);
    for (const address of ['172.56.0.51', '172.56.0.60', '172.56.0.61'])
      await gone(resources.ovnEip as Resource<KubeObject>, `eip-${address}`);
    expect((await cluster.kube.list(resources.ovnFip)).items).toEqual([]);
  });

  it('switched off in the ConfigMap everything that was made is gone; by the flag a pod is told of it', async () => {
    await cluster.kube.delete(resources.configMap, 'kube-system/ovn-external-gw-config');
    await gone(resources.subnet as Resource<KubeObject>, 'external');
    await gone(resources.vlan as Resource<KubeObject>, 'external');
    await gone(resources.providerNetwork as Resource<KubeObject>, 'external');
    await running.stop();
    running = await startController(cluster, ['--enable-eip-snat=false']);
    await pod('last', { [SNAT]: '172.56.0.60' });
    expect(await eventMessage(cluster, 'last', 'ExternalAddressDisabled')).toContain('--enable-eip-snat=false');
  });
});
