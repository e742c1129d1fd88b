import { resources, type Pod } from '@kube-ovn/api';
import { observe } from '@kube-ovn/dataflow';
import { FakeScheduler } from '@kube-ovn/dataflow/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { clientOver, informer, type Informer, type InformerOptions } from '../index.ts';
import { FakeApi, FakeTransport } from '../testing/index.ts';

const cleanups: (() => void)[] = [];
afterEach(() => cleanups.splice(0).forEach((cleanup) => cleanup()));

const pod = (name: string, more: object = {}) => ({ metadata: { namespace: 'shop', name }, ...more });

function setup(options: InformerOptions<Pod> & { readonly serve?: boolean } = {}) {
  const api = new FakeApi();
  if (options.serve !== false) api.serve('pods');
  const scheduler = new FakeScheduler();
  const client = clientOver(new FakeTransport(api));
  const start = (): Informer<Pod> => {
    const started = informer(client, resources.pod, { scheduler, random: () => 0.5, ...options });
    cleanups.push(() => started[Symbol.dispose]());
    return started;
  };
  const count = (what: string) => api.requests.filter((request) => request.includes(what)).length;
  return { api, client, scheduler, start, lists: () => count('limit='), watches: () => count('watch=true') };
}

const names = (pods: Informer<Pod>) => [...pods.table.keys()].toSorted((a, b) => (a < b ? -1 : 1));

describe('informer', () => {
  it('lists, then follows', async () => {
    const { api, scheduler, start } = setup();
    const collection = api.collection('pods');
    collection.put(pod('a'));
    const pods = start();
    expect(pods.synced.value).toBe(false);
    await scheduler.advance(0);
    expect([pods.synced.value, pods.state.value, names(pods)]).toEqual([true, 'live', ['shop/a']]);
    collection.put(pod('b'));
    collection.put(pod('a', { spec: { nodeName: 'n1' } }));
    await scheduler.advance(0);
    expect(names(pods)).toEqual(['shop/a', 'shop/b']);
    expect(pods.table.get('shop/a')?.spec?.nodeName).toBe('n1');
    collection.remove(collection.get('shop/a')!);
    await scheduler.advance(0);
    expect(names(pods)).toEqual(['shop/b']);
  });

  it('events that arrive together are one change', async () => {
    const { api, scheduler, start } = setup();
    const pods = start();
    await scheduler.advance(0);
    const told: string[] = [];
    cleanups.push(() => seen[Symbol.dispose]());
    const seen = observe(pods.table, (key, value) => told.push(`${key} ${value?.spec?.nodeName ?? '-'}`));
    const collection = api.collection('pods');
    collection.put(pod('a'));
    collection.put(pod('a', { spec: { nodeName: 'n1' } }));
    collection.put(pod('b'));
    collection.remove(collection.get('shop/b')!);
    await scheduler.advance(0);
    expect(told).toEqual(['shop/a n1']);
  });

  it('a watch that ends or is cut goes on from where it was, without a list', async () => {
    const { api, scheduler, start, lists, watches } = setup();
    const pods = start();
    await scheduler.advance(1000);
    for (const how of ['end', 'reset'] as const) {
      api.cutWatches(how);
      api.collection('pods').put(pod(how));
      await scheduler.advance(1000);
      expect(pods.state.value).toBe('live');
      expect(names(pods)).toContain(`shop/${how}`);
    }
    expect(lists()).toBe(1);
    expect(watches()).toBe(3);
  });

  it('bookmarks keep its place, so that history may be forgotten', async () => {
    const { api, scheduler, start, lists } = setup();
    api.serve('nodes');
    const pods = start();
    await scheduler.advance(0);
    api.collection('nodes').put({ metadata: { name: 'other' } });
    api.collection('pods').bookmark();
    await scheduler.advance(1000);
    api.collection('pods').compact();
    api.cutWatches();
    await scheduler.advance(1000);
    expect(pods.state.value).toBe('live');
    expect(lists()).toBe(1);
  });

  it('when its place is forgotten it lists again, and what has vanished meanwhile goes', async () => {
    const { api, scheduler, start, lists } = setup();
    const collection = api.collection('pods');
    collection.put(pod('a'));
    collection.put(pod('b'));
    const pods = start();
    await scheduler.advance(1000);
    const told: string[] = [];
    const seen = observe(pods.table, (key, value) => told.push(`${value === undefined ? '-' : '+'}${key}`), { skipInitial: true });
    cleanups.push(() => seen[Symbol.dispose]());
    api.cutWatches();
    collection.remove(collection.get('shop/a')!);
    collection.put(pod('c'));
    collection.compact();
    await scheduler.advance(1000);
    expect(lists()).toBe(2);
    expect(told).toEqual(['-shop/a', '+shop/c']);
    expect(pods.state.value).toBe('live');
  });

  it('a server that was set back is believed', async () => {
    const { api, scheduler, start } = setup();
    const collection = api.collection('pods');
    collection.put(pod('a', { spec: { nodeName: 'n1' } }));
    collection.put(pod('b'));
    const pods = start();
    await scheduler.advance(1000);
    api.setBack();
    collection.put(pod('a', { spec: { nodeName: 'n2' } }));
    await scheduler.advance(5000);
    expect([...pods.table.entries()].map(([key, { spec }]) => [key, spec?.nodeName])).toEqual([['shop/a', 'n2']]);
    expect(pods.state.value).toBe('live');
  });

  it('a list that expires between its pages is begun anew', async () => {
    const { api, scheduler, start } = setup();
    const collection = api.collection('pods');
    for (let at = 0; at < 600; at++) collection.put(pod(`p${at}`));
    api.failNext(({ path }) => path.includes('continue='), { code: 410, reason: 'Expired' });
    const pods = start();
    await scheduler.advance(1000);
    expect(pods.table.size).toBe(600);
    expect(pods.synced.value).toBe(true);
  });

  it('is stale when the watch cannot be restored, keeps what it has, and says why', async () => {
    const { api, scheduler, start } = setup();
    api.collection('pods').put(pod('a'));
    const pods = start();
    await scheduler.advance(1000);
    api.failNext(() => true, { code: 503 }, 5);
    api.cutWatches('reset');
    await scheduler.advance(90);
    expect([pods.state.value, pods.problem.value?.code]).toEqual(['live', 'KUBE_UNAVAILABLE']);
    await scheduler.advance(500);
    expect([pods.state.value, pods.synced.value, names(pods)]).toEqual(['stale', true, ['shop/a']]);
    await scheduler.advance(20_000);
    expect([pods.state.value, pods.problem.value]).toEqual(['live', undefined]);
  });

  it('waits grow while the server is down, and are bounded', async () => {
    const { api, scheduler, start } = setup();
    api.failNext(() => true, { code: 503 }, Infinity);
    const pods = start();
    await scheduler.advance(60_000);
    const early = api.requests.length;
    expect(pods.synced.value).toBe(false);
    await scheduler.advance(600_000);
    const perTenMinutes = api.requests.length - early;
    expect(early).toBeLessThan(20);
    expect(perTenMinutes).toBeGreaterThanOrEqual(600_000 / 10_000);
    expect(perTenMinutes).toBeLessThanOrEqual(600_000 / 5_000);
  });

  it('a server that ends each watch at once is not asked without pause', async () => {
    const { api, scheduler, start, watches } = setup();
    start();
    await scheduler.advance(0);
    for (let at = 0; at < 1000; at++) {
      api.cutWatches();
      await scheduler.advance(10);
    }
    expect(watches()).toBeLessThan(30);
  });

  it('waits for a resource that is not served yet, and starts when it is', async () => {
    const { api, scheduler, start } = setup({ serve: false });
    const pods = start();
    await scheduler.advance(10_000);
    expect([pods.synced.value, pods.state.value, pods.problem.value?.code]).toEqual([false, 'syncing', 'KUBE_NOT_FOUND']);
    api.serve('pods').put(pod('a'));
    await scheduler.advance(2_000);
    expect([pods.synced.value, pods.state.value, names(pods)]).toEqual([true, 'live', ['shop/a']]);
  });

  it('a resource that may be missing counts as empty until it appears', async () => {
    const { api, scheduler, start } = setup({ serve: false, missing: 'empty' });
    const pods = start();
    await scheduler.advance(0);
    expect([pods.synced.value, pods.table.size]).toEqual([true, 0]);
    api.serve('pods').put(pod('a'));
    await scheduler.advance(2_000);
    expect(names(pods)).toEqual(['shop/a']);
  });

  it('one that may not be read for some seconds counts as empty until it may be; who waits for it goes on waiting', async () => {
    const { api, scheduler, start } = setup({ missing: 'empty' });
    api.collection('pods').put(pod('a'));
    api.failNext(() => true, { code: 403, reason: 'Forbidden' }, Infinity);
    const pods = start();
    const waiting = setup({ missing: 'wait' });
    waiting.api.failNext(() => true, { code: 403, reason: 'Forbidden' }, Infinity);
    const waited = waiting.start();
    await scheduler.advance(4_000);
    expect([pods.synced.value, pods.problem.value?.code]).toEqual([false, 'KUBE_FORBIDDEN']);
    await scheduler.advance(10_000);
    await waiting.scheduler.advance(14_000);
    expect([pods.synced.value, pods.state.value, pods.table.size]).toEqual([true, 'syncing', 0]);
    expect(waited.synced.value).toBe(false);
    api.allow();
    await scheduler.advance(10_000);
    expect([pods.state.value, pods.problem.value, names(pods)]).toEqual(['live', undefined, ['shop/a']]);
  });

  it('refusals of a server that starts do not count as empty, however many', async () => {
    const { api, scheduler, start } = setup({ missing: 'empty' });
    const pods = start();
    await scheduler.advance(0);
    for (let round = 0; round < 10; round++) {
      api.cutWatches('reset');
      api.failNext(() => true, { code: 403, reason: 'Forbidden' }, Infinity);
      await scheduler.advance(3_000);
      expect(pods.state.value).not.toBe('syncing');
      api.allow();
      await scheduler.advance(10_000);
      expect(pods.state.value).toBe('live');
    }
  });

  it('one with objects that may be read no more is kept as it was, and stale', async () => {
    const { api, scheduler, start } = setup({ missing: 'empty' });
    api.collection('pods').put(pod('a'));
    const pods = start();
    await scheduler.advance(0);
    api.failNext(() => true, { code: 403, reason: 'Forbidden' }, Infinity);
    api.cutWatches();
    await scheduler.advance(30_000);
    expect([pods.state.value, names(pods)]).toEqual(['stale', ['shop/a']]);
  });

  it('one that has gone after its last object is empty again; one that vanishes with objects in it is kept as it was, and stale', async () => {
    const { api, scheduler, start } = setup({ missing: 'empty' });
    api.collection('pods').put(pod('a'));
    const pods = start();
    await scheduler.advance(0);
    api.withdraw('pods');
    await scheduler.advance(10_000);
    expect([pods.state.value, names(pods)]).toEqual(['stale', ['shop/a']]);
    api.serve('pods');
    await scheduler.advance(10_000);
    expect([pods.state.value, names(pods)]).toEqual(['live', []]);
    api.withdraw('pods');
    await scheduler.advance(10_000);
    expect([pods.synced.value, pods.state.value, names(pods)]).toEqual([true, 'syncing', []]);
  });

  it('trims before it keeps', async () => {
    const { api, scheduler, start } = setup({ trim: ({ metadata }) => ({ metadata }) });
    api.collection('pods').put(pod('a', { spec: { nodeName: 'n1' } }));
    const pods = start();
    await scheduler.advance(0);
    expect(pods.table.get('shop/a')).not.toHaveProperty('spec');
  });

  it('an observer that throws is a bug to report, not a failure of the watch', async () => {
    const bugs: unknown[] = [];
    const { api, scheduler, start, watches } = setup({ onBug: (error) => bugs.push(error) });
    const pods = start();
    await scheduler.advance(0);
    const seen = observe(pods.table, () => {
      throw new Error('bug');
    });
    cleanups.push(() => seen[Symbol.dispose]());
    api.collection('pods').put(pod('a'));
    await scheduler.advance(1000);
    expect(bugs).toMatchObject([{ message: 'bug' }]);
    expect([pods.state.value, names(pods), watches()]).toEqual(['live', ['shop/a'], 1]);
  });

  it('disposed, it ends its watch and asks no more', async () => {
    const { api, scheduler, start } = setup();
    const pods = start();
    await scheduler.advance(0);
    pods[Symbol.dispose]();
    await scheduler.advance(0);
    expect(api.collection('pods').watches).toBe(0);
    const before = api.requests.length;
    await scheduler.advance(100_000);
    expect(api.requests.length).toBe(before);
    expect(scheduler.pendingTimers).toBe(0);
  });
});

describe('upsert', () => {
  it('an answer to a write is there before the watch tells, and the watch does not take it back', async () => {
    const { api, client, scheduler, start } = setup();
    api.collection('pods').put(pod('a'));
    const pods = start();
    await scheduler.advance(0);
    const told: string[] = [];
    const seen = observe(pods.table, (_, value) => told.push(JSON.stringify(value?.metadata.annotations ?? null)));
    cleanups.push(() => seen[Symbol.dispose]());
    const first = client.patch(resources.pod, 'shop/a', { metadata: { annotations: { n: '1' } } });
    const second = client.patch(resources.pod, 'shop/a', { metadata: { annotations: { n: '2' } } });
    const [one, two] = await Promise.all([first, second]);
    pods.upsert(two);
    pods.upsert(one);
    await scheduler.advance(1000);
    expect(told).toEqual(['null', '{"n":"2"}']);
  });

  it('an answer that arrives after the object has gone does not bring it back', async () => {
    const { api, client, scheduler, start } = setup();
    const collection = api.collection('pods');
    collection.put(pod('a'));
    const pods = start();
    await scheduler.advance(0);
    const answer = await client.patch(resources.pod, 'shop/a', { metadata: { annotations: { n: '1' } } });
    collection.remove(collection.get('shop/a')!);
    await scheduler.advance(0);
    pods.upsert(answer);
    expect(names(pods)).toEqual([]);
  });

  it('what we made survives a list that is older, and the late news of an earlier end', async () => {
    const { api, client, scheduler, start } = setup();
    const collection = api.collection('pods');
    const old = collection.put(pod('a'));
    const pods = start();
    await scheduler.advance(0);
    collection.remove(old);
    pods.upsert(await client.create(resources.pod, pod('a')));
    pods.upsert(await client.create(resources.pod, pod('b')));
    expect(names(pods)).toEqual(['shop/a', 'shop/b']);
    await scheduler.advance(1000);
    expect(names(pods)).toEqual(['shop/a', 'shop/b']);
    expect(pods.table.get('shop/a')?.metadata.uid).not.toBe(old.metadata.uid);
  });
});
