/** packages/kube against the lab's API server: another process, over TLS. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type ConfigMap, resources, type Subnet } from '@kube-ovn/api';
import { crds } from '@kube-ovn/api/crds';
import { sourceTable } from '@kube-ovn/dataflow';
import {
  eventRecorder,
  type Informer,
  informer,
  type KubeClient,
  kubeClient,
  type KubeError,
  leaderElector,
  type ObjectPatch,
  patchSink,
} from '@kube-ovn/kube';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const main = new URL('../src/apiserver/main.ts', import.meta.url).pathname;
const dir = mkdtempSync(join(tmpdir(), 'kube-client-'));
let server: ChildProcess | undefined;
let port = '0';
let client: KubeClient;

async function startServer(): Promise<void> {
  server = spawn(process.execPath, ['--conditions=@kube-ovn/source', main, '--dir', dir, '--port', port], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: server.stdout! })) {
    const ready = /^ready: https:\/\/127\.0\.0\.1:(\d+)/.exec(line);
    if (ready === null) continue;
    port = ready[1]!;
    return;
  }
  throw new Error('the API server ended before it was ready');
}

async function stopServer(signal: NodeJS.Signals): Promise<void> {
  if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, 'exit');
  server.kill(signal);
  await ended;
}

/** Cut watches by the server's own means: politely, or as when history is forgotten. */
async function cutWatches(how: 'close' | 'expire'): Promise<void> {
  const authorization = `Bearer ${readFileSync(join(dir, 'admin.token'), 'utf8').trim()}`;
  const sent = request({
    host: '127.0.0.1',
    port,
    path: `/debug/lab/cut-watches?how=${how}`,
    method: 'POST',
    ca: readFileSync(join(dir, 'ca.crt')),
    headers: { authorization },
  });
  sent.end();
  const [response] = (await once(sent, 'response')) as [{ statusCode: number; resume(): void }];
  response.resume();
  expect(response.statusCode).toBeLessThan(300);
}

const failure = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error as KubeError,
  );
const configMap = (name: string, data: Record<string, string> = {}): ConfigMap =>
  ({ metadata: { namespace: 'default', name }, data }) as ConfigMap;
const wait = { timeout: 10_000, interval: 20 };
const live = async (one: { readonly state: Informer<never>['state'] }): Promise<void> => {
  await expect.poll(() => one.state.peek(), wait).toBe('live');
};

beforeAll(async () => {
  await startServer();
  client = kubeClient({ kubeconfig: join(dir, 'admin.kubeconfig'), timeoutMs: 10_000 });
}, 30_000);

afterAll(async () => {
  client?.close();
  await stopServer('SIGKILL');
  rmSync(dir, { recursive: true });
});

describe('client', () => {
  it('has the codes of a real server', async () => {
    const made = await client.create(resources.configMap, configMap('codes', { a: '1' }));
    expect(await failure(client.create(resources.configMap, configMap('codes')))).toMatchObject({ code: 'KUBE_EXISTS' });
    await client.replace(resources.configMap, { ...made, metadata: { ...made.metadata, labels: { l: '1' } } });
    expect(await failure(client.replace(resources.configMap, made))).toMatchObject({ code: 'KUBE_CONFLICT', retry: 'now' });
    expect(await failure(client.get(resources.configMap, 'default/none'))).toMatchObject({ code: 'KUBE_NOT_FOUND' });
    expect(await failure(client.create(resources.configMap, configMap('Not A Name')))).toMatchObject({ code: 'KUBE_INVALID' });
    expect(await failure(client.delete(resources.configMap, 'default/codes', { preconditions: { uid: 'another' } }))).toMatchObject({
      code: 'KUBE_CONFLICT',
    });
    await client.delete(resources.configMap, 'default/codes', { preconditions: { uid: made.metadata.uid! } });
    expect(await failure(client.list({ apiVersion: 'example.org/v1', kind: 'None', plural: 'nones', namespaced: true }))).toMatchObject({
      code: 'KUBE_NOT_FOUND',
    });
  });

  it('patches in all four ways', async () => {
    await client.create(resources.node, { metadata: { name: 'n1' } });
    await client.patch(resources.node, 'n1', { metadata: { labels: { a: '1' } } });
    await client.patch(resources.node, 'n1', [{ op: 'add', path: '/metadata/labels/b', value: '2' }], { type: 'json' });
    const condition = (type: string, status: string) => ({ status: { conditions: [{ type, status }] } });
    await client.patch(resources.node, 'n1', condition('Ready', 'True'), { type: 'strategic', subresource: 'status' });
    await client.patch(resources.node, 'n1', condition('NetworkUnavailable', 'False'), { type: 'strategic', subresource: 'status' });
    const applied = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1', labels: { c: '3' } } };
    const node = await client.patch(resources.node, 'n1', applied, { type: 'apply', fieldManager: 'someone' });
    expect(node.metadata.labels).toMatchObject({ a: '1', b: '2', c: '3' });
    expect(node.status?.conditions?.map(({ type }) => type).toSorted((a, b) => (a < b ? -1 : 1))).toEqual(['NetworkUnavailable', 'Ready']);
    const theirs = { ...applied, metadata: { name: 'n1', labels: { c: '4' } } };
    expect(await failure(client.patch(resources.node, 'n1', theirs, { type: 'apply', fieldManager: 'another' }))).toMatchObject({
      code: 'KUBE_CONFLICT',
    });
    expect(
      (await client.patch(resources.node, 'n1', theirs, { type: 'apply', fieldManager: 'another', force: true })).metadata.labels?.['c'],
    ).toBe('4');
  });
});

describe('informer, patch sink, events', () => {
  it('waits for the resource to be served, then keeps objects as wanted, and writes nothing more once they are', async () => {
    using subnets = informer<Subnet>(client, resources.subnet);
    await expect.poll(() => subnets.problem.peek()?.code, wait).toBe('KUBE_NOT_FOUND');
    for (const crd of crds) await client.create(resources.customResourceDefinition, crd);
    await live(subnets);
    const spec = { cidrBlock: '10.66.0.0/16' } as Subnet['spec'];
    await client.create(resources.subnet, { metadata: { name: 'red' }, spec });
    await client.create(resources.subnet, { metadata: { name: 'blue' }, spec });

    const wanted = sourceTable<ObjectPatch>('wanted');
    const start = (from: Informer<Subnet>) =>
      patchSink({
        client,
        resource: resources.subnet,
        wanted,
        observed: from.table,
        written: (object) => from.upsert(object),
        ready: from.synced,
      });
    const status = {
      v4availableIPs: 65_533,
      v6availableIPs: 2n ** 64n - 2n,
      conditions: [{ type: 'Ready', status: 'True', reason: 'Done', message: 'x' }],
    };
    for (const key of ['red', 'blue'])
      wanted.set(key, { finalizers: { 'kubeovn.io/kube-ovn-controller': true }, annotations: { seen: 'yes' }, status });
    await expect.poll(() => subnets.table.size, wait).toBe(2);
    const before = client.writes;
    using out = start(subnets);
    await out.settled();
    expect(client.writes - before).toBe(4);
    expect(await client.get(resources.subnet, 'red')).toMatchObject({
      metadata: { finalizers: ['kubeovn.io/kube-ovn-controller'], annotations: { seen: 'yes' } },
      status: {
        v4availableIPs: 65_533,
        v6availableIPs: 2n ** 64n - 2n,
        conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: expect.any(String) as string }],
      },
    });

    // Another process that starts on what is settled.
    using again = informer<Subnet>(client, resources.subnet);
    using second = start(again);
    await expect.poll(() => again.table.size, wait).toBe(2);
    await second.settled();
    expect(client.writes - before).toBe(4);

    wanted.set('red', { finalizers: { 'kubeovn.io/kube-ovn-controller': false }, annotations: { seen: null } });
    await expect.poll(() => subnets.table.peek('red')?.metadata.annotations ?? {}, wait).not.toHaveProperty('seen');
    await client.delete(resources.subnet, 'red');
    await expect.poll(() => [...subnets.table.keys()], wait).toEqual(['blue']);
  });

  it('lists in pages, survives cut watches and forgotten history', async () => {
    for (let at = 0; at < 30; at++) await client.create(resources.configMap, configMap(`m${at}`));
    expect((await client.list(resources.configMap, { namespace: 'default', limit: 7 })).items.length).toBeGreaterThanOrEqual(30);
    using maps = informer<ConfigMap>(client, resources.configMap, { namespace: 'default' });
    await live(maps);
    for (const how of ['close', 'expire'] as const) {
      await cutWatches(how);
      await client.patch(resources.configMap, 'default/m1', { data: { how } });
      await client.create(resources.configMap, configMap(`new-${how}`));
      await expect
        .poll(() => [maps.table.peek('default/m1')?.data?.['how'], maps.table.has(`default/new-${how}`)], wait)
        .toEqual([how, true]);
    }
  });

  it('records events that kubectl can read', async () => {
    const recorder = eventRecorder(client, 'controller');
    const map = await client.get(resources.configMap, 'default/m1');
    for (let at = 0; at < 3; at++) recorder.event({ ...map, kind: 'ConfigMap', apiVersion: 'v1' }, 'Warning', 'Bad', 'not good');
    await recorder.settled();
    recorder.event({ ...map, kind: 'ConfigMap', apiVersion: 'v1' }, 'Warning', 'Bad', 'not good');
    await recorder.settled();
    const { items } = await client.list(resources.event, { namespace: 'default' });
    expect(items.filter(({ reason }) => reason === 'Bad')).toMatchObject([
      { count: 4, involvedObject: { kind: 'ConfigMap', name: 'm1' }, source: { component: 'controller' } },
    ]);
    expect(recorder.dropped).toBe(0);
  });
});

describe('leader election', () => {
  it('by the real clock: one leads, and is followed when it releases', async () => {
    const times = { leaseDurationMs: 3000, renewDeadlineMs: 2000, retryPeriodMs: 100 };
    const [a, b] = ['a', 'b'].map((identity) => leaderElector(client, { namespace: 'kube-system', name: 'test', identity, ...times }));
    a!.start();
    await expect.poll(() => a!.isLeader.peek(), wait).toBe(true);
    b!.start();
    await expect.poll(() => b!.leader.peek(), wait).toBe('a');
    await a!.release();
    await expect.poll(() => b!.isLeader.peek(), wait).toBe(true);
    expect(a!.isLeader.peek()).toBe(false);
    await b!.release();
  });
});

describe('a server that dies', () => {
  it('is found again, and what it tells then is what the table says', async () => {
    using maps = informer<ConfigMap>(client, resources.configMap, { namespace: 'default' });
    await live(maps);
    expect(maps.table.has('default/m1')).toBe(true);
    await stopServer('SIGKILL');
    await expect.poll(() => maps.state.peek(), wait).toBe('stale');
    expect(maps.table.has('default/m1')).toBe(true);
    // It keeps its objects in memory: it comes back without them.
    await startServer();
    await live(maps);
    await client.create(resources.configMap, configMap('after'));
    const there = async () =>
      (await client.list(resources.configMap, { namespace: 'default' })).items.map(({ metadata }) => `default/${metadata.name}`);
    await expect.poll(() => maps.table.has('default/after'), wait).toBe(true);
    expect([...maps.table.keys()].toSorted((x, y) => (x < y ? -1 : 1))).toEqual((await there()).toSorted((x, y) => (x < y ? -1 : 1)));
  }, 30_000);
});
