import { type Pod, resources } from '@kube-ovn/api';
import { sourceTable } from '@kube-ovn/dataflow';
import { FakeScheduler } from '@kube-ovn/dataflow/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { clientOver, informer, type ObjectPatch, patchSink } from '../index.ts';
import { FakeApi, FakeTransport } from '../testing/index.ts';

const cleanups: (() => void)[] = [];
afterEach(() =>
  cleanups
    .splice(0)
    .toReversed()
    .forEach((cleanup) => cleanup()),
);

const pod = (name: string, more: object = {}) => ({ metadata: { namespace: 'shop', name }, ...more });

async function setup(options: { upsert?: boolean; hasStatusSubresource?: boolean } = {}) {
  const api = new FakeApi();
  const collection = api.serve('pods', options);
  const scheduler = new FakeScheduler();
  const client = clientOver(new FakeTransport(api));
  const pods = informer<Pod>(client, resources.pod, { scheduler, random: () => 0.5 });
  const wanted = sourceTable<ObjectPatch>('wanted');
  const out = patchSink({
    client,
    resource: resources.pod,
    wanted,
    observed: pods.table,
    ...(options.upsert === false ? {} : { written: (object) => pods.upsert(object) }),
    ...(options.hasStatusSubresource === undefined ? {} : { hasStatusSubresource: options.hasStatusSubresource }),
    ready: pods.synced,
    scheduler,
    backoff: { minMs: 100, maxMs: 1000 },
    wallClock: () => new Date('2026-01-01T00:00:00.123Z'),
  });
  cleanups.push(
    () => pods[Symbol.dispose](),
    () => out[Symbol.dispose](),
  );
  const patches = () =>
    api.requests.filter((request) => request.startsWith('PATCH')).map((request) => request.replace(/^.*pods\/(.*)\?.*$/, '$1'));
  return { api, collection, scheduler, client, pods, wanted, out, patches };
}

describe('patchSink', () => {
  it('writes what differs, once, and nothing when all is so already', async () => {
    const { collection, scheduler, wanted, patches, client } = await setup();
    collection.put(pod('a'));
    collection.put(pod('b', { metadata: { namespace: 'shop', name: 'b', annotations: { ip: '10.0.0.2' } } }));
    wanted.replace([
      ['shop/a', { annotations: { ip: '10.0.0.1' } }],
      ['shop/b', { annotations: { ip: '10.0.0.2' } }],
      ['shop/none', { annotations: { ip: '10.0.0.3' } }],
    ]);
    await scheduler.advance(1000);
    expect(patches()).toEqual(['a']);
    expect(collection.get('shop/a')?.metadata.annotations).toEqual({ ip: '10.0.0.1' });
    wanted.replace([...wanted.entries()].map(([key, patch]) => [key, structuredClone(patch)]));
    await scheduler.advance(1000);
    expect(client.writes).toBe(1);
  });

  it('a kind without status subresource: all in one request, with the times of conditions, and then nothing', async () => {
    const { api, collection, scheduler, wanted, client } = await setup({ hasStatusSubresource: false });
    collection.put(pod('a'));
    const condition = { type: 'Ready', status: 'True', reason: 'Done', message: '' };
    wanted.set('shop/a', { labels: { of: 'us' }, finalizers: { ours: true }, status: { podIP: '10.0.0.1', conditions: [condition] } });
    await scheduler.advance(1000);
    const { metadata, status } = collection.get('shop/a') ?? {};
    expect(metadata).toMatchObject({ labels: { of: 'us' }, finalizers: ['ours'] });
    expect(status).toEqual({ podIP: '10.0.0.1', conditions: [{ ...condition, lastTransitionTime: '2026-01-01T00:00:00Z' }] });
    expect(client.writes).toBe(1);
    expect(api.requests.filter((request) => request.includes('/status'))).toEqual([]);
  });

  it('puts right what others change back, and leaves alone what is not ours', async () => {
    const { collection, scheduler, wanted, patches } = await setup();
    collection.put(pod('a'));
    wanted.set('shop/a', { annotations: { ip: '10.0.0.1' } });
    await scheduler.advance(100);
    const theirs = { ...collection.get('shop/a')!.metadata, annotations: { ip: 'wrong', other: 'theirs' } };
    collection.put({ ...collection.get('shop/a')!, metadata: theirs });
    await scheduler.advance(100);
    expect(collection.get('shop/a')?.metadata.annotations).toEqual({ ip: '10.0.0.1', other: 'theirs' });
    expect(patches()).toEqual(['a', 'a']);
  });

  it.each([true, false])('writes object and status apart, each once (answers taken in: %s)', async (upsert) => {
    const { collection, scheduler, wanted, patches, out } = await setup({ upsert });
    collection.put(pod('a'));
    wanted.set('shop/a', { labels: { l: '1' }, status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } });
    await scheduler.advance(1000);
    expect(collection.get('shop/a')).toMatchObject({
      metadata: { labels: { l: '1' } },
      status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }] },
    });
    expect(out.idle.value).toBe(true);
    expect(new Set(patches())).toEqual(new Set(['a', 'a/status']));
    expect(patches().length).toBeLessThanOrEqual(upsert ? 2 : 3);
  });

  it('a conflict is tried again with what is there then', async () => {
    const { collection, scheduler, wanted, patches, out } = await setup();
    collection.put(pod('a'));
    await scheduler.advance(100);
    // Theirs and ours at the same moment: we have not seen theirs when we write.
    wanted.set('shop/a', { finalizers: { mine: true } });
    collection.put({ ...pod('a'), metadata: { ...collection.get('shop/a')!.metadata, finalizers: ['theirs'] } });
    await scheduler.advance(1000);
    expect(collection.get('shop/a')?.metadata.finalizers).toEqual(['theirs', 'mine']);
    expect(patches().length).toBe(2);
    expect(out.failures.size).toBe(0);
  });

  it('an object that has vanished is no failure', async () => {
    const { api, collection, scheduler, wanted, out } = await setup();
    collection.put(pod('a'));
    await scheduler.advance(100);
    wanted.set('shop/a', { labels: { l: '1' } });
    api.failNext(({ method }) => method === 'PATCH', { code: 404, reason: 'NotFound' });
    await scheduler.advance(100);
    expect([out.idle.value, out.failures.size]).toEqual([true, 0]);
  });

  it('what the server refuses is tried again with waits, and hinders nobody else', async () => {
    const { api, collection, scheduler, wanted, out } = await setup();
    collection.put(pod('bad'));
    collection.put(pod('good'));
    api.failNext(({ path, method }) => method === 'PATCH' && path.includes('bad'), { code: 422, reason: 'Invalid' }, 3);
    wanted.replace([
      ['shop/bad', { labels: { l: '1' } }],
      ['shop/good', { labels: { l: '1' } }],
    ]);
    await scheduler.advance(50);
    expect(collection.get('shop/good')?.metadata.labels).toEqual({ l: '1' });
    expect(out.failures.get('shop/bad')).toMatchObject({ code: 'KUBE_INVALID' });
    await scheduler.advance(2000);
    expect(collection.get('shop/bad')?.metadata.labels).toEqual({ l: '1' });
    expect(out.failures.size).toBe(0);
  });

  it('nothing is written before the observed is in sync', async () => {
    const { api, collection, scheduler, wanted, patches } = await setup();
    collection.put(pod('a'));
    api.failNext(({ path }) => path.includes('limit='), { code: 503 }, 3);
    wanted.set('shop/a', { labels: { l: '1' } });
    await scheduler.advance(100);
    expect(patches()).toEqual([]);
    await scheduler.advance(10_000);
    expect(patches()).toEqual(['a']);
  });
});
