import { type IPPool, type IpPoolSpec, type Pod, resources } from '@kube-ovn/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from './support/cluster.ts';
import { type RunningController, startController } from './support/controller.ts';
import {
  allocated,
  createNode,
  eventMessage,
  namespaceObject,
  nodeObject,
  podObject,
  statefulSetObject,
  subnetObject,
} from './support/objects.ts';
import { eventually } from './support/wait.ts';

const pool = (name: string, spec: IpPoolSpec): IPPool => ({ apiVersion: 'kubeovn.io/v1', kind: 'IPPool', metadata: { name }, spec });
const withPool = (value: string) => ({ annotations: { 'ovn.kubernetes.io/ip_pool': value } });

describe('pools of addresses', () => {
  let cluster: Cluster;
  let running: RunningController;
  beforeAll(async () => {
    cluster = await startCluster();
    running = await startController(cluster);
    await createNode(cluster.kube, nodeObject('node1', '192.0.2.1'));
    for (const name of ['shop', 'bank']) await cluster.kube.create(resources.namespace, namespaceObject(name));
    await cluster.kube.create(resources.subnet, subnetObject('wide', { cidrBlock: '10.30.0.0/24,fd00:30::/64' }));
  }, 60_000);
  afterAll(async () => {
    await running?.stop();
    await cluster?.stop();
  });

  const create = (pod: Pod): Promise<Pod> => cluster.kube.create(resources.pod, pod);
  const remove = (key: string): Promise<void> => cluster.kube.delete(resources.pod, key, { gracePeriodSeconds: 0 });
  const addressOf = async (key: string): Promise<string | undefined> => (await allocated(cluster, key))['ip_address'];
  const refused = (key: string, reason: string): Promise<string> =>
    eventually(async () => {
      const { conditions = [] } = (await cluster.kube.get(resources.pod, key)).status ?? {};
      return conditions.find((condition) => condition.status === 'False' && condition.reason === reason)?.message;
    });
  const condition = (name: string, type: string, status: 'True' | 'False') =>
    eventually(async () =>
      (await cluster.kube.get(resources.ipPool, name)).status?.conditions?.find((each) => each.type === type && each.status === status),
    );
  const status = (name: string, wanted: object) =>
    eventually(async () => {
      const found = (await cluster.kube.get(resources.ipPool, name)).status ?? {};
      expect(found).toMatchObject(wanted);
      return found;
    });

  it('a list of addresses: pods of a Deployment take any of them, one more waits and says so, and gets the one that becomes free', async () => {
    const options = { namespace: 'bank', annotations: { ...withPool('10.16.0.50,10.16.0.51').annotations } };
    await create(podObject('one', options));
    await create(podObject('two', options));
    expect(new Set([await addressOf('bank/one'), await addressOf('bank/two')])).toEqual(new Set(['10.16.0.50', '10.16.0.51']));
    await create(podObject('three', options));
    expect(await refused('bank/three', 'AcquireAddressFailed')).toMatch(/none of 2 candidates.*10\.16\.0\.51/);
    const free = await addressOf('bank/one');
    await remove('bank/one');
    expect(await addressOf('bank/three')).toBe(free);
  });

  it('pairs by ordinal for a StatefulSet; an ordinal without a pair waits with an event, and is served when there is one', async () => {
    const { metadata: owner } = await cluster.kube.create(resources.statefulSet, statefulSetObject('db', 3));
    const metadata = (name: string, ip_pool: string): Pod['metadata'] => ({
      name,
      namespace: 'shop',
      annotations: { 'ovn.kubernetes.io/logical_switch': 'wide', 'ovn.kubernetes.io/ip_pool': ip_pool },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: owner.uid ?? '', controller: true }],
    });
    const pairs = '10.30.0.60,fd00:30::60;10.30.0.61,fd00:30::61';
    await create({ ...podObject('db-1'), metadata: metadata('db-1', pairs) });
    expect(await addressOf('shop/db-1')).toBe('10.30.0.61,fd00:30::61');
    await create({ ...podObject('db-2'), metadata: metadata('db-2', pairs) });
    const message = await refused('shop/db-2', 'ValidatePodNetworkFailed');
    expect(message).toMatch(/Pod shop\/db-2.*ip_pool.*10\.30\.0\.60.*2 entries and none for ordinal 2/);
    expect(await eventMessage(cluster, 'db-2', 'ValidatePodNetworkFailed')).toBe(message);
    await cluster.kube.patch(resources.pod, 'shop/db-2', {
      metadata: { annotations: { 'ovn.kubernetes.io/ip_pool': `${pairs};10.30.0.62,fd00:30::62` } },
    });
    expect(await addressOf('shop/db-2')).toBe('10.30.0.62,fd00:30::62');
  });

  it('an IPPool: nobody takes from it unasked; its counters and ranges are exact; it is kept while in use', async () => {
    await cluster.kube.create(resources.ipPool, pool('blue', { subnet: 'wide', ips: ['10.30.0.2..10.30.0.4', 'fd00:30::2..fd00:30::4'] }));
    await status('blue', { v4AvailableIPs: 3, v4AvailableIPRange: '10.30.0.2-10.30.0.4', v6AvailableIPs: 3, v4UsingIPs: 0 });
    const inWide = { annotations: { 'ovn.kubernetes.io/logical_switch': 'wide' } };
    await create(podObject('common', inWide));
    expect(await addressOf('shop/common')).toBe('10.30.0.5,fd00:30::5');
    await create(podObject('blue', withPool('blue')));
    expect(await addressOf('shop/blue')).toBe('10.30.0.2,fd00:30::2');
    await status('blue', {
      v4AvailableIPs: 2,
      v4AvailableIPRange: '10.30.0.3-10.30.0.4',
      v4UsingIPs: 1,
      v4UsingIPRange: '10.30.0.2',
      v6UsingIPRange: 'fd00:30::2',
      conditions: [
        { type: 'Validated', status: 'True', reason: 'UpdateIPAMSucceeded' },
        { type: 'Ready', status: 'True' },
      ],
    });
    await cluster.kube.delete(resources.ipPool, 'blue');
    expect((await condition('blue', 'InUse', 'True')).message).toMatch(/IPPool blue is kept: 10\.30\.0\.2,fd00:30::2 of it are in use/);
    expect(await eventMessage(cluster, 'blue', 'IPPoolInUse')).toMatch(/10\.30\.0\.2/);
    await create(podObject('late', withPool('blue')));
    expect(await refused('shop/late', 'AcquireAddressFailed')).toMatch(/IPPool blue, which is being deleted/);
    await remove('shop/late');
    await remove('shop/blue');
    await eventually(async () => (await cluster.kube.list(resources.ipPool)).items.length === 0);
  });

  it('a namespace that pools list takes addresses from these alone, shows them, and follows live changes', async () => {
    await cluster.kube.create(resources.namespace, namespaceObject('lab'));
    await cluster.kube.create(resources.ipPool, pool('green', { subnet: 'wide', ips: ['10.30.0.100'], namespaces: ['lab'] }));
    const annotation = async () => (await cluster.kube.get(resources.namespace, 'lab')).metadata.annotations?.['ovn.kubernetes.io/ip_pool'];
    await eventually(async () => (await annotation()) === 'green');
    await create(podObject('a', { namespace: 'lab' }));
    expect(await addressOf('lab/a')).toBe('10.30.0.100'); // IPv4 alone: the pool has no other
    await create(podObject('b', { namespace: 'lab' }));
    expect(await refused('lab/b', 'AcquireAddressFailed')).toMatch(/pool green has no free IPv4 address/);
    await cluster.kube.patch(resources.ipPool, 'green', { spec: { ips: ['10.30.0.100', '10.30.0.110'] } });
    expect(await addressOf('lab/b')).toBe('10.30.0.110');
    await status('green', { v4UsingIPs: 2, v4AvailableIPs: 0, v4UsingIPRange: '10.30.0.100,10.30.0.110' });
    await cluster.kube.patch(resources.ipPool, 'green', { spec: { namespaces: [] } });
    await eventually(async () => (await annotation()) === undefined);
    for (const name of ['a', 'b']) await remove(`lab/${name}`);
    await cluster.kube.delete(resources.ipPool, 'green');
  });

  it.each<[string, IpPoolSpec, IpPoolSpec, readonly string[]]>([
    ['overlaps', { subnet: 'wide', ips: ['10.30.0.205'] }, { subnet: 'wide', ips: ['10.30.0.215'] }, ['10.30.0.205', 'IPPool first']],
    ['outside', { subnet: 'wide', ips: ['10.31.0.1'] }, { subnet: 'wide', ips: ['10.30.0.216'] }, ['10.31.0.1', '10.30.0.0/24']],
    ['no-subnet', { subnet: 'nowhere', ips: ['10.30.0.217'] }, { subnet: 'wide', ips: ['10.30.0.217'] }, ['nowhere', 'does not exist']],
    ['no-address', { subnet: 'wide', ips: ['10.30.0.x'] }, { subnet: 'wide', ips: ['10.30.0.218'] }, ['10.30.0.x', 'write addresses']],
  ])('%s: told in a condition and an event, harms nothing, and is mended', async (name, bad, good, parts) => {
    await cluster.kube
      .create(resources.ipPool, pool('first', { subnet: 'wide', ips: ['10.30.0.200..10.30.0.210'] }))
      .catch(() => undefined);
    await condition('first', 'Ready', 'True');
    await cluster.kube.create(resources.ipPool, pool(name, bad));
    const { message } = await condition(name, 'Validated', 'False');
    for (const part of [`IPPool ${name}`, ...parts]) expect(message).toContain(part);
    expect(await eventMessage(cluster, name, 'UpdateIPAMFailed')).toBe(message);
    await condition('first', 'Ready', 'True');
    await cluster.kube.patch(resources.ipPool, name, { spec: good });
    await condition(name, 'Ready', 'True');
    await status(name, { v4AvailableIPs: 1 });
    await cluster.kube.delete(resources.ipPool, name);
  });
});
