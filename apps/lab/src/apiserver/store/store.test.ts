import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../object.ts';
import { Store } from './store.ts';
import type { Change, Stored } from './stored.ts';

const failed = (error: unknown): never => {
  throw error;
};
const names = ['a', 'b', 'c', 'd'];
const step = fc.record({ key: fc.constantFrom(...names), remove: fc.boolean(), value: fc.integer() });

function object(name: string, value: number): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { value: String(value) } };
}

function contents(list: readonly Stored[]): Map<string, Stored> {
  return new Map(list.map((stored) => [stored.object.metadata.name ?? '', stored]));
}

function replay(from: readonly Stored[], changes: readonly Change[]): Map<string, Stored> {
  const items = contents(from);
  for (const { type, key, stored } of changes) {
    if (type === 'DELETED') items.delete(key);
    else items.set(key, stored);
  }
  return items;
}

describe('store', () => {
  it('tells any kept revision again, and its changes replay to the present', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 4, max: 80 }), (steps, historyLimit) => {
        const store = new Store({ startRevision: 100, historyLimit, failed });
        const collection = store.collection('configmaps');
        const then = new Map<number, readonly Stored[]>([[store.revision, []]]);
        for (const { key, remove, value } of steps) {
          if (remove) store.remove('configmaps', key);
          else store.put('configmaps', key, object(key, value));
          then.set(store.revision, collection.list());
        }
        for (const [revision, seen] of then) {
          const kept = revision >= collection.forgottenThrough;
          const changes = collection.changesAfter(revision);
          expect(changes !== undefined).toBe(kept);
          expect(collection.listAt(revision)).toEqual(kept ? seen : undefined);
          expect(replay(kept ? seen : collection.list(), changes ?? [])).toEqual(contents(collection.list()));
        }
        expect(collection.changesAfter(store.revision)).toEqual([]);
      }),
    );
  });

  it('keeps at least as many changes as it promises', () => {
    const store = new Store({ startRevision: 0, historyLimit: 100, failed });
    for (let value = 0; value < 1000; value++) {
      store.put('configmaps', 'a', object('a', value));
      const reach = Math.min(store.revision, 100);
      expect(store.collection('configmaps').changesAfter(store.revision - reach)).toHaveLength(reach);
    }
    expect(store.collection('configmaps').changesAfter(0)).toBeUndefined();
  });

  it('stamps every write with a revision of its own', () => {
    const store = new Store({ startRevision: 7, historyLimit: 16, failed });
    expect(store.put('pods', 'x', object('x', 1)).object.metadata.resourceVersion).toBe('8');
    expect(store.put('configmaps', 'x', object('x', 1)).object.metadata.resourceVersion).toBe('9');
    expect(store.remove('pods', 'x')?.object.metadata.resourceVersion).toBe('10');
    expect(store.remove('pods', 'x')).toBeUndefined();
    expect(store.revision).toBe(10);
  });

  it('tells listeners in commit order, also of what a listener commits', () => {
    const store = new Store({ startRevision: 0, historyLimit: 16, failed });
    const heard: string[] = [];
    store.onChange((_resource, { key }) => {
      if (key === 'a') store.put('configmaps', 'b', object('b', 0));
    });
    const stop = store.onChange((_resource, { key, revision }) => heard.push(`${key}@${revision}`));
    store.put('configmaps', 'a', object('a', 0));
    expect(heard).toEqual(['a@1', 'b@2']);
    stop();
    store.put('configmaps', 'c', object('c', 0));
    expect(heard).toHaveLength(2);
  });

  it('tells the others when a listener throws', () => {
    const failures: unknown[] = [];
    const store = new Store({ startRevision: 0, historyLimit: 16, failed: (error) => failures.push(error) });
    const heard: number[] = [];
    store.onChange(() => {
      throw new Error('broken');
    });
    store.onChange((_resource, { revision }) => heard.push(revision));
    store.put('pods', 'a', object('a', 1));
    store.put('pods', 'a', object('a', 2));
    expect(heard).toEqual([1, 2]);
    expect(failures).toHaveLength(2);
  });

  it('lists in key order, by prefix', () => {
    const store = new Store({ startRevision: 0, historyLimit: 16, failed });
    for (const key of ['n2/a', 'n1/b', 'n1/a', 'n10/a']) store.put('pods', key, object(key, 0));
    expect(
      store
        .collection('pods')
        .list('n1/')
        .map(({ object: { metadata } }) => metadata.name),
    ).toEqual(['n1/a', 'n1/b']);
  });

  it('serialises a revision once for all that ask, and keeps no text of one that is replaced', () => {
    const store = new Store({ startRevision: 0, historyLimit: 16, failed });
    const stored = store.put('pods', 'a', object('a', 1));
    expect(stored.frame('ADDED', 'v1')).toBe(stored.frame('ADDED', 'v1'));
    expect(stored.frame('ADDED', 'v1').toString()).toBe(`{"type":"ADDED","object":${stored.json('v1')}}\n`);
    expect(stored.json('v2')).toContain('"apiVersion":"v2"');
    const frame = stored.frame('ADDED', 'v1');
    store.put('pods', 'a', object('a', 2));
    expect(stored.frame('ADDED', 'v1')).not.toBe(frame);
    expect(stored.frame('ADDED', 'v1')).toEqual(frame);
  });
});
