import { type KubeObject, type OvnEip, type Resource, resources } from '@kube-ovn/api';
import { rowsOf } from '@kube-ovn/ovsdb';
import { tables } from '@kube-ovn/ovn-model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from './support/cluster.ts';
import { type RunningController, startController } from './support/controller.ts';
import { allocated, createNode, eventMessage, namespaceObject, nodeObject, podObject, subnetObject } from './support/objects.ts';
import { eventually } from './support/wait.ts';

type Spec = Readonly<Record<string, unknown>>;
interface Shown extends KubeObject {
  readonly spec: Readonly<Record<string, string>>;
  readonly status?: Readonly<Record<string, string | boolean>> & {
    readonly conditions?: OvnEip['status'] extends infer S ? (S extends { conditions?: infer C } ? C : never) : never;
  };
}
const kinds: Readonly<Record<string, Resource<KubeObject>>> = {
  OvnEip: resources.ovnEip as Resource<KubeObject>,
  OvnFip: resources.ovnFip as Resource<KubeObject>,
  OvnSnatRule: resources.ovnSnatRule as Resource<KubeObject>,
  OvnDnatRule: resources.ovnDnatRule as Resource<KubeObject>,
  Vpc: resources.vpc as Resource<KubeObject>,
  Vlan: resources.vlan as Resource<KubeObject>,
  ProviderNetwork: resources.providerNetwork as Resource<KubeObject>,
};

describe('external addresses of Vpcs', () => {
  let cluster: Cluster;
  let running: RunningController;
  beforeAll(async () => {
    cluster = await startCluster();
    running = await startController(cluster);
    for (const [at, name] of ['node1', 'node2', 'node3'].entries()) {
      await createNode(cluster.kube, nodeObject(name, `192.0.2.${at + 1}`));
      await cluster.kube.patch(resources.node, name, { metadata: { annotations: { 'ovn.kubernetes.io/chassis': `chassis-${name}` } } });
    }
    await cluster.kube.create(resources.namespace, namespaceObject('reds'));
    await create('ProviderNetwork', 'net1', { defaultInterface: 'eth1' });
    for (const [index, name] of ['external', 'further'].entries()) {
      await create('Vlan', `vlan-${name}`, { id: 100 + index, provider: 'net1' });
      await external(name);
    }
    await create('Vpc', 'red', { namespaces: ['reds'] });
    await cluster.kube.create(resources.subnet, subnetObject('red-net', { vpc: 'red', cidrBlock: '10.16.0.0/16', namespaces: ['reds'] }));
    await cluster.kube.create(
      resources.pod,
      podObject('web', { namespace: 'reds', annotations: { 'ovn.kubernetes.io/ip_address': '10.16.0.9' } }),
    );
    await allocated(cluster, 'reds/web');
  }, 60_000);
  afterAll(async () => {
    await running?.stop();
    await cluster?.stop();
  });

  const external = (name: string): Promise<unknown> => {
    const third = name === 'external' ? 100 : 101;
    const spec = {
      vlan: `vlan-${name}`,
      cidrBlock: `198.51.${third}.0/24,fd00:${third}::/64`,
      gateway: `198.51.${third}.254,fd00:${third}::fe`,
    };
    return cluster.kube.create(resources.subnet, subnetObject(name, spec));
  };
  const kind = (name: string): Resource<KubeObject> => {
    const found = kinds[name];
    if (found === undefined) throw new Error(`no kind ${name}`);
    return found;
  };
  const create = (of: string, name: string, spec: Spec): Promise<unknown> =>
    cluster.kube.create(kind(of), { apiVersion: 'kubeovn.io/v1', kind: of, metadata: { name }, spec } as KubeObject);
  const shown = async (of: string, name: string): Promise<Shown> => (await cluster.kube.get(kind(of), name)) as Shown;
  const patch = (of: string, name: string, spec: Spec): Promise<unknown> => cluster.kube.patch(kind(of), name, { spec });
  const ready = (of: string, name: string): Promise<Shown> =>
    eventually(async () => {
      const found = await shown(of, name);
      if (found.status?.['ready'] !== true) throw new Error(`${of} ${name}: ${JSON.stringify(found.status)}`);
      return found;
    });
  const refused = (of: string, name: string): Promise<string> =>
    eventually(
      async () => (await shown(of, name)).status?.conditions?.find(({ type, status }) => type === 'Ready' && status === 'False')?.message,
    );
  const remove = async (of: string, name: string): Promise<void> => {
    await cluster.kube.delete(kind(of), name);
    await eventually(async () => (await cluster.kube.list(kind(of))).items.every(({ metadata }) => metadata.name !== name));
  };
  const nats = () => [...rowsOf(cluster.northbound.replica, tables.nat)];
  const ports = () => [...rowsOf(cluster.northbound.replica, tables.logicalRouterPort)];
  const routes = () => [...rowsOf(cluster.northbound.replica, tables.logicalRouterStaticRoute)];
  const balancers = () => [...rowsOf(cluster.northbound.replica, tables.loadBalancer)].filter(({ external_ids: ids }) => ids.has('nat'));

  it('enableExternal gives the router a port with an OvnEip of type lrp, a group of chassis and the way out', async () => {
    await patch('Vpc', 'red', { enableExternal: true });
    const { spec, status, metadata } = await ready('OvnEip', 'red-external');
    expect(status).toMatchObject({ v4Ip: '198.51.100.1', v6Ip: 'fd00:100::1', type: 'lrp', nat: '', macAddress: spec['macAddress'] });
    expect(metadata.labels).toMatchObject({ 'ovn.kubernetes.io/ovn_eip_type': 'lrp', 'ovn.kubernetes.io/eip_v4_ip': '198.51.100.1' });
    await eventually(async () => (await shown('Vpc', 'red')).status?.['enableExternal'] === true);
    const port = ports().find(({ name }) => name === 'red-external');
    expect([port?.mac, [...(port?.networks ?? [])].toSorted((a, b) => (a < b ? -1 : 1))]).toEqual([
      spec['macAddress'],
      ['198.51.100.1/24', 'fd00:100::1/64'],
    ]);
    const group = [...rowsOf(cluster.northbound.replica, tables.haChassisGroup)].find(({ _uuid }) => _uuid === port?.ha_chassis_group);
    expect([group?.name, group?.ha_chassis.length]).toEqual(['red-external', 3]);
    const ways = routes().filter(({ output_port }) => output_port === 'red-external');
    expect(ways.map((route) => `${route.ip_prefix} ${route.nexthop}`).toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
      '0.0.0.0/0 198.51.100.254',
      '::/0 fd00:100::fe',
    ]);
  });

  it('labelled nodes carry it, a cordoned one last', async () => {
    const chassis = (): string => {
      const group = [...rowsOf(cluster.northbound.replica, tables.haChassisGroup)].find(({ name }) => name === 'red-external');
      const members = [...rowsOf(cluster.northbound.replica, tables.haChassis)].filter(({ _uuid }) => group?.ha_chassis.includes(_uuid));
      return members
        .toSorted((a, b) => Number(b.priority) - Number(a.priority))
        .map(({ chassis_name }) => chassis_name)
        .join();
    };
    const label = (name: string, value: string | null): Promise<unknown> =>
      cluster.kube.patch(resources.node, name, { metadata: { labels: { 'ovn.kubernetes.io/external-gw': value } } });
    for (const name of ['node1', 'node2']) await label(name, 'true');
    const [first = ''] = (await eventually(() => (chassis().split(',').length === 2 ? chassis() : undefined))).split(',');
    await cluster.kube.patch(resources.node, first.replace('chassis-', ''), { spec: { unschedulable: true } });
    await eventually(() => chassis().endsWith(`,${first}`));
    await cluster.kube.patch(resources.node, first.replace('chassis-', ''), { spec: { unschedulable: null } });
    for (const name of ['node1', 'node2']) await label(name, null);
    await eventually(() => chassis().split(',').length === 3);
    expect(chassis()).toContain('chassis-node3');
  });

  it('an OvnSnatRule, an OvnFip of each type and an OvnDnatRule become rows, and say in Kube-OVN’s words what they are', async () => {
    await create('OvnEip', 'shared', { externalSubnet: 'external', v4Ip: '198.51.100.50', type: 'nat' });
    await create('OvnSnatRule', 'out', { ovnEip: 'shared', vpcSubnet: 'red-net' });
    expect((await ready('OvnSnatRule', 'out')).status).toMatchObject({ vpc: 'red', v4Eip: '198.51.100.50', v4IpCidr: '10.16.0.0/16' });
    // created in a later second: of those that use an address the oldest is named
    const second = (): number => Math.floor(Date.now() / 1000);
    const before = second();
    await eventually(() => second() > before);
    await create('OvnDnatRule', 'in', { ovnEip: 'shared', ipName: 'web.reds', internalPort: '80', externalPort: '8080', protocol: 'tcp' });
    expect((await ready('OvnDnatRule', 'in')).status).toMatchObject({
      vpc: 'red',
      v4Eip: '198.51.100.50',
      v4Ip: '10.16.0.9',
      internalPort: '80',
      externalPort: '8080',
      protocol: 'tcp',
      ipName: 'web.reds',
    });
    await eventually(async () => (await shown('OvnEip', 'shared')).status?.['nat'] === 'dnat,snat');
    await create('OvnEip', 'own', { externalSubnet: 'external', v4Ip: '198.51.100.60' });
    await create('OvnFip', 'both', { ovnEip: 'own', ipName: 'web.reds', type: 'distributed' });
    const fip = await ready('OvnFip', 'both');
    expect(fip.status).toMatchObject({ vpc: 'red', v4Eip: '198.51.100.60', v4Ip: '10.16.0.9' });
    const row = (type: string) => nats().find((each) => each.type === type);
    const port = ports().find(({ name }) => name === 'red-external');
    expect(row('snat')).toMatchObject({ external_ip: '198.51.100.50', logical_ip: '10.16.0.0/16', gateway_port: port?._uuid });
    expect(row('dnat_and_snat')).toMatchObject({ external_ip: '198.51.100.60', logical_ip: '10.16.0.9', logical_port: 'web.reds' });
    expect(balancers().map((each) => [each.name, [...each.vips]])).toEqual([['in', [['198.51.100.50:8080', '10.16.0.9:80']]]]);
    await remove('OvnFip', 'both');
    await create('OvnFip', 'both', { ovnEip: 'own', v4Ip: '10.16.0.9', vpc: 'red' });
    await ready('OvnFip', 'both');
    expect(row('dnat_and_snat')).toMatchObject({ external_ip: '198.51.100.60', logical_port: undefined, external_mac: undefined });
  });

  it.each<[string, string, Spec, readonly string[]]>([
    ['no address', 'OvnFip', { ipName: 'web.reds' }, ['spec.ovnEip is empty']],
    ['an address that is not there', 'OvnFip', { ovnEip: 'none', ipName: 'web.reds' }, ['spec.ovnEip "none" does not exist']],
    ['nobody', 'OvnFip', { ovnEip: 'spare' }, ['spec.ipName is empty']],
    ['somebody who is not there', 'OvnFip', { ovnEip: 'spare', ipName: 'x.y' }, ['spec.ipName "x.y"', 'is not there']],
    [
      'an address of a node’s gateway',
      'OvnFip',
      { ovnEip: 'of-node', ipName: 'web.reds' },
      ['"of-node" is of type lsp', 'no address for NAT'],
    ],
    [
      'the router’s own address',
      'OvnFip',
      { ovnEip: 'red-external', ipName: 'web.reds' },
      ['"red-external" is the address of a router itself'],
    ],
    ['an address in use', 'OvnFip', { ovnEip: 'shared', ipName: 'web.reds' }, ['spec.ovnEip "shared" is used by OvnSnatRule out']],
    [
      'an address in use by an OvnFip',
      'OvnSnatRule',
      { ovnEip: 'own', vpcSubnet: 'red-net' },
      ['spec.ovnEip "own" is used by OvnFip both'],
    ],
    [
      'a port in use',
      'OvnDnatRule',
      { ovnEip: 'shared', ipName: 'web.reds', internalPort: '81', externalPort: '8080', protocol: 'tcp' },
      ['port 8080 led elsewhere by OvnDnatRule in'],
    ],
    [
      'a port that is none',
      'OvnDnatRule',
      { ovnEip: 'shared', ipName: 'web.reds', internalPort: '0', externalPort: '81', protocol: 'tcp' },
      ['spec.internalPort "0"'],
    ],
    [
      'a protocol that is none',
      'OvnDnatRule',
      { ovnEip: 'shared', ipName: 'web.reds', internalPort: '80', externalPort: '81', protocol: 'icmp' },
      ['spec.protocol "icmp"'],
    ],
    ['a block that is none', 'OvnSnatRule', { ovnEip: 'shared', vpc: 'red', v4IpCidr: '10.16.0.0/33' }, ['spec.v4IpCidr "10.16.0.0/33"']],
    [
      'a Vpc that is not joined',
      'OvnSnatRule',
      { ovnEip: 'shared', vpcSubnet: 'ovn-default' },
      ['"shared" is of Subnet external, on which Vpc ovn-cluster has no port', 'spec.enableExternal'],
    ],
    [
      'a distributed one of nobody',
      'OvnFip',
      { ovnEip: 'spare', type: 'distributed', vpc: 'red', v4Ip: '10.16.0.9' },
      ['spec.type "distributed"'],
    ],
  ])('a rule with %s is refused with field and value, and harms nothing', async (_name, of, spec, parts) => {
    await create('OvnEip', 'of-node', { externalSubnet: 'external', type: 'lsp' }).catch(() => undefined);
    await create('OvnEip', 'spare', { externalSubnet: 'external' }).catch(() => undefined);
    await create(of, 'bad', spec);
    const message = await refused(of, 'bad');
    for (const part of [`${of} bad:`, ...parts]) expect(message).toContain(part);
    expect(await eventMessage(cluster, 'bad', `Validate${of}Failed`)).toBeDefined();
    await remove(of, 'bad');
    expect([nats().length, balancers().length]).toEqual([2, 1]);
  });

  it.each<[string, Spec, readonly string[]]>([
    ['no Subnet', {}, ['spec.externalSubnet is empty']],
    ['a Subnet that is not there', { externalSubnet: 'none' }, ['"none" does not exist']],
    ['a Subnet of pods', { externalSubnet: 'red-net' }, ['"red-net" is no Subnet of an external network']],
    ['an address that is none', { externalSubnet: 'external', v4Ip: '198.51.100.400' }, ['spec.v4Ip "198.51.100.400"']],
    ['an address elsewhere', { externalSubnet: 'external', v4Ip: '198.51.101.9' }, ['spec.v4Ip "198.51.101.9" is not in 198.51.100.0/24']],
    ['an address that is taken', { externalSubnet: 'external', v4Ip: '198.51.100.50' }, ['ovn-eip/shared holds 198.51.100.50']],
  ])('an OvnEip with %s is refused', async (_name, spec, parts) => {
    await create('OvnEip', 'bad', spec);
    const message = await refused('OvnEip', 'bad');
    for (const part of parts) expect(message).toContain(part);
    await remove('OvnEip', 'bad');
  });

  it('what is ready can not be changed: an edit is put back, with an event', async () => {
    await patch('OvnEip', 'shared', { v4Ip: '198.51.100.51', externalSubnet: 'further' });
    await patch('OvnSnatRule', 'out', { ovnEip: 'spare' });
    await patch('OvnDnatRule', 'in', { externalPort: '9090' });
    await patch('OvnFip', 'both', { v4Ip: '10.16.0.10' });
    await eventually(async () => (await shown('OvnEip', 'shared')).spec['v4Ip'] === '198.51.100.50');
    await eventually(async () => (await shown('OvnSnatRule', 'out')).spec['ovnEip'] === 'shared');
    await eventually(async () => (await shown('OvnDnatRule', 'in')).spec['externalPort'] === '8080');
    await eventually(async () => (await shown('OvnFip', 'both')).spec['v4Ip'] === '10.16.0.9');
    expect(await eventMessage(cluster, 'shared', 'OvnEipImmutable')).toContain('spec.externalSubnet "further", spec.v4Ip "198.51.100.51"');
    expect(await eventMessage(cluster, 'out', 'OvnSnatRuleImmutable')).toContain('spec.ovnEip "spare"');
    expect(await eventMessage(cluster, 'in', 'OvnDnatRuleImmutable')).toContain('spec.externalPort "9090"');
    expect(await eventMessage(cluster, 'both', 'OvnFipImmutable')).toContain('spec.v4Ip "10.16.0.10"');
    expect(balancers().map((each) => [...each.vips.keys()])).toEqual([['198.51.100.50:8080']]);
    const { judgeEip, judgeNat } = running.controller.graph.external;
    const eip = await cluster.kube.get(resources.ovnEip, 'shared');
    const fip = await cluster.kube.get(resources.ovnFip, 'both');
    expect(judgeEip({ ...eip, spec: { ...eip.spec, v4Ip: '198.51.100.51' } }).map(({ code }) => code)).toEqual(['IMMUTABLE']);
    expect(judgeNat('OvnFip', { ...fip, spec: { ...fip.spec, ovnEip: 'spare' } }).map(({ code }) => code)).toEqual(['IMMUTABLE']);
    expect(judgeNat('OvnFip', { metadata: { name: 'new' }, spec: { ovnEip: 'own', ipName: 'web.reds' } }).map(({ code }) => code)).toEqual([
      'NAT_EIP_TAKEN',
    ]);
  });

  it('further external Subnets: a port each, and a rule about ports says why it can not be there', async () => {
    await patch('Vpc', 'red', { extraExternalSubnets: ['further', 'nowhere'] });
    await ready('OvnEip', 'red-further');
    await eventually(async () => (await shown('Vpc', 'red')).status?.['extraExternalSubnets']?.toString() === 'further');
    const told = await eventually(
      async () => (await shown('Vpc', 'red')).status?.conditions?.find(({ type }) => type === 'Validated')?.message,
    );
    expect(told).toContain('spec.extraExternalSubnets "nowhere" is not in force');
    expect(await refused('OvnDnatRule', 'in')).toContain('whose router has several ports on gateways');
    await patch('Vpc', 'red', { extraExternalSubnets: [] });
    await eventually(async () =>
      (await cluster.kube.list(resources.ovnEip)).items.every(({ metadata }) => metadata.name !== 'red-further'),
    );
    await ready('OvnDnatRule', 'in');
  });

  it('a restart writes nothing', async () => {
    await running.settled();
    await running.stop();
    running = await startController(cluster);
    await running.settled();
    expect(running.writes).toEqual([]);
    expect(nats().length).toBe(2);
  });

  it('in the default Vpc policies lead to the external gateway what is translated, and of ports only the answers', async () => {
    await patch('Vpc', 'ovn-cluster', { enableExternal: true });
    await create('OvnEip', 'default-out', { externalSubnet: 'external' });
    await create('OvnSnatRule', 'default-out', { ovnEip: 'default-out', vpcSubnet: 'ovn-default' });
    await ready('OvnSnatRule', 'default-out');
    await cluster.kube.create(
      resources.pod,
      podObject('plain', { namespace: 'default', annotations: { 'ovn.kubernetes.io/ip_address': '10.16.0.77' } }),
    );
    await allocated(cluster, 'default/plain');
    await create('OvnDnatRule', 'default-in', {
      ovnEip: 'default-out',
      ipName: 'plain.default',
      internalPort: '53',
      externalPort: '53',
      protocol: 'udp',
    });
    await ready('OvnDnatRule', 'default-in');
    const policies = [...rowsOf(cluster.northbound.replica, tables.logicalRouterPolicy)].filter(
      ({ priority }) => Number(priority) === 29_250,
    );
    expect(policies.map(({ match, nexthops }) => [match, ...nexthops]).toSorted((a, b) => ((a[0] ?? '') < (b[0] ?? '') ? -1 : 1))).toEqual([
      ['ip4.src == 10.16.0.0/16', '198.51.100.254'],
      ['ip4.src == 10.16.0.77 && udp.src == 53', '198.51.100.254'],
    ]);
    for (const [of, name] of [
      ['OvnSnatRule', 'default-out'],
      ['OvnDnatRule', 'default-in'],
      ['OvnEip', 'default-out'],
    ] as const)
      await remove(of, name);
    await patch('Vpc', 'ovn-cluster', { enableExternal: false });
    await eventually(() => ports().every(({ name }) => name !== 'ovn-cluster-external'));
  });

  it('an OvnEip in use is kept, and a Vpc that rules need, until these are gone', async () => {
    await cluster.kube.delete(resources.ovnEip, 'shared');
    const told = await eventually(
      async () => (await shown('OvnEip', 'shared')).status?.conditions?.find(({ type }) => type === 'InUse')?.message,
    );
    expect(told).toBe('OvnEip shared is kept: OvnDnatRule in, OvnSnatRule out use it; delete what uses it first');
    await remove('OvnDnatRule', 'in');
    await remove('OvnSnatRule', 'out');
    await eventually(async () => (await cluster.kube.list(resources.ovnEip)).items.every(({ metadata }) => metadata.name !== 'shared'));
    await cluster.kube.delete(resources.pod, 'reds/web', { gracePeriodSeconds: 0 });
    await cluster.kube.delete(resources.subnet, 'red-net');
    await cluster.kube.delete(resources.vpc, 'red');
    await eventually(async () => (await shown('Vpc', 'red')).status?.conditions?.some(({ message }) => message?.includes('OvnFip both')));
    await remove('OvnFip', 'both');
    await eventually(async () => (await cluster.kube.list(resources.vpc)).items.every(({ metadata }) => metadata.name !== 'red'));
    await eventually(async () =>
      (await cluster.kube.list(resources.ovnEip)).items.every(({ metadata }) => metadata.name !== 'red-external'),
    );
    expect([nats().length, balancers().length]).toEqual([0, 0]);
  });
});
