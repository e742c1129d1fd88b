import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatChange, formatSnapshot, restoreStore } from './snapshot.ts';
import { Store } from './store.ts';

const object = (name: string, more = {}): Parameters<Store['put']>[2] => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'n' },
  ...more,
});

const empty = (startRevision: number): Store => new Store({ startRevision, historyLimit: 16, failed: () => undefined });

describe('snapshot', () => {
  it('brings every object back as it was, and goes on above its revision', () => {
    const store = empty(500);
    store.put('configmaps', 'n/a', object('a', { free: 18_446_744_073_709_551_615n }));
    store.put('configmaps', 'n/b', object('b'));
    store.put('pods', 'n/c', object('c'));
    store.remove('configmaps', 'n/b');
    const again = empty(100);
    restoreStore(again, { snapshot: formatSnapshot(store), journal: '' });
    expect(again.resources()).toEqual(['configmaps', 'pods']);
    expect(again.collection('configmaps').list()).toEqual(store.collection('configmaps').list());
    expect(again.revision).toBe(504);
    expect(again.collection('configmaps').changesAfter(503)).toBeUndefined();
    expect(again.collection('secrets').changesAfter(503)).toBeUndefined();
    expect(again.collection('configmaps').changesAfter(504)).toEqual([]);
    expect(again.put('pods', 'n/d', object('d')).revision).toBe(505);
  });

  it.each([
    ['[]', 'no snapshot'],
    ['{"version":2,"revision":1}', 'no snapshot'],
    ['{"version":1,"revision":1,"resources":{"pods":[{"metadata":{}}]}}', 'an object without a name under pods'],
    ['junk', 'JSON'],
  ])('refuses %s', (snapshot, message) => {
    expect(() => restoreStore(empty(1), { snapshot, journal: '' })).toThrow(message);
  });
});

describe('journal', () => {
  const step = fc.record({ resource: fc.constantFrom('pods', 'configmaps'), name: fc.constantFrom('a', 'b', 'c'), remove: fc.boolean() });

  it('gives, whenever the snapshot was taken and wherever the process was killed, all whole lines', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 20 }), fc.nat(20), fc.nat(40), (steps, folded, cut) => {
        const store = empty(10);
        let journal = '';
        store.onChange((resource, change) => (journal += formatChange(resource, change)));
        let snapshot = formatSnapshot(store);
        const then = new Map([[store.revision, formatSnapshot(store)]]);
        steps.forEach(({ resource, name, remove }, index) => {
          if (remove) store.remove(resource, `n/${name}`);
          else store.put(resource, `n/${name}`, object(name));
          then.set(store.revision, formatSnapshot(store));
          // the journal keeps its lines, as after a kill between writing the snapshot and cutting the journal
          if (index === folded) snapshot = formatSnapshot(store);
        });
        const killed = journal.slice(0, Math.max(0, journal.length - cut));
        const again = empty(1);
        restoreStore(again, { snapshot, journal: killed });
        const expected = empty(1);
        restoreStore(expected, { snapshot: then.get(again.revision)!, journal: '' });
        for (const resource of ['pods', 'configmaps'])
          expect(again.collection(resource).list()).toEqual(expected.collection(resource).list());
        expect(again.revision).toBeGreaterThanOrEqual(10 + killed.split('\n').length - 1);
      }),
    );
  });

  it('with a line that is none is refused', () => {
    expect(() => restoreStore(empty(1), { snapshot: formatSnapshot(empty(1)), journal: '{}\n' })).toThrow('a line that is no change');
  });
});
