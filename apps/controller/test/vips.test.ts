import { type Pod, resources, type Vip, type VipSpec } from '@kube-ovn/api';
import { rowsOf } from '@kube-ovn/ovsdb';
import { tables } from '@kube-ovn/ovn-model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from './support/cluster.ts';
import { type RunningController, startController } from './support/controller.ts';
import { allocated, createNode, eventMessage, namespaceObject, nodeObject, podObject, subnetObject } from './support/objects.ts';
import { eventually } from './support/wait.ts';

const vip = (name: string, spec: VipSpec): Vip => ({ apiVersion: 'kubeovn.io/v1', kind: 'Vip', metadata: { name }, spec });
const inSubnet = (logical_switch: string, more: Readonly<Record<string, string>> = {}) => ({
  annotations: Object.fromEntries(Object.entries({ logical_switch, ...more }).map(([key, value]) => [`ovn.kubernetes.io/${key}`, value])),
});

describe('virtual addresses', () => {
  let cluster: Cluster;
  let running: RunningController;
  beforeAll(async () => {
    cluster = await startCluster();
    running = await startController(cluster);
    await createNode(cluster.kube, nodeObject('node1', '192.0.2.1'));
    for (const name of ['shop', 'bank']) await cluster.kube.create(resources.namespace, namespaceObject(name));
    await cluster.kube.create(resources.subnet, subnetObject('dual', { cidrBlock: '10.40.0.0/24,fd00:40::/64' }));
    await cluster.kube.create(resources.subnet, subnetObject('tiny', { cidrBlock: '10.41.0.0/29' }));
  }, 60_000);
  afterAll(async () => {
    await running?.stop();
    await cluster?.stop();
  });

  const create = (name: string, spec: VipSpec): Promise<Vip> => cluster.kube.create(resources.vip, vip(name, spec));
  const pod = (object: Pod): Promise<Pod> => cluster.kube.create(resources.pod, object);
  const vipOf = (name: string): Promise<Vip> => cluster.kube.get(resources.vip, name);
  const ready = (name: string, status: 'True' | 'False') =>
    eventually(async () => {
      const found = await vipOf(name);
      return found.status?.conditions?.some((each) => each.type === 'Ready' && each.status === status) ? found : undefined;
    });
  const messageOf = async (name: string): Promise<string> => (await ready(name, 'False')).status?.conditions?.[0]?.message ?? '';
  const port = (name: string) => [...rowsOf(cluster.northbound.replica, tables.logicalSwitchPort)].find((each) => each.name === name);
  const gone = (name: string) =>
    eventually(async () => (await cluster.kube.list(resources.vip)).items.every((each) => each.metadata.name !== name));
  const using = (subnet: string, count: number) =>
    eventually(async () => Number((await cluster.kube.get(resources.subnet, subnet)).status?.v4usingIPs ?? -1) === count);

  it('takes addresses of its Subnet, says them in spec and status, counts, and gives them back', async () => {
    await create('any', { subnet: 'dual', namespace: 'shop' });
    const { spec, status, metadata } = await ready('any', 'True');
    expect(status).toMatchObject({ v4ip: '10.40.0.2', v6ip: 'fd00:40::2', type: '', selector: [] });
    expect(spec).toMatchObject({ v4ip: '10.40.0.2', v6ip: 'fd00:40::2', macAddress: status?.mac });
    expect(metadata.finalizers).toEqual(['kubeovn.io/kube-ovn-controller']);
    await using('dual', 1);
    await eventually(() => port('any')?.options.get('virtual-ip') === '10.40.0.2');
    expect([port('any')?.type, port('any-ip6')?.options.get('virtual-ip')]).toEqual(['virtual', 'fd00:40::2']);

    await pod(podObject('beside', inSubnet('dual')));
    expect((await allocated(cluster, 'shop/beside'))['ip_address']).toBe('10.40.0.3,fd00:40::3');
    await cluster.kube.delete(resources.vip, 'any');
    await gone('any');
    expect(port('any')).toBeUndefined();
    await using('dual', 1);
  });

  it('takes what is asked for by name', async () => {
    await create('named', { subnet: 'dual', v4ip: '10.40.0.100', v6ip: 'fd00:40::64', macAddress: '00:00:00:AA:BB:CC' });
    expect((await ready('named', 'True')).status).toMatchObject({ v4ip: '10.40.0.100', v6ip: 'fd00:40::64', mac: '00:00:00:aa:bb:cc' });
  });

  it.each<[string, VipSpec, readonly string[]]>([
    ['no-subnet', {}, ['spec.subnet', 'is empty']],
    ['unknown-subnet', { subnet: 'nowhere' }, ['"nowhere"', 'does not exist']],
    ['upper-case', { subnet: 'dual', v6ip: 'FD00:40::AB' }, ['"FD00:40::AB"', 'upper case', 'write fd00:40::ab']],
    ['outside', { subnet: 'dual', v4ip: '10.41.0.5' }, ['"10.41.0.5"', '10.40.0.0/24', 'Subnet dual']],
    ['bad-address', { subnet: 'dual', v4ip: '10.40.0.0/24' }, ['spec.v4ip', 'no IPv4 address']],
    ['bad-mac', { subnet: 'dual', macAddress: '02:00:00:00:00' }, ['spec.macAddress', '"02:00:00:00:00"']],
  ])('%s is refused with a condition and an event, until it is mended', async (name, spec, parts) => {
    await create(name, spec);
    const message = await messageOf(name);
    for (const part of parts) expect(message).toContain(part);
    expect(await eventMessage(cluster, name, 'ValidateVipFailed')).toBe(message);
    await cluster.kube.patch(resources.vip, name, { spec: { subnet: 'dual', v4ip: null, v6ip: null, macAddress: null } });
    await ready(name, 'True');
    await cluster.kube.delete(resources.vip, name);
    await gone(name);
  });

  it('an address that is taken, and a Subnet that is full, are told; what becomes free is given at once', async () => {
    await pod(podObject('holder', inSubnet('dual', { ip_address: '10.40.0.50,fd00:40::50' })));
    await allocated(cluster, 'shop/holder');
    await create('taken', { subnet: 'dual', v4ip: '10.40.0.50' });
    expect(await messageOf('taken')).toMatch(/subnet dual: holder\.shop holds 10\.40\.0\.50/);
    expect(await eventMessage(cluster, 'taken', 'AcquireAddressFailed')).toMatch(/holder\.shop/);
    await cluster.kube.delete(resources.pod, 'shop/holder', { gracePeriodSeconds: 0 });
    expect((await ready('taken', 'True')).status?.v4ip).toBe('10.40.0.50');

    for (const at of [1, 2, 3, 4, 5]) await create(`fill-${at}`, { subnet: 'tiny' });
    for (const at of [1, 2, 3, 4, 5]) await ready(`fill-${at}`, 'True');
    await create('one-too-many', { subnet: 'tiny' });
    expect(await messageOf('one-too-many')).toMatch(/subnet tiny: no IPv4 address is free \(0 of 5\)/);
    const { status } = await vipOf('fill-3');
    await cluster.kube.delete(resources.vip, 'fill-3');
    expect((await ready('one-too-many', 'True')).status?.v4ip).toBe(status?.v4ip);
  });

  it('what it has can not be changed: an edit is put back, with an event', async () => {
    await create('fixed', { subnet: 'dual', v4ip: '10.40.0.60' });
    await ready('fixed', 'True');
    await cluster.kube.patch(resources.vip, 'fixed', { spec: { v4ip: '10.40.0.61', subnet: 'tiny' } });
    await eventually(async () => (await vipOf('fixed')).spec.v4ip === '10.40.0.60');
    expect((await vipOf('fixed')).spec.subnet).toBe('dual');
    expect(await eventMessage(cluster, 'fixed', 'VipImmutable')).toMatch(
      /spec\.subnet "tiny", spec\.v4ip "10\.40\.0\.61" can not be changed/,
    );
  });

  it('pods of its namespace that name it are its virtual parents, and may send from it with port security', async () => {
    await create('shared', { subnet: 'dual', namespace: 'shop', v4ip: '10.40.0.70', v6ip: 'fd00:40::70' });
    await ready('shared', 'True');
    const keeps = inSubnet('dual', { aaps: 'shared', port_security: 'true' });
    for (const name of ['a', 'b']) await pod(podObject(name, keeps));
    await pod(podObject('stranger', { ...keeps, namespace: 'bank' }));
    await pod(podObject('elsewhere', inSubnet('tiny', { aaps: 'shared' })));
    const a = await allocated(cluster, 'shop/a');
    await allocated(cluster, 'bank/stranger');
    const parents = (name: string) => port(name)?.options.get('virtual-parents');
    await eventually(() => parents('shared') === 'a.shop,b.shop' && parents('shared-ip6') === 'a.shop,b.shop');
    const own = `${a['mac_address']} ${a['ip_address']?.replace(',', ' ')}`;
    await eventually(() => port('a.shop')?.port_security[0] === `${own} 10.40.0.70 fd00:40::70`);
    expect(port('stranger.bank')?.port_security[0]).not.toContain('10.40.0.70');
    await cluster.kube.delete(resources.pod, 'shop/b', { gracePeriodSeconds: 0 });
    await eventually(() => parents('shared') === 'a.shop');
    await cluster.kube.delete(resources.vip, 'shared');
    await eventually(() => port('a.shop')?.port_security[0] === own);
  });

  it('the other types: a front of a load balancer answers with the MAC address of the router, an address of hosts has no port', async () => {
    await create('front', { subnet: 'dual', type: 'switch_lb_vip', v4ip: '10.40.0.80', v6ip: 'fd00:40::80' });
    await create('host', { subnet: 'dual', type: 'kube_host_vm_vip' });
    await ready('front', 'True');
    const host = await ready('host', 'True');
    const router = [...rowsOf(cluster.northbound.replica, tables.logicalRouterPort)].find((each) => each.name === 'ovn-cluster-dual');
    const link = () => port('dual-ovn-cluster')?.addresses.toSorted();
    await eventually(() => link()?.length === 2);
    // not a port of its own: it would take from the router what is sent to the router's MAC address
    expect([link(), port('front')]).toEqual([[`${router?.mac} 10.40.0.80 fd00:40::80`, 'router'], undefined]);
    expect([host.status?.type, port('host')]).toEqual(['kube_host_vm_vip', undefined]);
    await cluster.kube.delete(resources.vip, 'front');
    await eventually(() => link()?.join() === 'router');
  });

  it('a pod takes the address and the MAC address of a Vip: one pod at a time, and the Vip has them before and after', async () => {
    await create('lent', { subnet: 'dual', v4ip: '10.40.0.90', v6ip: 'fd00:40::90' });
    const { status } = await ready('lent', 'True');
    await running.settled();
    const before = Number((await cluster.kube.get(resources.subnet, 'dual')).status?.v4usingIPs);
    const takes = { annotations: { 'ovn.kubernetes.io/vip': 'lent' } };
    await pod(podObject('first', takes));
    const first = await allocated(cluster, 'shop/first');
    expect([first['ip_address'], first['mac_address'], first['logical_switch']]).toEqual(['10.40.0.90,fd00:40::90', status?.mac, 'dual']);
    const reserved = async () => (await vipOf('lent')).metadata.labels?.['ovn.kubernetes.io/ip_reserved'];
    await eventually(async () => (await reserved()) === 'true');
    await eventually(() => port('lent') === undefined);
    await using('dual', before);

    await pod(podObject('second', takes));
    expect(await eventMessage(cluster, 'second', 'AcquireAddressFailed')).toMatch(/first\.shop has that of vip\/lent/);
    await cluster.kube.delete(resources.pod, 'shop/first', { gracePeriodSeconds: 0 });
    expect((await allocated(cluster, 'shop/second'))['ip_address']).toBe('10.40.0.90,fd00:40::90');

    await cluster.kube.delete(resources.vip, 'lent');
    expect(await eventMessage(cluster, 'lent', 'VipInUse')).toMatch(/second\.shop has its addresses/);
    await running.stop(); // the Vip that lends is restored as it was
    running = await startController(cluster);
    await running.settled();
    expect(running.writes).toEqual([]);
    await cluster.kube.delete(resources.pod, 'shop/second', { gracePeriodSeconds: 0 });
    await gone('lent');
    await using('dual', before - 1);
  });

  it('a pod that names no Vip, or one of another namespace, waits and says so', async () => {
    await create('others', { subnet: 'dual', namespace: 'bank' });
    await ready('others', 'True');
    for (const name of ['nobody', 'others']) await pod(podObject(`asks-${name}`, { annotations: { 'ovn.kubernetes.io/vip': name } }));
    expect(await eventMessage(cluster, 'asks-nobody', 'ValidatePodNetworkFailed')).toMatch(/ovn\.kubernetes\.io\/vip\] "nobody" is no Vip/);
    expect(await eventMessage(cluster, 'asks-others', 'ValidatePodNetworkFailed')).toMatch(/"others" is a Vip for namespace bank/);
    await create('nobody', { subnet: 'dual', namespace: 'shop' });
    const { status } = await ready('nobody', 'True');
    expect((await allocated(cluster, 'shop/asks-nobody'))['mac_address']).toBe(status?.mac);
  });

  it('a pod of a former one’s name that gets nothing does not keep what that one had', async () => {
    await create('lent', { subnet: 'dual', namespace: 'shop' });
    await ready('lent', 'True');
    const taker = (name: string): Pod => podObject('again', inSubnet('dual', { vip: name }));
    await pod(taker('lent'));
    await allocated(cluster, 'shop/again');
    await eventually(() => port('again.shop') !== undefined);
    await cluster.kube.delete(resources.pod, 'shop/again', { gracePeriodSeconds: 0 });
    await pod(taker('no-such-vip'));
    await eventually(() => port('again.shop') === undefined);
    await eventually(async () => (await cluster.kube.list(resources.ip)).items.every(({ metadata }) => metadata.name !== 'again.shop'));
    await cluster.kube.delete(resources.vip, 'lent');
    await gone('lent');
    expect(port('again.shop')).toBeUndefined();
    await cluster.kube.delete(resources.pod, 'shop/again', { gracePeriodSeconds: 0 });
  });

  it('a restart keeps them and writes nothing, and what was deleted meanwhile is given back', async () => {
    await running.settled();
    const before = (await cluster.kube.list(resources.vip)).items;
    await running.stop();
    running = await startController(cluster);
    await running.settled();
    expect(running.writes).toEqual([]);
    expect((await cluster.kube.list(resources.vip)).items).toEqual(before);

    await running.stop();
    await cluster.kube.delete(resources.vip, 'named');
    running = await startController(cluster);
    await gone('named');
    await pod(podObject('heir', inSubnet('dual', { ip_address: '10.40.0.100,fd00:40::64' })));
    expect((await allocated(cluster, 'shop/heir'))['ip_address']).toBe('10.40.0.100,fd00:40::64');
  });
});
