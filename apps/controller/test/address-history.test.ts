import { type AddressRelease, type Event, readReleases, resources } from '@kube-ovn/api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from './support/cluster.ts';
import { type RunningController, startController } from './support/controller.ts';
import { allocated, createNode, namespaceObject, nodeObject, podObject, statefulSetObject } from './support/objects.ts';
import { refusingToMake } from './support/refusing.ts';
import { eventually } from './support/wait.ts';

describe('who had an address', { timeout: 90_000 }, () => {
  let cluster: Cluster;
  let running: RunningController;
  beforeEach(async () => {
    cluster = await startCluster();
    running = await startController(cluster);
    await createNode(cluster.kube, nodeObject('node1', '192.0.2.1'));
    await cluster.kube.create(resources.namespace, namespaceObject('shop'));
  }, 60_000);
  afterEach(async () => {
    await running?.stop();
    await cluster?.stop();
  });

  const told = async (): Promise<readonly Event[]> =>
    (await cluster.kube.list(resources.event)).items.filter(({ reason }) => reason === 'AddressReleased');
  /** By holder: names of Events are chance. */
  const releases = async (): Promise<readonly AddressRelease[]> =>
    (await told()).flatMap(readReleases).toSorted((a, b) => (a.holder < b.holder ? -1 : 1));
  const releasesOf = (...holders: readonly string[]): Promise<readonly AddressRelease[]> =>
    eventually(async () => {
      const found = await releases();
      return holders.every((name) => found.some(({ holder }) => holder === name)) ? found : undefined;
    });
  const remove = (name: string): Promise<unknown> => cluster.kube.delete(resources.pod, `shop/${name}`, { gracePeriodSeconds: 0 });
  const isFree = (name: string): Promise<unknown> =>
    eventually(async () => (await cluster.kube.list(resources.ip)).items.every(({ metadata }) => metadata.name !== `${name}.shop`));

  it('is told once at the Subnet, when the address is free: not again by who leads next', async () => {
    await cluster.kube.create(resources.pod, podObject('web'));
    const { ip_address: address = '', mac_address: mac = '' } = await allocated(cluster, 'shop/web');
    const { metadata } = await cluster.kube.get(resources.ip, 'web.shop');
    await remove('web');
    const [release] = await releasesOf('Pod shop/web');
    expect(release).toMatchObject({ addresses: address.split(','), mac, node: 'node1', subnet: 'ovn-default', why: 'pod deleted' });
    expect(release?.since).toBe(metadata.creationTimestamp);
    expect(Date.parse(release?.until ?? '')).toBeGreaterThanOrEqual(Date.parse(release?.since ?? ''));
    const [event] = await told();
    expect(event?.involvedObject).toMatchObject({ kind: 'Subnet', name: 'ovn-default' });
    expect(event?.message).toBe(`Pod shop/web on node1 had ${address} since ${metadata.creationTimestamp}: pod deleted`);

    await running.stop();
    running = await startController(cluster);
    await running.settled();
    await cluster.kube.create(resources.pod, podObject('later'));
    await allocated(cluster, 'shop/later');
    await remove('later');
    expect((await releasesOf('Pod shop/later')).map(({ holder }) => holder)).toEqual(['Pod shop/later', 'Pod shop/web']);
  });

  it('a pod that is deleted while no controller runs is told of by the next', async () => {
    await cluster.kube.create(resources.pod, podObject('unseen'));
    await allocated(cluster, 'shop/unseen');
    await running.stop();
    await remove('unseen');
    running = await startController(cluster);
    expect((await releasesOf('Pod shop/unseen')).map(({ why }) => why)).toEqual(['pod deleted']);
  });

  it('what was given back just before the end of a term is told', async () => {
    for (const name of ['first', 'last']) await cluster.kube.create(resources.pod, podObject(name));
    for (const name of ['first', 'last']) await allocated(cluster, `shop/${name}`);
    await remove('first');
    await releasesOf('Pod shop/first');
    await remove('last');
    await isFree('last');
    await running.stop();
    expect((await releases()).map(({ holder }) => holder)).toEqual(['Pod shop/first', 'Pod shop/last']);
  });

  it('a pod of a StatefulSet keeps its address until the set makes it no more', async () => {
    const { metadata } = await cluster.kube.create(resources.statefulSet, statefulSetObject('db', 2));
    const owner = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: metadata.uid ?? '', controller: true };
    for (const n of [0, 1]) {
      const pod = podObject(`db-${n}`);
      await cluster.kube.create(resources.pod, { ...pod, metadata: { ...pod.metadata, ownerReferences: [owner] } });
      await allocated(cluster, `shop/db-${n}`);
    }
    await cluster.kube.create(resources.pod, podObject('plain'));
    await allocated(cluster, 'shop/plain');
    for (const name of ['db-0', 'db-1', 'plain']) await remove(name);
    expect((await releasesOf('Pod shop/plain')).map(({ holder }) => holder)).toEqual(['Pod shop/plain']);
    await cluster.kube.patch(resources.statefulSet, 'shop/db', { spec: { replicas: 1 } });
    expect((await releasesOf('Pod shop/db-1')).map(({ holder, why }) => [holder, why])).toEqual([
      ['Pod shop/db-1', 'pod deleted, and its StatefulSet makes it no more'],
      ['Pod shop/plain', 'pod deleted'],
    ]);
  });

  it('200 pods that go together are few Events, and each of them is told', async () => {
    const names = Array.from({ length: 200 }, (_, n) => `p${n}`);
    await Promise.all(names.map((name) => cluster.kube.create(resources.pod, podObject(name))));
    for (const name of names) await allocated(cluster, `shop/${name}`, 60_000);
    await Promise.all(names.map(remove));
    const found = await releasesOf(...names.map((name) => `Pod shop/${name}`));
    expect(found).toHaveLength(200);
    expect((await told()).length).toBeLessThan(40);
  });

  it('a server that takes no Events keeps no address from being free', async () => {
    await running.stop();
    running = await startController(cluster, [], { kube: (client) => refusingToMake(client, 'Event') });
    await cluster.kube.create(resources.pod, podObject('web'));
    await allocated(cluster, 'shop/web');
    await remove('web');
    await isFree('web');
    await cluster.kube.create(resources.pod, podObject('next'));
    await allocated(cluster, 'shop/next');
    expect(await told()).toEqual([]);
  });
});
