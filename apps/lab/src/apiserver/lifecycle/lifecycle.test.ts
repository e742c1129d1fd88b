import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../object.ts';
import { fakePorts } from '../testing/fake-ports.ts';
import { core } from '../wire.ts';
import { OwnerGraph } from './owner-graph.ts';
import { WorkQueue } from './work-queue.ts';

function object(uid: string, owners: readonly string[] = []): KubeObject {
  const ownerReferences = owners.map((owner) => ({ apiVersion: 'v1', kind: 'ConfigMap', name: owner, uid: owner }));
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: uid, namespace: 'n', uid, ownerReferences } };
}

describe('events', () => {
  it('go an hour after they were last seen', () => {
    const ports = fakePorts();
    const { api, close } = core({
      ports,
      historyLimit: 64,
      serviceClusterIpRange: '10.96.0.0/12',
      caCertificate: '',
      failed: () => undefined,
    });
    const put = (name: string, lastTimestamp: number): void => {
      const metadata = { name, namespace: 'n', creationTimestamp: new Date(ports.now()).toISOString() };
      api.store.put('events', `n/${name}`, {
        apiVersion: 'v1',
        kind: 'Event',
        metadata,
        lastTimestamp: new Date(lastTimestamp).toISOString(),
      });
    };
    put('old', ports.now());
    put('renewed', ports.now() + 1_800_000);
    ports.advance(3_600_000 + 60_000);
    expect(
      api.store
        .collection('events')
        .list()
        .map((stored) => stored.object.metadata.name),
    ).toEqual(['renewed']);
    close();
    ports.advance(7_200_000);
    expect(api.store.collection('events').size).toBe(1);
  });
});

describe('owner graph', () => {
  it('adds and removes the same edges', () => {
    const graph = new OwnerGraph();
    const uids = (owner: string): string[] => graph.dependents(owner).map(({ uid }) => uid);
    graph.set({ storage: 's', key: 'n/b' }, object('b', ['a']));
    graph.set({ storage: 's', key: 'n/c' }, object('c', ['a', 'b']));
    expect([uids('a'), uids('b')]).toEqual([['b', 'c'], ['c']]);
    graph.set({ storage: 's', key: 'n/c' }, object('c', ['b']));
    expect([uids('a'), uids('b')]).toEqual([['b'], ['c']]);
    graph.remove('c');
    graph.remove('b');
    expect([uids('a'), uids('b'), graph.find('b')]).toEqual([[], [], undefined]);
  });
});

describe('work queue', () => {
  it('looks at a key once for many adds, and again later when it failed', async () => {
    const ports = fakePorts();
    const done: string[] = [];
    const failures: unknown[] = [];
    const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    let broken = true;
    const work = (key: string): Promise<void> => {
      done.push(key);
      return key === 'b' && broken ? Promise.reject(new Error('no')) : Promise.resolve();
    };
    const queue = new WorkQueue(ports, work, (error) => failures.push(error));
    for (const key of ['a', 'a', 'b', 'a']) queue.add(key);
    ports.advance(0);
    await settle();
    expect(done).toEqual(['a', 'b']);
    expect(failures).toHaveLength(1);
    broken = false;
    ports.advance(1000);
    await settle();
    expect(done).toEqual(['a', 'b', 'b']);
    queue.close();
    queue.add('c');
    ports.advance(5000);
    await settle();
    expect(done).toHaveLength(3);
  });
});
