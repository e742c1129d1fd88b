import { type Pod, resources, type SubnetSpec } from '@kube-ovn/api';
import { rowsOf } from '@kube-ovn/ovsdb';
import { tables } from '@kube-ovn/ovn-model';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from './support/cluster.ts';
import { type RunningController, startController } from './support/controller.ts';
import { allocated, createNode, eventMessage, namespaceObject, nodeObject, podObject, subnetObject } from './support/objects.ts';
import { refusingPatches } from './support/refusing.ts';
import { eventually } from './support/wait.ts';

describe('the life of a Subnet', () => {
  let cluster: Cluster;
  let running: RunningController;
  beforeAll(async () => {
    cluster = await startCluster();
    running = await startController(cluster);
    await createNode(cluster.kube, nodeObject('node1', '192.0.2.1'));
  }, 60_000);
  afterAll(async () => {
    await running?.stop();
    await cluster?.stop();
  });

  /** A Subnet and a namespace that it serves, both of this name. */
  const serve = async (name: string, spec: SubnetSpec): Promise<void> => {
    await cluster.kube.create(resources.namespace, namespaceObject(name));
    await cluster.kube.create(resources.subnet, subnetObject(name, { ...spec, namespaces: [name] }));
    await eventually(
      async () => (await cluster.kube.get(resources.namespace, name)).metadata.annotations?.['ovn.kubernetes.io/logical_switch'] === name,
    );
  };
  const create = (namespace: string, name: string, more: Parameters<typeof podObject>[1] = {}): Promise<Pod> =>
    cluster.kube.create(resources.pod, podObject(name, { namespace, ...more }));
  const remove = (key: string): Promise<void> => cluster.kube.delete(resources.pod, key, { gracePeriodSeconds: 0 });
  const edit = (name: string, spec: SubnetSpec) => cluster.kube.patch(resources.subnet, name, { spec });
  const addressOf = async (key: string): Promise<string> => (await allocated(cluster, key))['ip_address'] ?? '';
  const waits = (key: string): Promise<string> =>
    eventually(async () => {
      const { conditions = [] } = (await cluster.kube.get(resources.pod, key)).status ?? {};
      return conditions.find(({ status, reason }) => status === 'False' && reason === 'AcquireAddressFailed')?.message;
    });
  const condition = (name: string, type: string, status: 'True' | 'False') =>
    eventually(async () =>
      (await cluster.kube.get(resources.subnet, name)).status?.conditions?.find((each) => each.type === type && each.status === status),
    );
  const routerNetworks = (name: string) =>
    [...rowsOf(cluster.northbound.replica, tables.logicalRouterPort)].find((port) => port.name === `ovn-cluster-${name}`)?.networks;

  it('a full /24: the first pod beyond waits with an event that names the Subnet and the numbers, and has the address that becomes free within a second', async () => {
    await serve('full', { cidrBlock: '10.50.0.0/24' });
    const names = Array.from({ length: 253 }, (_, n) => `p${n}`);
    await Promise.all(names.map((name) => create('full', name)));
    const taken = new Set<string>();
    for (const name of names) taken.add(await addressOf(`full/${name}`));
    expect(taken.size).toBe(253);
    await create('full', 'late');
    const message = await waits('full/late');
    expect(message).toMatch(/late\.full.*subnet full.*\(0 of 253\)/);
    expect(await eventMessage(cluster, 'late', 'AcquireAddressFailed')).toBe(message);
    const freed = await addressOf('full/p77');
    await remove('full/p77');
    const startedAt = performance.now();
    expect((await allocated(cluster, 'full/late', 5000))['ip_address']).toBe(freed);
    expect(performance.now() - startedAt).toBeLessThan(1000);
    await Promise.all([...names.filter((name) => name !== 'p77'), 'late'].map((name) => remove(`full/${name}`)));
  }, 90_000);

  it('grows while it is full: who waits is served, the router and the pods hear of the new block', async () => {
    await serve('grows', { cidrBlock: '10.51.0.0/30' });
    await create('grows', 'first');
    expect(await addressOf('grows/first')).toBe('10.51.0.2');
    await create('grows', 'second');
    await waits('grows/second');
    await edit('grows', { cidrBlock: '10.51.0.0/29' });
    expect(await addressOf('grows/second')).toBe('10.51.0.3');
    await eventually(async () => (await allocated(cluster, 'grows/first'))['cidr'] === '10.51.0.0/29');
    await eventually(() => routerNetworks('grows')?.includes('10.51.0.1/29'));
  });

  it('other exclusions and another gateway count for what comes; pods that run keep what they have', async () => {
    await serve('edited', { cidrBlock: '10.52.0.0/29' });
    await create('edited', 'first');
    expect(await addressOf('edited/first')).toBe('10.52.0.2');
    await edit('edited', { excludeIps: ['10.52.0.2..10.52.0.4'], gateway: '10.52.0.6' });
    await eventually(() => routerNetworks('edited')?.includes('10.52.0.6/29'));
    await create('edited', 'second');
    expect(await addressOf('edited/second')).toBe('10.52.0.1');
    expect((await allocated(cluster, 'edited/second'))['gateway']).toBe('10.52.0.6');
    expect(await addressOf('edited/first')).toBe('10.52.0.2');
  });

  it('an edit that would strand an address is told, harms nobody, and comes into force when the address is free', async () => {
    await serve('shrinks', { cidrBlock: '10.53.0.0/28' });
    await create('shrinks', 'high', { annotations: { 'ovn.kubernetes.io/ip_address': '10.53.0.13' } });
    await create('shrinks', 'low');
    await addressOf('shrinks/high');
    expect(await addressOf('shrinks/low')).toBe('10.53.0.2');
    await edit('shrinks', { cidrBlock: '10.53.0.0/29' });
    const { message } = await condition('shrinks', 'Validated', 'False');
    expect(message).toMatch(/Subnet shrinks: spec\.cidrBlock "10\.53\.0\.0\/29" does not hold 10\.53\.0\.13 of high\.shrinks/);
    expect(await eventMessage(cluster, 'shrinks', 'ValidateLogicalSwitchFailed')).toBe(message);
    expect(routerNetworks('shrinks')).toEqual(['10.53.0.1/28']);
    await remove('shrinks/high');
    await condition('shrinks', 'Validated', 'True');
    await eventually(() => routerNetworks('shrinks')?.includes('10.53.0.1/29'));
    await edit('shrinks', { gateway: '10.53.0.2' });
    expect((await condition('shrinks', 'Validated', 'False')).message).toMatch(
      /spec\.gateway "10\.53\.0\.2" is in use: 10\.53\.0\.2 of low\.shrinks/,
    );
    await edit('shrinks', { gateway: '10.53.0.1' });
    await condition('shrinks', 'Validated', 'True');
  });

  it('deleted while in use it stays, says who uses it, takes nobody new, and goes with the last', async () => {
    await serve('kept', { cidrBlock: '10.54.0.0/24' });
    await create('kept', 'user');
    await addressOf('kept/user');
    await cluster.kube.delete(resources.subnet, 'kept');
    expect((await condition('kept', 'InUse', 'True')).message).toMatch(/Subnet kept is kept: 1 of its addresses are in use by user\.kept/);
    expect(await eventMessage(cluster, 'kept', 'SubnetInUse')).toMatch(/user\.kept/);
    await create('kept', 'late', { annotations: { 'ovn.kubernetes.io/logical_switch': 'kept' } });
    expect(await waits('kept/late')).toMatch(/Subnet kept, which is being deleted/);
    await remove('kept/late');
    await remove('kept/user');
    await eventually(async () => (await cluster.kube.list(resources.subnet)).items.every(({ metadata }) => metadata.name !== 'kept'));
  });

  it('deleted before the controller could mark it as kept, it has given no address: it goes at once, and nothing of it is left', async () => {
    await running.stop();
    let isRefused = true;
    running = await startController(cluster, [], { kube: (client) => refusingPatches(client, 'subnets early', () => isRefused) });
    await cluster.kube.create(resources.subnet, subnetObject('early', { cidrBlock: '10.56.0.0/24' }));
    const inEarly = { annotations: { 'ovn.kubernetes.io/logical_switch': 'early' } };
    await create('default', 'asks', inEarly);
    await create('default', 'beside');
    await addressOf('default/beside');
    const ips = async () => (await cluster.kube.list(resources.ip)).items.filter(({ spec }) => spec.subnet === 'early');
    expect(await ips()).toEqual([]);
    await cluster.kube.delete(resources.subnet, 'early');
    expect(await waits('default/asks')).toContain('early');
    isRefused = false;
    await cluster.kube.create(resources.subnet, subnetObject('early', { cidrBlock: '10.56.0.0/24' }));
    expect(await addressOf('default/asks')).toBe('10.56.0.2');
    for (const name of ['asks', 'beside']) await remove(`default/${name}`);
  });

  it('law: after every step the counters and ranges are those of the IP objects', async () => {
    await serve('counted', { cidrBlock: '10.55.0.0/28' });
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.record({ do: fc.constant('create' as const), pod: fc.nat(7) }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('delete' as const), pod: fc.nat(7) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('size' as const), bits: fc.constantFrom(27, 28) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('exclude' as const), from: fc.integer({ min: 2, max: 12 }) }) },
    );
    const excluded = { from: 14 };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 10 }), async (steps) => {
        for (const each of steps) {
          if (each.do === 'create') await create('counted', `p${each.pod}`).catch(() => undefined);
          else if (each.do === 'delete') await remove(`counted/p${each.pod}`).catch(() => undefined);
          else if (each.do === 'size') await edit('counted', { cidrBlock: `10.55.0.0/${each.bits}` });
          else await edit('counted', { excludeIps: [`10.55.0.${(excluded.from = each.from)}..10.55.0.${each.from + 1}`] });
          await eventually(async () => {
            const { items } = await cluster.kube.list(resources.ip);
            const used = items
              .filter(({ spec }) => spec.subnet === 'counted')
              .map(({ spec }) => Number((spec.v4IpAddress ?? '').split('.')[3]));
            const { spec, status } = await cluster.kube.get(resources.subnet, 'counted');
            const pods = (await cluster.kube.list(resources.pod, { namespace: 'counted' })).items.length;
            const last = spec.cidrBlock === '10.55.0.0/27' ? 30 : 14;
            const usable = Array.from({ length: last - 1 }, (_, n) => n + 2).filter(
              (n) => !spec.excludeIps?.some((text) => covers(text, n)),
            );
            const using = usable.filter((n) => used.includes(n));
            expect(used.length).toBe(pods);
            expect([status?.v4usingIPs, status?.v4availableIPs]).toEqual([using.length, usable.length - using.length]);
            expect(status?.v4usingIPrange).toBe(rangesText(using));
            expect(status?.v4availableIPrange).toBe(rangesText(usable.filter((n) => !used.includes(n))));
            return true;
          });
        }
      }),
      { numRuns: 5, endOnFailure: true },
    );
  }, 120_000);
});

function covers(text: string, n: number): boolean {
  const [first = 0, last = first] = text.split('..').map((address) => Number(address.split('.')[3]));
  return first <= n && n <= last;
}

/** `a-b,c` of consecutive numbers. */
function rangesText(numbers: readonly number[]): string {
  const address = (n: number): string => `10.55.0.${n}`;
  return numbers
    .filter((n) => !numbers.includes(n - 1))
    .map((first) => {
      let last = first;
      while (numbers.includes(last + 1)) last += 1;
      return first === last ? address(first) : `${address(first)}-${address(last)}`;
    })
    .join(',');
}
