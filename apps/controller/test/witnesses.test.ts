import { resources } from '@kube-ovn/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contradictions } from './support/checker.ts';
import { type Cluster, startCluster } from './support/cluster.ts';
import { type RunningController, startController } from './support/controller.ts';
import { allocated, createNode, namespaceObject, nodeObject, podObject } from './support/objects.ts';
import { eventually } from './support/wait.ts';

describe('witnesses that were changed while no controller ran', () => {
  let cluster: Cluster;
  let running: RunningController;
  beforeAll(async () => {
    cluster = await startCluster();
    running = await startController(cluster);
    await cluster.kube.create(resources.namespace, namespaceObject('shop'));
    await createNode(cluster.kube, nodeObject('node1', '192.0.2.1'));
    for (const name of ['a', 'b', 'c', 'd']) {
      await cluster.kube.create(resources.pod, podObject(name));
      await allocated(cluster, `shop/${name}`);
    }
  }, 60_000);
  afterAll(async () => {
    await running?.stop();
    await cluster?.stop();
  });

  const annotate = (name: string, address: string): Promise<unknown> =>
    cluster.kube.patch(resources.pod, `shop/${name}`, { metadata: { annotations: { 'ovn.kubernetes.io/ip_address': address } } });
  const between = async (change: () => Promise<unknown>): Promise<void> => {
    await running.settled();
    await running.stop();
    await change();
    running = await startController(cluster);
    await running.settled();
  };
  const consistent = (): Promise<unknown> =>
    eventually(async () => {
      const found = await contradictions(cluster);
      if (found.length > 0) throw new Error(found.join('\n'));
      return true;
    });

  it('an IP object that is gone comes back with the address that the pod uses', async () => {
    const before = await allocated(cluster, 'shop/a');
    await between(async () => {
      await cluster.kube.patch(resources.ip, 'a.shop', { metadata: { finalizers: null } });
      await cluster.kube.delete(resources.ip, 'a.shop');
    });
    expect((await cluster.kube.get(resources.ip, 'a.shop')).spec.v4IpAddress).toBe(before['ip_address']);
    await consistent();
  });

  it('a port that is gone comes back', async () => {
    await between(() =>
      cluster.northbound.transact([{ op: 'update', table: 'Logical_Switch', where: [['name', '==', 'ovn-default']], row: { ports: [] } }]),
    );
    expect(await contradictions(cluster)).toEqual([]);
  });

  it('an annotation that says something else is put right, told, and what it named stays taken', async () => {
    const { ip_address } = await allocated(cluster, 'shop/b');
    await between(() => annotate('b', '10.16.0.6'));
    await eventually(async () => (await allocated(cluster, 'shop/b'))['ip_address'] === ip_address);
    await eventually(async () =>
      (await cluster.kube.list(resources.event)).items.some(
        ({ reason, involvedObject, message }) =>
          reason === 'AddressDisagreement' && involvedObject?.name === 'b' && message?.includes('10.16.0.6'),
      ),
    );
    await cluster.kube.create(resources.pod, podObject('next'));
    expect((await allocated(cluster, 'shop/next'))['ip_address']).toBe('10.16.0.7'); // .6 may be in use by b
    await consistent();
  });

  it('of two IP objects with one address one pod keeps it and the other gets its own', async () => {
    const { ip_address } = await allocated(cluster, 'shop/c');
    await between(async () => {
      await cluster.kube.patch(resources.ip, 'd.shop', { spec: { v4IpAddress: ip_address, ipAddress: ip_address } });
    });
    await consistent();
    expect((await allocated(cluster, 'shop/c'))['ip_address']).toBe(ip_address);
  });
});
