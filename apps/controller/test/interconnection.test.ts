import { type KubeObject, type Resource, resources, type SubnetSpec } from '@kube-ovn/api';
import { rowsOf } from '@kube-ovn/ovsdb';
import { tables } from '@kube-ovn/ovn-model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from './support/cluster.ts';
import { type RunningController, startController } from './support/controller.ts';
import { allocated, createNode, eventMessage, namespaceObject, nodeObject, podObject, subnetObject } from './support/objects.ts';
import { eventually } from './support/wait.ts';

const byText = (a: string, b: string): number => (a < b ? -1 : 1);

describe('underlay Subnets that are joined to their Vpc', () => {
  let cluster: Cluster;
  let running: RunningController;
  beforeAll(async () => {
    cluster = await startCluster();
    running = await startController(cluster);
    await createNode(cluster.kube, nodeObject('node1', '172.31.10.201'));
    await createNode(cluster.kube, nodeObject('node2', '192.0.2.2'));
    const create = (of: string, resource: Resource<KubeObject>, name: string, spec: object): Promise<unknown> =>
      cluster.kube.create(resource, { apiVersion: 'kubeovn.io/v1', kind: of, metadata: { name }, spec } as KubeObject);
    await create('ProviderNetwork', resources.providerNetwork as Resource<KubeObject>, 'net1', { defaultInterface: 'eth1' });
    for (const id of [10, 20]) await create('Vlan', resources.vlan as Resource<KubeObject>, `vlan${id}`, { id, provider: 'net1' });
    await create('Vpc', resources.vpc as Resource<KubeObject>, 'red', {
      namespaces: ['reds'],
      staticRoutes: [
        { cidr: '198.51.100.0/24', nextHopIP: '10.50.0.9' },
        { cidr: '0.0.0.0/0', nextHopIP: '10.50.0.8' },
        { cidr: '10.50.0.7', nextHopIP: '10.50.0.8', policy: 'policySrc' },
      ],
    });
    for (const name of ['shop', 'reds']) await cluster.kube.create(resources.namespace, namespaceObject(name));
    await cluster.kube.create(resources.subnet, subnetObject('hall', hall));
    await cluster.kube.create(resources.pod, podObject('desk'));
    await allocated(cluster, 'shop/desk');
  }, 60_000);
  afterAll(async () => {
    await running?.stop();
    await cluster?.stop();
  });

  const hall: SubnetSpec = {
    vlan: 'vlan10',
    cidrBlock: '172.31.10.0/24,fd00:172:31:10::/64',
    gateway: '172.31.10.1,fd00:172:31:10::1',
    namespaces: ['shop'],
  };
  const patch = (spec: SubnetSpec, name = 'hall'): Promise<unknown> => cluster.kube.patch(resources.subnet, name, { spec });
  const status = async (name = 'hall') => (await cluster.kube.get(resources.subnet, name)).status;
  const joined = (name = 'hall') =>
    eventually(async () => {
      const found = await status(name);
      if (found?.u2oInterconnectionIP === '' || found === undefined) throw new Error(`Subnet ${name}: ${JSON.stringify(found)}`);
      return found;
    });
  const portOf = (name: string) => [...rowsOf(cluster.northbound.replica, tables.logicalRouterPort)].find((port) => port.name === name);
  const policies = (): readonly string[] =>
    [...rowsOf(cluster.northbound.replica, tables.logicalRouterPolicy)]
      .filter(({ external_ids: ids }) => ids.has('u2o'))
      .map(({ priority, match, action, nexthops }) => [priority, match, action, ...nexthops].join(' '))
      .toSorted(byText);
  const journal = async (name: string) => (await cluster.kube.list(resources.ip)).items.find(({ metadata }) => metadata.name === name);
  const refused = (name = 'hall') =>
    eventually(
      async () => (await status(name))?.conditions?.find(({ type, status: is }) => type === 'Validated' && is === 'False')?.message,
    );

  it('without it the router has no port there, and pods go by the physical gateway', async () => {
    expect(portOf('ovn-cluster-hall')).toBeUndefined();
    expect((await allocated(cluster, 'shop/desk'))['gateway']).toBe('172.31.10.1,fd00:172:31:10::1');
    expect(await status()).toMatchObject({ u2oInterconnectionIP: '', u2oInterconnectionMAC: '', u2oInterconnectionVPC: '' });
  });

  it('with it the router has a port with an address of the Subnet, which pods have as their gateway', async () => {
    await patch({ u2oInterconnection: true });
    const told = await joined();
    const [v4 = '', v6 = ''] = (told.u2oInterconnectionIP ?? '').split(',');
    expect(told.u2oInterconnectionVPC).toBe('ovn-cluster');
    await eventually(async () => (await status())?.v4usingIPs === 2 && (await status())?.v6usingIPs === 2);
    const port = await eventually(() => portOf('ovn-cluster-hall'));
    expect([port.mac, [...port.networks].toSorted(byText)]).toEqual([told.u2oInterconnectionMAC, [`${v4}/24`, `${v6}/64`]]);
    expect((await journal('u2o-interconnection.ovn-cluster.hall'))?.spec).toMatchObject({
      subnet: 'hall',
      v4IpAddress: v4,
      v6IpAddress: v6,
    });
    await eventually(async () => (await allocated(cluster, 'shop/desk'))['gateway'] === told.u2oInterconnectionIP);
    expect((await allocated(cluster, 'shop/desk'))['logical_router']).toBe('ovn-cluster');
    await cluster.kube.create(resources.pod, podObject('chair'));
    expect((await allocated(cluster, 'shop/chair'))['gateway']).toBe(told.u2oInterconnectionIP);
  });

  it('policies keep it inside what is for the Vpc, and hand all else to the physical gateway', async () => {
    expect(await eventually(() => (policies().length === 5 ? policies() : undefined))).toEqual([
      '29000 ip4.src == 172.31.10.0/24 reroute 172.31.10.1',
      '29000 ip6.src == fd00:172:31:10::/64 reroute fd00:172:31:10::1',
      '29400 ip4.dst == 172.31.10.0/24 allow',
      '29400 ip6.dst == fd00:172:31:10::/64 allow',
      '31000 ip4.src == 172.31.10.0/24 && ip4.dst == 172.31.10.201 allow',
    ]);
    await patch({ u2oFeatures: { overlayOnlyRouting: true } });
    await eventually(() => policies().some((text) => text.startsWith('30050')));
    expect(policies().filter((text) => text.includes('ip4'))).toEqual([
      '29400 ip4.dst == 172.31.10.0/24 allow',
      '30050 ip4.src == 172.31.10.0/24 reroute 172.31.10.1',
      '30060 ip4.src == 172.31.10.0/24 && ip4.dst == 172.31.10.0/24 allow',
    ]);
    await patch({ u2oFeatures: { overlayOnlyRouting: false } });
    await eventually(() => policies().length === 5);
  });

  it('what OVN needs beside: a route to the IPv6 gateway, and no judgement on half-seen connections', () => {
    const routes = [...rowsOf(cluster.northbound.replica, tables.logicalRouterStaticRoute)].filter(
      ({ output_port }) => output_port === 'ovn-cluster-hall',
    );
    expect(routes.map((route) => `${route.ip_prefix} ${route.nexthop}`)).toEqual(['fd00:172:31:10::1/128 fd00:172:31:10::1']);
    const [global] = rowsOf(cluster.northbound.replica, tables.nbGlobal);
    expect(global?.options.get('use_ct_inv_match')).toBe('false');
  });

  it('another address is taken when its author names one; a taken one is told, and then the physical gateway serves', async () => {
    await patch({ u2oInterconnectionIP: '172.31.10.77,fd00:172:31:10::77' });
    await eventually(async () => (await status())?.u2oInterconnectionIP === '172.31.10.77,fd00:172:31:10::77');
    await eventually(() => portOf('ovn-cluster-hall')?.networks.includes('172.31.10.77/24'));
    const { ip_address: taken = '' } = await allocated(cluster, 'shop/desk');
    await patch({ u2oInterconnectionIP: taken });
    expect(await eventMessage(cluster, 'hall', 'AcquireAddressFailed')).toContain('desk.shop');
    await eventually(async () => (await status())?.u2oInterconnectionIP === '' && portOf('ovn-cluster-hall') === undefined);
    await eventually(async () => (await allocated(cluster, 'shop/desk'))['gateway'] === '172.31.10.1,fd00:172:31:10::1');
    await patch({ u2oInterconnectionIP: '' });
    await joined();
  });

  it('a Subnet of the router’s addresses can not be joined to it, nor one with a logical gateway; what was stays', async () => {
    const overlay = { vlan: 'vlan20', cidrBlock: '10.16.0.0/20', u2oInterconnection: true };
    await cluster.kube.create(resources.subnet, subnetObject('over', overlay));
    expect(await refused('over')).toContain('spec.cidrBlock "10.16.0.0/20" overlaps Subnet ovn-default');
    await cluster.kube.delete(resources.subnet, 'over');
    await patch({ logicalGateway: true });
    expect(await refused()).toContain('spec.u2oInterconnection "true" excludes logicalGateway');
    expect(policies().length).toBe(5);
    await patch({ logicalGateway: false });
  });

  it('in a Vpc of a user its port has routes of its own: the physical gateway, and what the author routes', async () => {
    await cluster.kube.create(
      resources.subnet,
      subnetObject('yard', { vpc: 'red', vlan: 'vlan20', cidrBlock: '172.31.20.0/24', gateway: '172.31.20.1', u2oInterconnection: true }),
    );
    await joined('yard');
    const port = await eventually(() => portOf('red-yard'));
    expect(port.options.get('route_table')).toBe('u2o.yard');
    const routes = [...rowsOf(cluster.northbound.replica, tables.logicalRouterStaticRoute)]
      .filter(({ route_table: table }) => table === 'u2o.yard')
      .map((route) => `${route.ip_prefix} ${route.nexthop}`);
    expect(routes.toSorted(byText)).toEqual(['0.0.0.0/0 172.31.20.1', '198.51.100.0/24 10.50.0.9']);
    const router = [...rowsOf(cluster.northbound.replica, tables.logicalRouter)].find(({ name }) => name === 'red');
    expect(router?.options.has('always_learn_from_arp_request')).toBe(false);
  });

  it('a restart writes nothing, and turned off everything is gone and the address is free', async () => {
    await running.settled();
    await running.stop();
    running = await startController(cluster);
    await running.settled();
    expect(running.writes).toEqual([]);
    await patch({ u2oInterconnection: false });
    await eventually(async () => (await journal('u2o-interconnection.ovn-cluster.hall')) === undefined);
    expect([portOf('ovn-cluster-hall'), policies()]).toEqual([undefined, []]);
    await eventually(async () => (await status())?.v4usingIPs === 2); // two pods
    expect((await allocated(cluster, 'shop/desk'))['gateway']).toBe('172.31.10.1,fd00:172:31:10::1');
  });

  it('a Subnet with nothing but its junction goes when it is deleted', async () => {
    await cluster.kube.delete(resources.subnet, 'yard');
    await eventually(async () => (await cluster.kube.list(resources.subnet)).items.every(({ metadata }) => metadata.name !== 'yard'));
    expect([portOf('red-yard'), await journal('u2o-interconnection.red.yard')]).toEqual([undefined, undefined]);
    await eventually(() =>
      [...rowsOf(cluster.northbound.replica, tables.nbGlobal)].every(({ options }) => !options.has('use_ct_inv_match')),
    );
  });
});
