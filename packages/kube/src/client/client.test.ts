import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { resources } from '@kube-ovn/api';
import { afterEach, describe, expect, it } from 'vitest';
import { FakeApi, type FakeHttpServer, serveFakeApi } from '../testing/index.ts';
import { type KubeClient, kubeClient, type KubeError, type WatchEvent } from '../index.ts';

const cleanups: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

interface Setup {
  readonly api: FakeApi;
  readonly server: FakeHttpServer;
  readonly client: KubeClient;
}

async function setup(user: object = { token: 'secret' }): Promise<Setup> {
  const api = new FakeApi();
  const server = await serveFakeApi(api);
  const folder = mkdtempSync(join(tmpdir(), 'kube-test-'));
  const kubeconfig = join(folder, 'config');
  writeFileSync(kubeconfig, configOf(server.url, user));
  const client = kubeClient({ kubeconfig, timeoutMs: 5000 });
  cleanups.push(
    () => rmSync(folder, { recursive: true }),
    () => server.stop(),
    () => client.close(),
  );
  return { api, server, client };
}

/** YAML has JSON within it. */
function configOf(server: string, user: object, extra: object = {}): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: { server, ...extra } }],
    users: [{ name: 'u', user }],
  });
}

async function failure(work: Promise<unknown>): Promise<KubeError | undefined> {
  return work.then(
    () => undefined,
    (error: unknown) => error as KubeError,
  );
}

const pod = (name: string, more: object = {}) => ({ metadata: { namespace: 'shop', name }, ...more });

describe('client', () => {
  it('creates, reads, replaces, patches and deletes, and counts what it writes', async () => {
    const { api, client } = await setup();
    api.serve('pods');
    const made = await client.create(resources.pod, pod('web'));
    expect(made).toMatchObject({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'shop', resourceVersion: '101' } });
    expect(await client.get(resources.pod, 'shop/web')).toEqual(made);
    await client.replace(resources.pod, { ...made, metadata: { ...made.metadata, labels: { app: 'web' } } });
    const patched = await client.patch(resources.pod, 'shop/web', { metadata: { labels: { app: null, tier: 'front' } } });
    expect(patched.metadata.labels).toEqual({ tier: 'front' });
    await client.patch(resources.pod, 'shop/web', { status: { phase: 'Running' }, spec: { ignored: true } }, { subresource: 'status' });
    expect(await client.get(resources.pod, 'shop/web')).toMatchObject({ status: { phase: 'Running' } });
    expect(await client.get(resources.pod, 'shop/web')).not.toHaveProperty('spec');
    await client.delete(resources.pod, 'shop/web');
    expect(client.writes).toBe(5);
    expect(api.requests.filter((request) => !request.startsWith('GET'))).toEqual([
      'POST /api/v1/namespaces/shop/pods?fieldManager=kube-ovn',
      'PUT /api/v1/namespaces/shop/pods/web?fieldManager=kube-ovn',
      'PATCH /api/v1/namespaces/shop/pods/web?fieldManager=kube-ovn',
      'PATCH /api/v1/namespaces/shop/pods/web/status?fieldManager=kube-ovn',
      'DELETE /api/v1/namespaces/shop/pods/web',
    ]);
  });

  it('follows a list to its end, and names the kind of each item', async () => {
    const { api, client } = await setup();
    const pods = api.serve('pods');
    for (let at = 0; at < 12; at++) pods.put(pod(`p${at}`));
    const list = await client.list(resources.pod, { limit: 5 });
    expect(list.items.map(({ metadata }) => metadata.name)).toEqual(pods.keys().map((key) => key.split('/')[1]));
    expect(list.items[0]).toMatchObject({ apiVersion: 'v1', kind: 'Pod' });
    expect(list.resourceVersion).toBe('112');
    expect(api.requests).toHaveLength(3);
  });

  it.each<[string, number, string | undefined, Partial<KubeError>]>([
    ['bad request', 400, 'BadRequest', { code: 'KUBE_BAD_REQUEST', retry: 'never' }],
    ['unauthorized', 401, 'Unauthorized', { code: 'KUBE_UNAUTHORIZED', retry: 'later' }],
    ['forbidden', 403, 'Forbidden', { code: 'KUBE_FORBIDDEN', retry: 'later' }],
    ['conflict', 409, 'Conflict', { code: 'KUBE_CONFLICT', retry: 'now' }],
    ['already there', 409, 'AlreadyExists', { code: 'KUBE_EXISTS', retry: 'never' }],
    ['gone', 410, 'Expired', { code: 'KUBE_GONE', retry: 'now' }],
    ['invalid', 422, 'Invalid', { code: 'KUBE_INVALID', retry: 'never' }],
    ['throttled', 429, 'TooManyRequests', { code: 'KUBE_THROTTLED', retry: 'later' }],
    ['down', 503, 'ServiceUnavailable', { code: 'KUBE_UNAVAILABLE', retry: 'later' }],
  ])('a failure has a stable code: %s', async (_, code, reason, expected) => {
    const { api, client } = await setup();
    api.failNext(() => true, { code, ...(reason === undefined ? {} : { reason }) });
    const error = await failure(client.patch(resources.pod, 'shop/web', {}));
    expect(error).toMatchObject({ name: 'KubeError', status: code, ...expected });
    expect(error?.message).toContain('patch pods shop/web');
  });

  it('an object that is not there, a server that is not there and an answer that is no JSON are told apart', async () => {
    const { api, server, client } = await setup();
    api.serve('pods');
    expect(await failure(client.get(resources.pod, 'shop/none'))).toMatchObject({ code: 'KUBE_NOT_FOUND', status: 404 });
    await server.stop();
    expect(await failure(client.get(resources.pod, 'shop/none'))).toMatchObject({ code: 'KUBE_UNAVAILABLE', retry: 'later', status: 0 });
  });

  it('a key that does not fit, or would address something else, is refused before it is sent', async () => {
    const { api, client } = await setup();
    api.serve('pods');
    for (const key of ['web', 'shop/', 'shop/..', 'shop/a/b']) {
      expect(await failure(client.get(resources.pod, key))).toMatchObject({ code: 'KUBE_BAD_REQUEST' });
    }
    expect(await failure(client.get(resources.node, 'shop/node1'))).toMatchObject({ code: 'KUBE_BAD_REQUEST' });
    expect(api.requests).toEqual([]);
  });

  it('delivers events in order, however the network cuts them, until the server ends the watch', async () => {
    const { api, client } = await setup();
    const pods = api.serve('pods');
    const events: WatchEvent<object>[] = [];
    let opened = 0;
    const done = client.watch(resources.pod, { resourceVersion: '100', opened: () => opened++ }, (batch) => events.push(...batch));
    await expect.poll(() => pods.watches).toBe(1);
    for (let at = 0; at < 50; at++) pods.put(pod(`p${at}`, { text: 'ü€'.repeat(at) }));
    await expect.poll(() => events.length).toBe(50);
    api.cutWatches('end');
    await done;
    expect(opened).toBe(1);
    expect(events.map(({ type, object }) => [type, object])).toEqual(pods.keys().map((key) => ['ADDED', pods.get(key)]));
  });

  it('a watch that is cut, and one that falls silent, fail', async () => {
    const { api, server, client } = await setup();
    api.serve('pods');
    const cut = failure(client.watch(resources.pod, { resourceVersion: '100' }, () => {}));
    const silent = failure(client.watch(resources.pod, { resourceVersion: '100', idleMs: 50 }, () => {}));
    expect(await silent).toMatchObject({ code: 'KUBE_UNAVAILABLE', message: 'watch pods: nothing came for 50 ms' });
    server.cut();
    expect(await cut).toMatchObject({ code: 'KUBE_UNAVAILABLE' });
  });

  it('a watch ends when cancelled, and a closed client refuses', async () => {
    const { api, client } = await setup();
    const pods = api.serve('pods');
    const stop = new AbortController();
    const watch = failure(
      client.watch(resources.pod, { resourceVersion: '100', signal: stop.signal, opened: () => stop.abort() }, () => {}),
    );
    expect(await watch).toMatchObject({ code: 'KUBE_CANCELLED' });
    await expect.poll(() => pods.watches).toBe(0);
    client.close();
    expect(await failure(client.get(resources.pod, 'shop/web'))).toMatchObject({ code: 'KUBE_CANCELLED' });
  });
});

describe('kubeconfig', () => {
  it.each<[string, object, object]>([
    ['a token', { token: 'secret' }, { authorization: 'Bearer secret' }],
    ['name and password', { username: 'u', password: 'p' }, { authorization: 'Basic dTpw' }],
    ['impersonation', { token: 't', as: 'someone' }, { authorization: 'Bearer t', 'impersonate-user': 'someone' }],
    [
      'a program',
      { exec: { command: process.execPath, args: ['-p', `JSON.stringify({ status: { token: 'printed' } })`] } },
      { authorization: 'Bearer printed' },
    ],
  ])('%s proves who we are', async (_, user, headers) => {
    const { api, server, client } = await setup(user);
    api.serve('pods');
    await client.list(resources.pod);
    expect(server.lastHeaders()).toMatchObject(headers);
  });

  it('a token file, named relative to the kubeconfig', async () => {
    const { api, server } = await setup();
    api.serve('pods');
    const folder = mkdtempSync(join(tmpdir(), 'kube-test-'));
    cleanups.push(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'token'), 'from a file\n');
    writeFileSync(join(folder, 'config'), configOf(server.url, { 'token-file': 'token' }));
    const client = kubeClient({ kubeconfig: join(folder, 'config') });
    cleanups.push(() => client.close());
    await client.list(resources.pod);
    expect(server.lastHeaders()).toMatchObject({ authorization: 'Bearer from a file' });
  });

  it.each<[string, string, RegExp]>([
    ['no YAML', '{', /kubeconfig .*config: /],
    ['nothing', '', /input is empty/],
    ['no config', 'null', /current-context undefined is not among/],
    ['no such context', JSON.stringify({ 'current-context': 'other', contexts: [] }), /current-context "other" is not among/],
    [
      'no such cluster',
      JSON.stringify({ 'current-context': 'a', contexts: [{ name: 'a', context: { cluster: 'c' } }] }),
      /names cluster "c", which is not there/,
    ],
    ['no such user', configOf('http://127.0.0.1', {}).replace('"name":"u"', '"name":"v"'), /names user "u", which is not there/],
    ['no URL', configOf('not a url', {}), /server "not a url" is not an https or http URL/],
  ])('what is wrong with it is said: %s', (_, text, message) => {
    const folder = mkdtempSync(join(tmpdir(), 'kube-test-'));
    cleanups.push(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'config'), text);
    expect(() => kubeClient({ kubeconfig: join(folder, 'config') })).toThrow(
      expect.objectContaining({ code: 'KUBE_BAD_CONFIG', message: expect.stringMatching(message) }),
    );
    expect(() => kubeClient({ kubeconfig: join(folder, 'none') })).toThrow(
      expect.objectContaining({ code: 'KUBE_BAD_CONFIG', message: expect.stringMatching(/ENOENT/) }),
    );
  });
});
