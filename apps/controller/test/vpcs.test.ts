import { resources, type Vpc, type VpcSpec } from '@kube-ovn/api';
import { rowsOf } from '@kube-ovn/ovsdb';
import { tables } from '@kube-ovn/ovn-model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from './support/cluster.ts';
import { type RunningController, startController } from './support/controller.ts';
import { allocated, createNode, eventMessage, namespaceObject, nodeObject, podObject, subnetObject } from './support/objects.ts';
import { eventually } from './support/wait.ts';

describe('Vpcs of users', () => {
  let cluster: Cluster;
  let running: RunningController;
  beforeAll(async () => {
    cluster = await startCluster();
    running = await startController(cluster);
    await createNode(cluster.kube, nodeObject('node1', '192.0.2.1'));
    for (const name of ['reds', 'blues']) await cluster.kube.create(resources.namespace, namespaceObject(name));
  }, 60_000);
  afterAll(async () => {
    await running?.stop();
    await cluster?.stop();
  });

  const create = (name: string, spec: VpcSpec): Promise<Vpc> =>
    cluster.kube.create(resources.vpc, { apiVersion: 'kubeovn.io/v1', kind: 'Vpc', metadata: { name }, spec });
  const patch = (name: string, spec: object): Promise<unknown> => cluster.kube.patch(resources.vpc, name, { spec });
  const vpcOf = (name: string): Promise<Vpc> => cluster.kube.get(resources.vpc, name);
  const told = (name: string, part: string): Promise<string> =>
    eventually(async () => {
      const found = (await vpcOf(name)).status?.conditions?.find(({ type }) => type === 'Validated');
      return found?.status === 'False' && found.message?.includes(part) === true ? found.message : undefined;
    });
  const sound = (name: string): Promise<unknown> =>
    eventually(async () => (await vpcOf(name)).status?.conditions?.some(({ type, status }) => type === 'Validated' && status === 'True'));
  const routers = () => rowsOf(cluster.northbound.replica, tables.logicalRouter);
  const rows = {
    ports: (router: string) =>
      [...rowsOf(cluster.northbound.replica, tables.logicalRouterPort)].filter((row) => row.external_ids.get('lr') === router),
    routes: (router: string) => {
      const uuids = new Set([...routers()].find(({ name }) => name === router)?.static_routes);
      return [...rowsOf(cluster.northbound.replica, tables.logicalRouterStaticRoute)].filter(({ _uuid }) => uuids.has(_uuid));
    },
    policies: (router: string) => {
      const uuids = new Set([...routers()].find(({ name }) => name === router)?.policies);
      return [...rowsOf(cluster.northbound.replica, tables.logicalRouterPolicy)].filter(({ _uuid }) => uuids.has(_uuid));
    },
  };

  it('two with the same addresses stand side by side: each its router, its switch, its pod', async () => {
    for (const name of ['red', 'blue']) {
      await create(name, { namespaces: [`${name}s`] });
      await cluster.kube.create(
        resources.subnet,
        subnetObject(`${name}-net`, { vpc: name, cidrBlock: '10.16.0.0/16', namespaces: [`${name}s`] }),
      );
      await cluster.kube.create(
        resources.pod,
        podObject('web', { namespace: `${name}s`, annotations: { 'ovn.kubernetes.io/ip_address': '10.16.0.9' } }),
      );
    }
    const pods = await Promise.all(['reds/web', 'blues/web'].map((key) => allocated(cluster, key)));
    expect(pods.map((each) => [each['ip_address'], each['logical_router'], each['logical_switch']])).toEqual([
      ['10.16.0.9', 'red', 'red-net'],
      ['10.16.0.9', 'blue', 'blue-net'],
    ]);
    await eventually(async () => (await vpcOf('red')).status?.subnets?.join() === 'red-net');
    expect((await vpcOf('red')).status).toMatchObject({ default: false, standby: true, router: 'red', vpcPeerings: [] });
    expect(rows.ports('red').map(({ name }) => name)).toEqual(['red-red-net']);
  });

  it('routes and policies become rows, follow edits, and go', async () => {
    await patch('red', {
      staticRoutes: [
        { cidr: '0.0.0.0/0', nextHopIP: '10.16.0.254' },
        { cidr: '10.30.0.0/16', nextHopIP: '10.16.0.7', policy: 'policySrc', ecmpMode: 'ecmp_symmetric_reply', routeTable: 'side' },
      ],
      policyRoutes: [
        { priority: 11, action: 'drop', match: 'ip4.dst == 10.16.0.250' },
        { priority: 12, action: 'reroute', match: 'ip4.dst == 8.8.8.8', nextHopIP: '10.16.0.9,10.16.0.8' },
      ],
    });
    await eventually(() => rows.routes('red').length === 2 && rows.policies('red').length === 2);
    expect(rows.routes('red').map((row) => [row.ip_prefix, row.nexthop, row.policy, row.route_table, [...row.options]])).toEqual(
      expect.arrayContaining([
        ['0.0.0.0/0', '10.16.0.254', 'dst-ip', '', []],
        ['10.30.0.0/16', '10.16.0.7', 'src-ip', 'side', [['ecmp_symmetric_reply', 'true']]],
      ]),
    );
    expect(rows.policies('red').map((row) => [row.priority, row.action, [...row.nexthops].toSorted((a, b) => (a < b ? -1 : 1))])).toEqual(
      expect.arrayContaining([
        [11, 'drop', []],
        [12, 'reroute', ['10.16.0.8', '10.16.0.9']],
      ]),
    );
    expect(rows.routes('blue')).toEqual([]);
    await patch('red', { staticRoutes: [], policyRoutes: [{ priority: 11, action: 'allow', match: 'ip4.dst == 10.16.0.250' }] });
    await eventually(
      () =>
        rows.routes('red').length === 0 &&
        rows
          .policies('red')
          .map(({ action }) => action)
          .join() === 'allow',
    );
  });

  it('a mistake is told with field and value, and leaves all routes as they were, over a restart too', async () => {
    await patch('red', { policyRoutes: [{ priority: 11, action: 'drop', match: 'ip4.dst == 10.16.0.250' }] });
    await eventually(
      () =>
        rows
          .policies('red')
          .map(({ action }) => action)
          .join() === 'drop',
    );
    await running.settled();
    await patch('red', { policyRoutes: [], staticRoutes: [{ cidr: '10.30.0.0/16', nextHopIP: '10.16.0.300' }] });
    const message = await told('red', 'nextHopIP');
    expect(message).toContain('Vpc red: spec.staticRoutes[0].nextHopIP "10.16.0.300" is no address');
    expect(await eventMessage(cluster, 'red', 'ValidateVpcFailed')).toBe(message);
    await running.stop();
    running = await startController(cluster);
    await running.settled();
    expect(rows.policies('red').map(({ action }) => action)).toEqual(['drop']);
    await patch('red', { staticRoutes: [] });
    await sound('red');
    await eventually(() => rows.policies('red').length === 0);
  });

  it('a link is there when both name each other with two addresses of one network', async () => {
    await patch('red', { vpcPeerings: [{ remoteVpc: 'blue', localConnectIP: '169.254.0.1/30' }] });
    expect(await told('red', 'does not name this Vpc')).toContain('spec.vpcPeerings[remoteVpc=blue].remoteVpc "blue"');
    expect(rows.ports('red').length).toBe(1);
    await patch('blue', { vpcPeerings: [{ remoteVpc: 'red', localConnectIP: '169.254.1.2/30' }] });
    for (const name of ['red', 'blue']) await told(name, 'are not two addresses of one network');
    await patch('blue', { vpcPeerings: [{ remoteVpc: 'red', localConnectIP: '10.16.9.2/30' }] });
    await told('blue', 'is in Subnet blue-net (10.16.0.0/16) of this Vpc');
    await patch('blue', { vpcPeerings: [{ remoteVpc: 'red', localConnectIP: '169.254.0.2/30' }] });
    for (const name of ['red', 'blue']) await sound(name);
    await eventually(() => rows.ports('red').length === 2 && rows.ports('blue').length === 2);
    const link = rows.ports('red').find(({ name }) => name === 'red-blue');
    expect([link?.peer, [...(link?.networks ?? [])]]).toEqual(['blue-red', ['169.254.0.1/30']]);
    expect((await vpcOf('blue')).status?.vpcPeerings).toEqual(['red']);
    await patch('blue', { vpcPeerings: [] });
    await eventually(() => rows.ports('red').length === 1 && rows.ports('blue').length === 1);
    await patch('red', { vpcPeerings: [] });
  });

  it('a default Subnet of another Vpc is told and not used', async () => {
    await patch('red', { defaultSubnet: 'blue-net' });
    expect(await told('red', 'defaultSubnet')).toContain('"blue-net" is a Subnet of Vpc blue');
    await cluster.kube.create(resources.pod, podObject('later', { namespace: 'reds' }));
    expect((await allocated(cluster, 'reds/later'))['logical_switch']).toBe('red-net');
    await patch('red', { defaultSubnet: 'red-net' });
    await sound('red');
    expect((await vpcOf('red')).status?.defaultLogicalSwitch).toBe('red-net');
  });

  it('each route table of the default Vpc has its default route, without which OVN would not ask the policies', async () => {
    const defaults = () =>
      rows
        .routes('ovn-cluster')
        .filter(({ ip_prefix }) => ip_prefix === '0.0.0.0/0')
        .map(({ route_table, nexthop }) => `${route_table}>${nexthop}`)
        .toSorted((a, b) => (a < b ? -1 : 1))
        .join();
    await eventually(() => defaults() === '>100.64.0.1');
    await cluster.kube.create(resources.subnet, subnetObject('side', { cidrBlock: '10.77.0.0/24', routeTable: 'side' }));
    await eventually(() => defaults() === '>100.64.0.1,side>100.64.0.1');
    await patch('ovn-cluster', { staticRoutes: [{ cidr: '0.0.0.0/0', nextHopIP: '10.77.0.254', routeTable: 'side' }] });
    await eventually(() => defaults() === '>100.64.0.1,side>10.77.0.254');
    await patch('ovn-cluster', { staticRoutes: [] });
    await eventually(() => defaults() === '>100.64.0.1,side>100.64.0.1');
    expect((await vpcOf('ovn-cluster')).status?.conditions?.map(({ status }) => status)).toEqual(['True', 'True']);
  });

  it('one with Subnets is kept, and says by whom, until they are gone', async () => {
    await cluster.kube.delete(resources.vpc, 'blue');
    const kept = await eventually(async () => (await vpcOf('blue')).status?.conditions?.find(({ type }) => type === 'InUse')?.message);
    expect(kept).toBe('Vpc blue is kept: Subnet blue-net is in it; delete what uses it first');
    await cluster.kube.delete(resources.pod, 'blues/web', { gracePeriodSeconds: 0 });
    await cluster.kube.delete(resources.subnet, 'blue-net');
    await eventually(async () => (await cluster.kube.list(resources.vpc)).items.every(({ metadata }) => metadata.name !== 'blue'));
    await eventually(() => [...routers()].every(({ name }) => name !== 'blue'));
  });
});
