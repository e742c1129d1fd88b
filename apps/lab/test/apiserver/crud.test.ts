import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestServer } from '../../src/apiserver/testing/test-server.ts';
import { startTestServer } from '../../src/apiserver/testing/test-server.ts';
import { configMap, configMaps, pod, pods } from './objects.ts';

let server: TestServer;
beforeAll(async () => void (server = await startTestServer()));
afterAll(() => server[Symbol.asyncDispose]());

describe('create', () => {
  it('fills in what is the server’s', async () => {
    const made = await server.ok('POST', configMaps, configMap('made'));
    expect(made.metadata).toMatchObject({ name: 'made', namespace: 'default' });
    expect(made.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(made.metadata.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(made.metadata.generation).toBeUndefined();
    expect(made.metadata.managedFields).toHaveLength(1);
    expect(await server.ok('GET', `${configMaps}/made`)).toEqual(made);
  });

  it('makes names from generateName that differ', async () => {
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'many-' } };
    const made = await Promise.all(Array.from({ length: 20 }, () => server.ok('POST', configMaps, body)));
    const names = new Set(made.map(({ metadata }) => metadata.name));
    expect(names.size).toBe(20);
    for (const name of names) expect(name).toMatch(/^many-[a-z0-9]{5}$/);
  });

  it.each([
    { what: 'taken', body: configMap('made'), code: 409, reason: 'AlreadyExists', message: 'configmaps "made" already exists' },
    {
      what: 'bad name',
      body: configMap('Bad_Name'),
      code: 422,
      reason: 'Invalid',
      message: 'ConfigMap "Bad_Name" is invalid: metadata.name: Invalid value: "Bad_Name": a lowercase RFC 1123 subdomain',
    },
    {
      what: 'no name',
      body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: {} },
      code: 422,
      reason: 'Invalid',
      message: 'metadata.name: Required value: name or generateName is required',
    },
    {
      what: 'other kind',
      body: { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' } },
      code: 400,
      reason: 'BadRequest',
      message: 'Kind=Secret) does not match the expected API version',
    },
    {
      what: 'other namespace',
      body: configMap('x', { metadata: { name: 'x', namespace: 'kube-system' } }),
      code: 400,
      reason: 'BadRequest',
      message: 'the namespace of the provided object does not match',
    },
    {
      what: 'a resourceVersion',
      body: configMap('x', { metadata: { name: 'x', resourceVersion: '1' } }),
      code: 400,
      reason: 'BadRequest',
      message: 'resourceVersion should not be set',
    },
    {
      what: 'a bad label',
      body: configMap('x', { metadata: { name: 'x', labels: { a: 'b c' } } }),
      code: 422,
      reason: 'Invalid',
      message: 'metadata.labels: Invalid value: "b c"',
    },
    { what: 'not an object', body: [1], code: 400, reason: 'BadRequest', message: 'the body must be a JSON object of kind ConfigMap' },
  ])('refuses $what', async ({ body, code, reason, message }) => {
    const answer = await server.call('POST', configMaps, { body });
    expect(answer.code).toBe(code);
    expect(answer.body).toMatchObject({
      kind: 'Status',
      apiVersion: 'v1',
      status: 'Failure',
      reason,
      code,
      message: expect.stringContaining(message) as string,
    });
  });

  it('refuses a namespace that is not there', async () => {
    const answer = await server.call('POST', '/api/v1/namespaces/nowhere/configmaps', { body: configMap('x') });
    expect(answer.body).toMatchObject({
      code: 404,
      reason: 'NotFound',
      message: 'namespaces "nowhere" not found',
      details: { name: 'nowhere', kind: 'namespaces' },
    });
  });

  it('names each bad field of a pod', async () => {
    const answer = await server.call('POST', pods, {
      body: pod('p', { containers: [{ name: 'a', image: 'x', ports: [{ containerPort: 'http' }] }, { image: 'y' }] }),
    });
    expect(answer.body).toMatchObject({ code: 422, reason: 'Invalid', details: { kind: 'Pod', name: 'p' } });
    const fields = (answer.body['details'] as { causes: { field: string }[] }).causes.map(({ field }) => field);
    expect(fields).toEqual(expect.arrayContaining(['spec.containers[0].ports[0].containerPort', 'spec.containers[1].name']));
  });

  it('stores nothing on a dry run', async () => {
    const made = await server.ok('POST', `${configMaps}?dryRun=All`, configMap('dry'));
    expect(made.metadata.uid).toBeDefined();
    expect((await server.call('GET', `${configMaps}/dry`)).code).toBe(404);
  });

  it('refuses, warns of or swallows unknown fields as asked', async () => {
    const body = pod('odd', { bogus: 1 });
    const strict = await server.call('POST', `${pods}?fieldValidation=Strict&dryRun=All`, { body });
    expect(strict.body).toMatchObject({
      code: 400,
      reason: 'BadRequest',
      message: expect.stringContaining('strict decoding error: unknown field "spec.bogus"') as string,
    });
    const warned = await server.call('POST', `${pods}?dryRun=All`, { body });
    expect(warned.code).toBe(201);
    expect(warned.headers['warning']).toBe(String.raw`299 - "unknown field \"spec.bogus\""`);
    expect(warned.text).not.toContain('bogus');
    expect((await server.call('POST', `${pods}?fieldValidation=Ignore&dryRun=All`, { body })).headers['warning']).toBeUndefined();
  });

  it('reads YAML and writes it', async () => {
    const answer = await server.call('POST', configMaps, {
      text: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: yaml}\ndata: {a: "1"}\n',
      headers: { 'content-type': 'application/yaml', accept: 'application/yaml' },
    });
    expect(answer.code).toBe(201);
    expect(answer.headers['content-type']).toBe('application/yaml');
    expect(answer.text).toContain('name: yaml\n');
  });
});

describe('read', () => {
  it('says exactly what is missing', async () => {
    const answer = await server.call('GET', '/apis/apps/v1/namespaces/default/deployments/none');
    expect(answer.code).toBe(404);
    expect(answer.body).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'deployments.apps "none" not found',
      reason: 'NotFound',
      details: { name: 'none', group: 'apps', kind: 'deployments' },
      code: 404,
    });
  });

  it.each([
    '/api/v1/nothing',
    '/apis/nobody/v1/things',
    '/apis/apps/v9/deployments',
    '/api/v1/namespaces/default/nodes',
    '/api/v1/namespaces/default/configmaps/made/status',
    '/%zz',
  ])('has no %s', async (path) => {
    expect((await server.call('GET', path)).body).toMatchObject({
      code: 404,
      reason: 'NotFound',
      message: 'the server could not find the requested resource',
    });
  });

  it('answers 405 where a method makes no sense', async () => {
    expect((await server.call('POST', `${configMaps}/made`, { body: configMap('made') })).code).toBe(405);
    expect((await server.call('PUT', configMaps, { body: configMap('made') })).code).toBe(405);
    expect((await server.call('GET', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews')).code).toBe(405);
  });

  it('falls back from protobuf to JSON, and refuses protobuf alone', async () => {
    const both = await server.call('GET', `${configMaps}/made`, {
      headers: { accept: 'application/vnd.kubernetes.protobuf,application/json' },
    });
    expect(both.headers['content-type']).toBe('application/json');
    expect((await server.call('GET', configMaps, { headers: { accept: 'application/vnd.kubernetes.protobuf' } })).body).toMatchObject({
      code: 406,
      reason: 'NotAcceptable',
    });
  });

  it('shows metadata alone when asked', async () => {
    const accept = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
    const one = await server.call('GET', `${configMaps}/made`, { headers: { accept } });
    expect(one.body).toMatchObject({ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: { name: 'made' } });
    expect(one.body['data']).toBeUndefined();
    const list = await server.call('GET', configMaps, {
      headers: { accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1' },
    });
    expect(list.body['kind']).toBe('PartialObjectMetadataList');
  });
});

describe('replace', () => {
  it('refuses a stale write, and one of two that race', async () => {
    const first = await server.ok('POST', configMaps, configMap('raced'));
    const writes = ['a', 'b', 'c', 'd'].map((value) => server.call('PUT', `${configMaps}/raced`, { body: { ...first, data: { value } } }));
    const codes = (await Promise.all(writes)).map(({ code }) => code);
    expect(codes.toSorted((a, b) => a - b)).toEqual([200, 409, 409, 409]);
    const stale = await server.call('PUT', `${configMaps}/raced`, { body: first });
    expect(stale.body).toMatchObject({
      code: 409,
      reason: 'Conflict',
      message:
        'Operation cannot be fulfilled on configmaps "raced": the object has been modified; please apply your changes to the latest version and try again',
      details: { name: 'raced', kind: 'configmaps' },
    });
  });

  it('loses no increment when many clients retry on conflict', async () => {
    await server.ok('POST', configMaps, configMap('counter', { data: { n: '0' } }));
    const increment = async (): Promise<void> => {
      for (;;) {
        const seen = await server.ok('GET', `${configMaps}/counter`);
        const data = { n: String(Number((seen['data'] as { n: string }).n) + 1) };
        const answer = await server.call('PUT', `${configMaps}/counter`, { body: { ...seen, data } });
        if (answer.code === 200) return;
        expect(answer.code).toBe(409);
      }
    };
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        for (let round = 0; round < 5; round++) await increment();
      }),
    );
    expect((await server.ok('GET', `${configMaps}/counter`))['data']).toEqual({ n: '40' });
  });

  it('writes nothing when nothing changes', async () => {
    const first = await server.ok('POST', configMaps, configMap('same'));
    const again = await server.ok('PUT', `${configMaps}/same`, first);
    expect(again.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
  });

  it('keeps what is the server’s', async () => {
    const first = await server.ok('POST', configMaps, configMap('kept'));
    const body = {
      ...first,
      metadata: { ...first.metadata, creationTimestamp: '2001-01-01T00:00:00Z', generation: 99, resourceVersion: '' },
    };
    const next = await server.ok('PUT', `${configMaps}/kept`, { ...body, data: { other: '1' } });
    expect(next.metadata.creationTimestamp).toBe(first.metadata.creationTimestamp);
    expect(next.metadata.uid).toBe(first.metadata.uid);
    const foreign = await server.call('PUT', `${configMaps}/kept`, {
      body: { ...next, metadata: { ...next.metadata, uid: '11111111-1111-1111-1111-111111111111' } },
    });
    expect(foreign.body).toMatchObject({ code: 409, reason: 'Conflict' });
  });

  it('keeps spec and status apart', async () => {
    const made = await server.ok('POST', pods, pod('apart', {}));
    expect(made['status']).toMatchObject({ phase: 'Pending', qosClass: 'BestEffort' });
    const status = await server.ok('PUT', `${pods}/apart/status`, {
      ...made,
      spec: { containers: [{ name: 'evil', image: 'x' }] },
      status: { phase: 'Running' },
    });
    expect(status['spec']).toEqual(made['spec']);
    expect(status['status']).toMatchObject({ phase: 'Running' });
    const spec = await server.ok('PUT', `${pods}/apart`, {
      ...status,
      metadata: { ...status.metadata, labels: { a: 'b' } },
      status: { phase: 'Failed' },
    });
    expect(spec['status']).toMatchObject({ phase: 'Running' });
    expect(spec.metadata.labels).toEqual({ a: 'b' });
  });

  it('lets of a running pod’s spec only the few mutable fields change', async () => {
    const made = await server.ok('POST', pods, pod('fixed'));
    const answer = await server.call('PATCH', `${pods}/fixed`, {
      text: '{"spec":{"hostNetwork":true}}',
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    expect(answer.body).toMatchObject({
      code: 422,
      reason: 'Invalid',
      message: expect.stringContaining('pod updates may not change fields other than') as string,
    });
    const image = await server.ok('PUT', `${pods}/fixed`, {
      ...made,
      spec: { ...(made['spec'] as object), containers: [{ ...(made['spec'] as { containers: [object] }).containers[0], image: 'other' }] },
    });
    expect(image).toMatchObject({ spec: { containers: [{ image: 'other' }] } });
  });

  it('counts generations of the desired state alone', async () => {
    const path = '/apis/apps/v1/namespaces/default/deployments';
    const template = { metadata: { labels: { app: 'g' } }, spec: { containers: [{ name: 'c', image: 'x' }] } };
    const made = await server.ok('POST', path, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'g' },
      spec: { selector: { matchLabels: { app: 'g' } }, template },
    });
    expect(made.metadata.generation).toBe(1);
    const status = await server.ok('PUT', `${path}/g/status`, { ...made, status: { observedGeneration: 1 } });
    const labelled = await server.ok('PUT', `${path}/g`, { ...status, metadata: { ...status.metadata, labels: { a: 'b' } } });
    expect(labelled.metadata.generation).toBe(1);
    const scaled = await server.ok('PUT', `${path}/g`, { ...labelled, spec: { ...(labelled['spec'] as object), replicas: 7 } });
    expect(scaled.metadata.generation).toBe(2);
    const moved = await server.call('PUT', `${path}/g`, {
      body: { ...scaled, spec: { ...(scaled['spec'] as object), selector: { matchLabels: { app: 'h' } } } },
    });
    expect(moved.body).toMatchObject({
      code: 422,
      message: expect.stringContaining('spec.selector: Invalid value: {"matchLabels":{"app":"h"}}: field is immutable') as string,
    });
  });

  it('makes an absent Lease on PUT, but not an absent ConfigMap', async () => {
    const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'l' }, spec: { holderIdentity: 'me' } };
    expect((await server.call('PUT', '/apis/coordination.k8s.io/v1/namespaces/default/leases/l', { body: lease })).code).toBe(201);
    expect((await server.call('PUT', `${configMaps}/absent`, { body: configMap('absent') })).code).toBe(404);
  });
});

describe('bodies', () => {
  it('refuses what it cannot read', async () => {
    expect((await server.call('POST', configMaps, { text: '{"a"' })).body).toMatchObject({ code: 400, reason: 'BadRequest' });
    expect((await server.call('POST', configMaps, { text: 'x', headers: { 'content-type': 'application/cbor' } })).body).toMatchObject({
      code: 415,
      reason: 'UnsupportedMediaType',
    });
    expect((await server.call('PATCH', `${configMaps}/made`, { text: '{}', headers: { 'content-type': 'text/plain' } })).code).toBe(415);
    expect((await server.call('POST', configMaps, { text: `"${'x'.repeat(3 * 1024 * 1024)}"` })).body).toMatchObject({
      code: 413,
      reason: 'RequestEntityTooLarge',
    });
  });
});
