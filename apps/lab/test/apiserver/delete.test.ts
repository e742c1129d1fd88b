import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/apiserver/json.ts';
import type { KubeObject } from '../../src/apiserver/object.ts';
import type { TestServer } from '../../src/apiserver/testing/test-server.ts';
import { startTestServer } from '../../src/apiserver/testing/test-server.ts';
import { configMap, configMaps, pod, pods } from './objects.ts';

let server: TestServer;
beforeAll(async () => void (server = await startTestServer()));
afterAll(() => server[Symbol.asyncDispose]());

const code = async (path: string): Promise<number> => (await server.call('GET', path)).code;
const soon = { timeout: 5000 };
const merge = (path: string, body: JsonObject): Promise<KubeObject> =>
  server.ok('PATCH', path, body, { 'content-type': 'application/merge-patch+json' });

function ownedBy(owner: KubeObject, name: string, more: JsonObject = {}): JsonObject {
  const reference = { apiVersion: owner.apiVersion, kind: owner.kind, name: owner.metadata.name!, uid: owner.metadata.uid!, ...more };
  return configMap(name, { metadata: { name, ownerReferences: [reference] } });
}

describe('delete', () => {
  it('removes at once and says so', async () => {
    const made = await server.ok('POST', configMaps, configMap('d1'));
    expect(await server.ok('DELETE', `${configMaps}/d1`)).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: { name: 'd1', kind: 'configmaps', uid: made.metadata.uid },
    });
    expect((await server.call('DELETE', `${configMaps}/d1`)).code).toBe(404);
  });

  it('holds to preconditions', async () => {
    const made = await server.ok('POST', configMaps, configMap('d2'));
    const wrong = await server.call('DELETE', `${configMaps}/d2`, { body: { preconditions: { uid: 'other' } } });
    expect(wrong.body).toMatchObject({
      code: 409,
      reason: 'Conflict',
      message: expect.stringContaining('the UID in the precondition (other) does not match the UID in record') as string,
    });
    expect((await server.call('DELETE', `${configMaps}/d2`, { body: { preconditions: { resourceVersion: '1' } } })).code).toBe(409);
    await server.ok('DELETE', `${configMaps}/d2`, {
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      preconditions: { uid: made.metadata.uid!, resourceVersion: made.metadata.resourceVersion! },
    });
    expect(await code(`${configMaps}/d2`)).toBe(404);
  });

  it('removes nothing on a dry run, asked for in the query or the body', async () => {
    await server.ok('POST', configMaps, configMap('d3'));
    await server.ok('DELETE', `${configMaps}/d3?dryRun=All`);
    await server.ok('DELETE', `${configMaps}/d3`, { dryRun: ['All'] });
    expect(await code(`${configMaps}/d3`)).toBe(200);
  });

  it('waits for finalizers, takes no new ones, and goes with the last', async () => {
    await server.ok('POST', configMaps, configMap('d4', { metadata: { name: 'd4', finalizers: ['example.com/a', 'example.com/b'] } }));
    const held = await server.ok('DELETE', `${configMaps}/d4`);
    expect(held.metadata.deletionTimestamp).toBeDefined();
    expect((await server.ok('DELETE', `${configMaps}/d4`)).metadata.resourceVersion).toBe(held.metadata.resourceVersion);
    const added = await server.call('PUT', `${configMaps}/d4`, {
      body: { ...held, metadata: { ...held.metadata, finalizers: ['example.com/c'] } },
    });
    expect(added.body).toMatchObject({
      code: 422,
      message: expect.stringContaining('no new finalizers can be added if the object is being deleted') as string,
    });
    await merge(`${configMaps}/d4`, { metadata: { finalizers: ['example.com/b'] } });
    expect(await code(`${configMaps}/d4`)).toBe(200);
    const watch = await server.watch(`${configMaps}?watch=1&fieldSelector=metadata.name%3Dd4`);
    await merge(`${configMaps}/d4`, { metadata: { finalizers: null } });
    expect(await code(`${configMaps}/d4`)).toBe(404);
    const events = await watch.until((seen) => seen.some(({ type }) => type === 'DELETED'));
    expect(Number(events.at(-1)!.object.metadata.resourceVersion)).toBeGreaterThan(Number(held.metadata.resourceVersion));
    watch.stop();
  });

  it('never deletes a collection over all namespaces', async () => {
    expect((await server.call('DELETE', '/api/v1/configmaps')).code).toBe(405);
  });

  it('deletes a selected collection', async () => {
    for (const name of ['c1', 'c2', 'c3'])
      await server.ok('POST', configMaps, configMap(name, { metadata: { name, labels: { go: name === 'c3' ? 'no' : 'yes' } } }));
    await server.ok('DELETE', `${configMaps}?labelSelector=go%3Dyes`);
    expect([await code(`${configMaps}/c1`), await code(`${configMaps}/c2`), await code(`${configMaps}/c3`)]).toEqual([404, 404, 200]);
  });
});

describe('pods', () => {
  it('that no kubelet runs go at once', async () => {
    await server.ok('POST', pods, pod('p1'));
    expect((await server.ok('DELETE', `${pods}/p1`)).kind).toBe('Pod');
    expect(await code(`${pods}/p1`)).toBe(404);
  });

  it('on a node get their grace, may get less of it, and end when the kubelet says so', async () => {
    await server.ok('POST', pods, pod('p2', { nodeName: 'n1' }));
    const held = await server.ok('DELETE', `${pods}/p2`);
    expect(held.metadata.deletionGracePeriodSeconds).toBe(30);
    expect(Date.parse(held.metadata.deletionTimestamp!) - Date.parse(held.metadata.creationTimestamp!)).toBeGreaterThanOrEqual(30_000);
    expect((await server.ok('DELETE', `${pods}/p2`)).metadata.resourceVersion).toBe(held.metadata.resourceVersion);
    const sooner = await server.ok('DELETE', `${pods}/p2`, { gracePeriodSeconds: 5 });
    expect(sooner.metadata.deletionGracePeriodSeconds).toBe(5);
    await server.ok('DELETE', `${pods}/p2?gracePeriodSeconds=0`);
    expect(await code(`${pods}/p2`)).toBe(404);
  });

  it('that have ended need no grace', async () => {
    const made = await server.ok('POST', pods, pod('p3', { nodeName: 'n1' }));
    await server.ok('PUT', `${pods}/p3/status`, { ...made, status: { phase: 'Succeeded' } });
    await server.ok('DELETE', `${pods}/p3`);
    expect(await code(`${pods}/p3`)).toBe(404);
  });
});

describe('owners', () => {
  it('take their dependents along, level by level', async () => {
    const owner = await server.ok('POST', configMaps, configMap('o1'));
    const child = await server.ok('POST', configMaps, ownedBy(owner, 'o1-child'));
    await server.ok('POST', configMaps, ownedBy(child, 'o1-grandchild'));
    await server.ok('DELETE', `${configMaps}/o1`);
    await expect.poll(() => code(`${configMaps}/o1-child`), soon).toBe(404);
    await expect.poll(() => code(`${configMaps}/o1-grandchild`), soon).toBe(404);
  });

  it('wait for blocking dependents in the foreground', async () => {
    const owner = await server.ok('POST', configMaps, configMap('o2'));
    await server.ok('POST', configMaps, ownedBy(owner, 'o2-child', { blockOwnerDeletion: true }));
    await merge(`${configMaps}/o2-child`, { metadata: { finalizers: ['example.com/hold'] } });
    const held = await server.ok('DELETE', `${configMaps}/o2`, { propagationPolicy: 'Foreground' });
    expect(held.metadata.finalizers).toEqual(['foregroundDeletion']);
    await expect.poll(async () => (await server.ok('GET', `${configMaps}/o2-child`)).metadata.deletionTimestamp, soon).toBeDefined();
    expect(await code(`${configMaps}/o2`)).toBe(200);
    await merge(`${configMaps}/o2-child`, { metadata: { finalizers: null } });
    await expect.poll(() => code(`${configMaps}/o2`), soon).toBe(404);
  });

  it('leave orphans when told to', async () => {
    const owner = await server.ok('POST', configMaps, configMap('o3'));
    await server.ok('POST', configMaps, ownedBy(owner, 'o3-child'));
    await server.ok('DELETE', `${configMaps}/o3?propagationPolicy=Orphan`);
    await expect.poll(() => code(`${configMaps}/o3`), soon).toBe(404);
    expect((await server.ok('GET', `${configMaps}/o3-child`)).metadata.ownerReferences).toBeUndefined();
  });

  it('that are one of two are only forgotten', async () => {
    const [a, b] = [await server.ok('POST', configMaps, configMap('o4a')), await server.ok('POST', configMaps, configMap('o4b'))];
    const reference = ({ kind, apiVersion, metadata: { name, uid } }: KubeObject): JsonObject => ({ apiVersion, kind, name, uid });
    await server.ok(
      'POST',
      configMaps,
      configMap('o4-child', { metadata: { name: 'o4-child', ownerReferences: [reference(a), reference(b)] } }),
    );
    await server.ok('DELETE', `${configMaps}/o4a`);
    await server.ok('POST', configMaps, ownedBy(a, 'o4-late'));
    // the late one names an owner that is gone: it goes, after the earlier work of the collector
    await expect.poll(() => code(`${configMaps}/o4-late`), soon).toBe(404);
    expect((await server.ok('GET', `${configMaps}/o4-child`)).metadata.ownerReferences).toMatchObject([{ name: 'o4b' }]);
    await server.ok('DELETE', `${configMaps}/o4b`);
    await expect.poll(() => code(`${configMaps}/o4-child`), soon).toBe(404);
  });

  it('are not seen across namespaces', async () => {
    await server.ok('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'elsewhere' } });
    const owner = await server.ok('POST', configMaps, configMap('o5'));
    await server.ok('POST', '/api/v1/namespaces/elsewhere/configmaps', ownedBy(owner, 'o5-child'));
    await expect.poll(() => code('/api/v1/namespaces/elsewhere/configmaps/o5-child'), soon).toBe(404);
  });

  it('refuse an unknown policy', async () => {
    await server.ok('POST', configMaps, configMap('o6'));
    expect((await server.call('DELETE', `${configMaps}/o6?propagationPolicy=Later`)).code).toBe(422);
  });
});

describe('namespaces', () => {
  it('take everything along, refuse newcomers, and say what they wait for', async () => {
    const namespace = '/api/v1/namespaces/going';
    await server.ok('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'going' } });
    await expect.poll(() => code(`${namespace}/serviceaccounts/default`), soon).toBe(200);
    await server.ok('POST', `${namespace}/configmaps`, configMap('in'));
    await server.ok('POST', `${namespace}/pods`, pod('held', { nodeName: 'n1' }));
    const going = await server.ok('DELETE', namespace);
    expect(going).toMatchObject({ spec: { finalizers: ['kubernetes'] }, status: { phase: 'Terminating' } });
    const refused = await server.call('POST', `${namespace}/configmaps`, { body: configMap('late') });
    expect(refused.body).toMatchObject({ code: 403, reason: 'Forbidden', details: { causes: [{ reason: 'NamespaceTerminating' }] } });
    await expect
      .poll(async () => JSON.stringify((await server.ok('GET', namespace))['status']), soon)
      .toContain('pods has 1 resource instances');
    expect(await code(`${namespace}/configmaps/in`)).toBe(404);
    await server.ok('DELETE', `${namespace}/pods/held?gracePeriodSeconds=0`);
    await expect.poll(() => code(namespace), soon).toBe(404);
  });

  it('that every cluster needs are not deleted', async () => {
    expect((await server.call('DELETE', '/api/v1/namespaces/default')).body).toMatchObject({
      code: 403,
      reason: 'Forbidden',
      message: 'namespaces "default" is forbidden: this namespace may not be deleted',
    });
  });

  it('hold on to their finalizer except by way of /finalize', async () => {
    await server.ok('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'fin' } });
    const patched = await merge('/api/v1/namespaces/fin', { spec: { finalizers: [] } });
    expect(patched).toMatchObject({ spec: { finalizers: ['kubernetes'] } });
    const finalized = await server.ok('PUT', '/api/v1/namespaces/fin/finalize', {
      ...patched,
      spec: { finalizers: ['kubernetes', 'example.com/x'] },
    });
    expect(finalized).toMatchObject({ spec: { finalizers: ['kubernetes', 'example.com/x'] } });
  });
});
