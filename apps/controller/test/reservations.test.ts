import { type IP, type IpSpec, type Pod, resources } from '@kube-ovn/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from './support/cluster.ts';
import { type RunningController, startController } from './support/controller.ts';
import { allocated, createNode, eventMessage, namespaceObject, nodeObject, podObject, subnetObject } from './support/objects.ts';
import { eventually } from './support/wait.ts';

const inSubnet = (logical_switch: string) => ({ annotations: { 'ovn.kubernetes.io/logical_switch': logical_switch } });

describe('IP objects that users make', () => {
  let cluster: Cluster;
  let running: RunningController;
  beforeAll(async () => {
    cluster = await startCluster();
    running = await startController(cluster);
    await createNode(cluster.kube, nodeObject('node1', '192.0.2.1'));
    await cluster.kube.create(resources.namespace, namespaceObject('shop'));
    await cluster.kube.create(
      resources.subnet,
      subnetObject('dual', { cidrBlock: '10.40.0.0/24,fd00:40::/64', excludeIps: ['10.40.0.60'] }),
    );
    await cluster.kube.create(resources.subnet, subnetObject('tiny', { cidrBlock: '10.41.0.0/30' }));
  }, 60_000);
  afterAll(async () => {
    await running?.stop();
    await cluster?.stop();
  });

  const reserve = (podName: string, spec: IpSpec, name = `${podName}.shop`): Promise<IP> =>
    cluster.kube.create<IP>(resources.ip, {
      apiVersion: 'kubeovn.io/v1',
      kind: 'IP',
      metadata: { name },
      spec: { podName, namespace: 'shop', ...spec },
    });
  const ipOf = (name: string): Promise<IP> => cluster.kube.get(resources.ip, `${name}.shop`);
  const create = (pod: Pod): Promise<Pod> => cluster.kube.create(resources.pod, pod);
  const remove = (name: string): Promise<unknown> => cluster.kube.delete(resources.pod, `shop/${name}`, { gracePeriodSeconds: 0 });
  const isHeld = ({ metadata }: IP): boolean => metadata.labels?.['ovn.kubernetes.io/ip_reserved'] === 'true';
  const held = (name: string): Promise<IP> =>
    eventually(async () => {
      const ip = await ipOf(name);
      return isHeld(ip) ? ip : undefined;
    });
  const conditionOf = (name: string, status: 'True' | 'False') =>
    eventually(async () => (await ipOf(name)).status?.conditions?.find((each) => each.type === 'Ready' && each.status === status));
  const using = (subnet: string, count: number) =>
    eventually(async () => Number((await cluster.kube.get(resources.subnet, subnet)).status?.v4usingIPs ?? -1) === count);

  it('take what they name, choose the rest, and count', async () => {
    await reserve('web-0', { subnet: 'dual', v4IpAddress: '10.40.0.2', macAddress: '00:00:00:AA:00:01' });
    const { spec, status } = await held('web-0');
    expect(spec).toMatchObject({ ipAddress: '10.40.0.2,fd00:40::2', v6IpAddress: 'fd00:40::2', macAddress: '00:00:00:aa:00:01' });
    expect(status?.conditions).toBeUndefined(); // nothing to say
    await using('dual', 1);
  });

  it('are for the pod of that name and for no other, over pods and restarts of the controller', async () => {
    await create(podObject('other', inSubnet('dual')));
    expect((await allocated(cluster, 'shop/other'))['ip_address']).toBe('10.40.0.3,fd00:40::3');
    await create(podObject('web-0', inSubnet('dual')));
    expect(await allocated(cluster, 'shop/web-0')).toMatchObject({ ip_address: '10.40.0.2,fd00:40::2', mac_address: '00:00:00:aa:00:01' });
    await remove('web-0');
    await running.stop();
    running = await startController(cluster);
    await create(podObject('late', inSubnet('dual')));
    expect((await allocated(cluster, 'shop/late'))['ip_address']).toBe('10.40.0.4,fd00:40::4');
    await create(podObject('web-0', inSubnet('dual')));
    expect((await allocated(cluster, 'shop/web-0'))['ip_address']).toBe('10.40.0.2,fd00:40::2');
    await remove('web-0');
  }, 60_000);

  it('keep what they have when somebody edits them', async () => {
    const edited = await cluster.kube.patch(resources.ip, 'web-0.shop', { spec: { v4IpAddress: '10.40.0.77' } });
    expect(edited.spec.v4IpAddress).toBe('10.40.0.77');
    expect(await eventually(async () => (await ipOf('web-0')).spec.v4IpAddress === '10.40.0.2')).toBe(true);
  });

  it('deleted, give their addresses back', async () => {
    await cluster.kube.delete(resources.ip, 'web-0.shop');
    await eventually(async () => (await cluster.kube.list(resources.ip)).items.every(({ metadata }) => metadata.name !== 'web-0.shop'));
    await using('dual', 2);
    await create(
      podObject('heir', { annotations: { 'ovn.kubernetes.io/logical_switch': 'dual', 'ovn.kubernetes.io/ip_address': '10.40.0.2' } }),
    );
    expect((await allocated(cluster, 'shop/heir'))['ip_address']).toContain('10.40.0.2,');
  });

  it('may name an address that the Subnet excludes', async () => {
    await reserve('excluded', { subnet: 'dual', v4IpAddress: '10.40.0.60' });
    expect((await held('excluded')).spec.v4IpAddress).toBe('10.40.0.60');
  });

  it.each<[string, IpSpec, string, readonly string[]]>([
    ['no-subnet', {}, 'ValidateIPFailed', ['spec.subnet', 'is empty']],
    ['unknown', { subnet: 'nowhere', v4IpAddress: '10.9.0.5' }, 'ValidateIPFailed', ['"nowhere"', 'does not exist']],
    ['outside', { subnet: 'dual', v4IpAddress: '10.41.0.5' }, 'ValidateIPFailed', ['"10.41.0.5"', '10.40.0.0/24', 'Subnet dual']],
    ['malformed', { subnet: 'dual', v4IpAddress: '10.40.0.0/24' }, 'ValidateIPFailed', ['spec.v4IpAddress', 'no IPv4 address']],
    ['bad-mac', { subnet: 'dual', macAddress: '02:00' }, 'ValidateIPFailed', ['spec.macAddress', '"02:00"']],
    [
      'taken',
      { subnet: 'dual', v4IpAddress: '10.40.0.3', macAddress: '00:00:00:AA:00:03' },
      'AcquireAddressFailed',
      ['10.40.0.3', 'other.shop'],
    ],
  ])('%s is told in a condition and an event, and its pod waits', async (name, spec, reason, parts) => {
    await reserve(name, spec);
    const { message = '' } = await conditionOf(name, 'False');
    for (const part of parts) expect(message).toContain(part);
    expect(await eventMessage(cluster, `${name}.shop`, reason)).toBe(message);
    expect(isHeld(await ipOf(name))).toBe(false);
  });

  it('of another name than their pod have an event that names the right one', async () => {
    await reserve('web-9', { subnet: 'dual' }, 'misnamed');
    expect(await eventMessage(cluster, 'misnamed', 'ValidateIPFailed')).toContain('web-9.shop');
  });

  it('are served the moment what they ask for is free', async () => {
    await remove('other');
    expect(await conditionOf('taken', 'True')).toMatchObject({ reason: 'AddressAllocated', message: '' });
    expect((await held('taken')).spec.v4IpAddress).toBe('10.40.0.3');
  });

  it('whose addresses are taken stay without them after a restart, and who has them keeps them', async () => {
    await create(podObject('zebra', inSubnet('tiny')));
    expect((await allocated(cluster, 'shop/zebra'))['ip_address']).toBe('10.41.0.2');
    await reserve('ant', { subnet: 'tiny', v4IpAddress: '10.41.0.2', macAddress: '00:00:00:AA:00:09' });
    const { message } = await conditionOf('ant', 'False');
    await running.stop();
    running = await startController(cluster);
    await remove('heir');
    await using('dual', 3); // it leads: late, excluded, taken
    expect(isHeld(await ipOf('ant'))).toBe(false);
    expect((await conditionOf('ant', 'False')).message).toBe(message);
    expect((await allocated(cluster, 'shop/zebra'))['ip_address']).toBe('10.41.0.2');
    expect((await ipOf('zebra')).spec.v4IpAddress).toBe('10.41.0.2');
  }, 60_000);
});
