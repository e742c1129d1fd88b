/** The checks that look at a simulated world, in worlds that are set by hand. */
import { FINALIZER } from '@kube-ovn/api';
import type { FakeObject } from '@kube-ovn/kube/testing';
import { describe, expect, it } from 'vitest';
import { brokenReservations } from './reservations.ts';
import { MachineWatch } from './virtual-machines.ts';
import { World } from './world.ts';

const subnet = (name: string, cidrBlock: string, namespaces: readonly string[] = []): FakeObject => ({
  metadata: { name },
  spec: { cidrBlock, namespaces },
});
const defaultSubnet = subnet('ovn-default', '10.16.0.0/16');
const wide = subnet('wide', '10.31.0.0/16', ['bank']);

describe('MachineWatch', () => {
  const ownerReferences = [{ apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachineInstance', name: 'm1', uid: 'vmi', controller: true }];
  const launcher = (name: string, told?: string): FakeObject => ({
    metadata: { namespace: 'bank', name, ownerReferences, annotations: told === undefined ? {} : toldOf(told) },
    spec: { nodeName: 'n1' },
  });
  const toldOf = (address: string) => ({ 'ovn.kubernetes.io/allocated': 'true', 'ovn.kubernetes.io/ip_address': address });

  /** A machine that has run in the default Subnet starts, stops and starts again. @param between Subnets while it starts first */
  async function restarted(between: readonly FakeObject[]): Promise<() => void> {
    const world = new World(1);
    const [pods, subnets] = [world.api.collection('pods'), world.api.collection('subnets')];
    const watch = new MachineWatch();
    world.api.collection('virtualmachines').put({ metadata: { namespace: 'bank', name: 'm1' }, spec: {} });
    subnets.put(defaultSubnet);
    pods.put(launcher('first', '10.16.0.2'));
    watch.check(world);
    pods.remove(launcher('first'));
    for (const each of between) subnets.put(each);
    pods.put(launcher('second'));
    watch.check(world);
    pods.remove(launcher('second'));
    for (const each of between) subnets.remove(each);
    await world.clock.advance(60_000);
    pods.put(launcher('third', '10.16.0.6'));
    return () => watch.check(world);
  }

  it('a machine keeps its address over stops', async () => {
    expect(await restarted([])).toThrow('machine bank/m1 had 10.16.0.2 and was told 10.16.0.6');
  });

  it('a machine gives it up when it starts in another Subnet of its namespace, though it stops before it is told one there', async () => {
    expect(await restarted([wide])).not.toThrow();
  });
});

describe('brokenReservations', () => {
  const refused = [{ type: 'Ready', status: 'False', message: 'another holds 10.30.0.3' }];
  const ip = (podName: string, conditions: readonly object[] = []): FakeObject => ({
    metadata: { name: `${podName}.shop`, labels: { 'test/made-by-user': 'true' }, finalizers: [FINALIZER] },
    spec: { namespace: 'shop', podName, v4IpAddress: '10.30.0.3' },
    status: { conditions },
  });
  const brokenOf = (...ips: readonly FakeObject[]): readonly string[] => {
    const world = new World(1);
    for (const each of ips) world.api.collection('ips').put(each);
    return brokenReservations(world).map((line) => line.split(' ')[0] ?? '');
  };

  it('one of two objects with one address says that it has none', () => {
    expect(brokenOf(ip('p2', refused), ip('p3'))).toEqual([]);
    expect(brokenOf(ip('p2'), ip('p3'))).toEqual(['p2.shop', 'p3.shop']);
    expect(brokenOf(ip('p2', refused), ip('p3', refused))).toEqual(['p2.shop', 'p3.shop']);
    expect(brokenOf(ip('p2', refused))).toEqual(['p2.shop']);
  });
});
