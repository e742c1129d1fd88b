import { describe, expect, it } from 'vitest';
import { formatSnapshot, loadSnapshot } from './snapshot.ts';
import { Store } from './store.ts';

const object = (name: string, more = {}): Parameters<Store['put']>[2] => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'n' },
  ...more,
});

describe('snapshot', () => {
  it('brings every object back as it was, and goes on above its revision', () => {
    const store = new Store({ startRevision: 500, historyLimit: 16, failed: () => undefined });
    store.put('configmaps', 'n/a', object('a', { free: 18_446_744_073_709_551_615n }));
    store.put('configmaps', 'n/b', object('b'));
    store.put('pods', 'n/c', object('c'));
    store.remove('configmaps', 'n/b');
    const again = new Store({ startRevision: 100, historyLimit: 16, failed: () => undefined });
    loadSnapshot(again, formatSnapshot(store));
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
  ])('refuses %s', (text, message) => {
    expect(() => loadSnapshot(new Store({ startRevision: 1, historyLimit: 16, failed: () => undefined }), text)).toThrow(message);
  });
});
