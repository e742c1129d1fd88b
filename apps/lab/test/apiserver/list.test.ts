import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/apiserver/object.ts';
import type { TestServer } from '../../src/apiserver/testing/test-server.ts';
import { startTestServer } from '../../src/apiserver/testing/test-server.ts';
import { configMap, configMaps, pod, pods } from './objects.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ historyLimit: 64 });
  await server.ok('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'paged' } });
});
afterAll(() => server[Symbol.asyncDispose]());

interface List {
  readonly kind: string;
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string; readonly remainingItemCount?: number };
  readonly items: readonly KubeObject[];
}
const paged = '/api/v1/namespaces/paged/configmaps';
const list = async (path: string): Promise<List> => (await server.ok('GET', path)) as unknown as List;
const namesOf = ({ items }: List): string[] => items.map(({ metadata }) => metadata.name!);

describe('selectors', () => {
  beforeAll(async () => {
    await server.ok('POST', pods, pod('s1', { nodeName: 'n1' }, { labels: { app: 'web', tier: '1' } }));
    await server.ok('POST', pods, pod('s2', { nodeName: 'n2' }, { labels: { app: 'web' } }));
    await server.ok('POST', pods, pod('s3', { nodeName: 'n1' }, { labels: { app: 'db' } }));
  });

  it.each([
    ['labelSelector=app=web', ['s1', 's2']],
    ['labelSelector=app!=web', ['s3']],
    ['labelSelector=app in (db,cache)', ['s3']],
    ['labelSelector=app notin (db)', ['s1', 's2']],
    ['labelSelector=tier', ['s1']],
    ['labelSelector=!tier', ['s2', 's3']],
    ['labelSelector=app=web,!tier', ['s2']],
    ['fieldSelector=spec.nodeName=n1', ['s1', 's3']],
    ['fieldSelector=spec.nodeName!=n1,status.phase=Pending', ['s2']],
    ['fieldSelector=metadata.name=s3', ['s3']],
    ['labelSelector=app=web&fieldSelector=spec.nodeName=n1', ['s1']],
  ])('%s', async (query, names) => {
    expect(namesOf(await list(`${pods}?${new URLSearchParams(query).toString()}`))).toEqual(names);
  });

  it('lists over all namespaces', async () => {
    const all = await list('/api/v1/configmaps?fieldSelector=metadata.name%3Dkube-root-ca.crt');
    expect(all.items.map(({ metadata }) => metadata.namespace)).toEqual(expect.arrayContaining(['default', 'kube-system', 'paged']));
  });
});

describe('pages', () => {
  it('show one revision, whatever is written in between', async () => {
    for (let index = 0; index < 10; index++) await server.ok('POST', paged, configMap(`p${index}`));
    const first = await list(`${paged}?limit=4`);
    expect(first.metadata.remainingItemCount).toBe(7);
    await server.ok('DELETE', `${paged}/p5`);
    await server.ok('POST', paged, configMap('p55'));
    await server.ok('PUT', `${paged}/p6`, configMap('p6', { data: { changed: 'yes' } }));
    const second = await list(`${paged}?limit=4&continue=${first.metadata.continue!}`);
    const third = await list(`${paged}?limit=4&continue=${second.metadata.continue!}`);
    expect([first, second, third].flatMap(namesOf)).toEqual([
      'kube-root-ca.crt',
      'p0',
      'p1',
      'p2',
      'p3',
      'p4',
      'p5',
      'p6',
      'p7',
      'p8',
      'p9',
    ]);
    expect(new Set([first, second, third].map(({ metadata }) => metadata.resourceVersion)).size).toBe(1);
    expect(second.items.find(({ metadata }) => metadata.name === 'p6')!['data']).toEqual({ key: 'value' });
    expect(third.metadata.continue).toBeUndefined();
    const exact = await list(`${paged}?resourceVersion=${first.metadata.resourceVersion}&resourceVersionMatch=Exact`);
    expect(namesOf(exact)).toContain('p5');
  });

  it('end with 410 when their revision is forgotten', async () => {
    const first = await list(`${paged}?limit=2`);
    for (let index = 0; index < 100; index++) await server.ok('PUT', `${paged}/p0`, configMap('p0', { data: { n: String(index) } }));
    const late = await server.call('GET', `${paged}?limit=2&continue=${first.metadata.continue!}`);
    expect(late.body).toMatchObject({ code: 410, reason: 'Expired' });
    const exact = await server.call('GET', `${paged}?resourceVersion=${first.metadata.resourceVersion}&resourceVersionMatch=Exact`);
    expect(exact.body).toMatchObject({ code: 410, reason: 'Expired' });
  });

  it.each([
    ['continue=junk', 400],
    ['limit=-1', 400],
    ['resourceVersion=99999999999999', 504],
    ['labelSelector=%28', 400],
  ])('refuse %s', async (query, code) => {
    expect((await server.call('GET', `${configMaps}?${query}`)).code).toBe(code);
  });
});

describe('watch over HTTP', () => {
  it('follows a list, resumes after a cut, and is told when it must list again', async () => {
    const { metadata } = await list(configMaps);
    const first = await server.watch(`${configMaps}?watch=true&resourceVersion=${metadata.resourceVersion}`);
    await server.ok('POST', configMaps, configMap('w1'));
    await first.until((events) => events.some(({ object }) => object.metadata.name === 'w1'));
    expect(await server.ok('POST', '/debug/lab/cut-watches?resource=configmaps')).toEqual({ cut: 1 });
    await first.ended;
    await server.ok('DELETE', `${configMaps}/w1`);
    const last = first.events.at(-1)!.object.metadata.resourceVersion!;
    const second = await server.watch(`${configMaps}?watch=1&resourceVersion=${last}`);
    const [event] = await second.until((events) => events.length > 0);
    expect(event).toMatchObject({ type: 'DELETED', object: { metadata: { name: 'w1' } } });
    await server.ok('POST', '/debug/lab/cut-watches?how=expire');
    await second.ended;
    expect(second.events.at(-1)).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } });
  });

  it('watches one object by name, and rows of a table', async () => {
    const one = await server.watch(`${configMaps}?watch=1&fieldSelector=metadata.name%3Dw2`);
    const table = await server.watch(`${configMaps}?watch=1&fieldSelector=metadata.name%3Dw2`, {
      accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json',
    });
    await server.ok('POST', configMaps, configMap('w3'));
    await server.ok('POST', configMaps, configMap('w2'));
    const [event] = await one.until((events) => events.length > 0);
    expect(event!.object.metadata.name).toBe('w2');
    const [row] = await table.until((events) => events.length > 0);
    expect(row).toMatchObject({ type: 'ADDED', object: { kind: 'Table', rows: [{ cells: ['w2', 1, expect.anything()] }] } });
    one.stop();
    table.stop();
  });

  it('ends by itself after timeoutSeconds', async () => {
    const watch = await server.watch(`${configMaps}?watch=1&timeoutSeconds=1&allowWatchBookmarks=true`);
    await watch.ended;
    expect(watch.events.at(-1)!.type).toBe('BOOKMARK');
  });

  it('forgets watches whose client has gone', async () => {
    const before = server.wired.hub.size;
    const watch = await server.watch(`${configMaps}?watch=1`);
    expect(server.wired.hub.size).toBe(before + 1);
    watch.stop();
    await expect.poll(() => server.wired.hub.size, { timeout: 5000 }).toBe(before);
  });
});
