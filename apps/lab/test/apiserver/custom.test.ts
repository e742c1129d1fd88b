import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/apiserver/json.ts';
import type { TestServer } from '../../src/apiserver/testing/test-server.ts';
import { startTestServer } from '../../src/apiserver/testing/test-server.ts';
import { crds, widget, widgetDefinition, widgets } from './objects.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  await server.ok('POST', crds, widgetDefinition());
});
afterAll(() => server[Symbol.asyncDispose]());

const mergePatch = { 'content-type': 'application/merge-patch+json' };

describe('a definition', () => {
  it('is established by the time its creation is answered', async () => {
    const definition = await server.ok('GET', `${crds}/widgets.example.com`);
    expect(definition).toMatchObject({
      spec: { names: { singular: 'widget', listKind: 'WidgetList' } },
      status: {
        acceptedNames: { kind: 'Widget' },
        storedVersions: ['v1'],
        conditions: [
          { type: 'NamesAccepted', status: 'True' },
          { type: 'Established', status: 'True' },
        ],
      },
    });
    expect((await server.ok('GET', widgets)).kind).toBe('WidgetList');
  });

  it('appears in both forms of discovery', async () => {
    const legacy = await server.call('GET', '/apis/example.com/v1');
    expect(legacy.body['resources']).toMatchObject([
      { name: 'widgets', shortNames: ['wd'], categories: ['all'], kind: 'Widget' },
      { name: 'widgets/status' },
      { name: 'widgets/scale', kind: 'Scale', group: 'autoscaling' },
    ]);
    const aggregated = await server.call('GET', '/apis', {
      headers: { accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json' },
    });
    expect(aggregated.headers['content-type']).toContain('as=APIGroupDiscoveryList');
    expect(aggregated.text).toContain('"resource":"widgets"');
  });

  it('appears in OpenAPI', async () => {
    expect((await server.call('GET', '/openapi/v3')).text).toContain('apis/example.com/v1');
    expect((await server.call('GET', '/openapi/v3/apis/example.com/v1')).text).toContain('"colour"');
    expect(
      (await server.call('GET', '/openapi/v2', { headers: { accept: 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf' } })).code,
    ).toBe(406);
  });

  it.each([
    ['a name that does not follow from its names', { metadata: { name: 'other.example.com' } }, 'metadata.name'],
    ['no stored version', { spec: { ...(widgetDefinition()['spec'] as JsonObject), versions: [] } }, 'spec.versions'],
  ])('with %s is refused', async (_what, change, field) => {
    const answer = await server.call('POST', crds, { body: { ...widgetDefinition(), ...change } });
    expect(answer.body).toMatchObject({ code: 422, reason: 'Invalid', message: expect.stringContaining(field) as string });
  });

  it('may not change its kind', async () => {
    const answer = await server.call('PATCH', `${crds}/widgets.example.com`, {
      text: '{"spec":{"names":{"kind":"Gadget"}}}',
      headers: mergePatch,
    });
    expect(answer.body).toMatchObject({ code: 422, message: expect.stringContaining('spec.names.kind') as string });
  });

  it('of a kind that is taken is not served', async () => {
    const spec = widgetDefinition()['spec'] as JsonObject;
    await server.ok('POST', crds, {
      ...widgetDefinition(),
      metadata: { name: 'wodgets.example.com' },
      spec: { ...spec, names: { plural: 'wodgets', kind: 'Widget' } },
    });
    expect(await server.ok('GET', `${crds}/wodgets.example.com`)).toMatchObject({
      status: {
        conditions: [
          { type: 'NamesAccepted', status: 'False' },
          { type: 'Established', status: 'False' },
        ],
      },
    });
    expect((await server.call('GET', '/apis/example.com/v1/wodgets')).code).toBe(404);
    await server.ok('DELETE', `${crds}/wodgets.example.com`);
  });
});

describe('a custom resource', () => {
  it('gets defaults, loses unknown fields and the status it came with', async () => {
    const made = await server.ok('POST', widgets, {
      ...widget('w1', { size: 3, bogus: true, open: { any: { thing: 1 } }, port: 'http' }),
      status: { size: 9 },
    });
    expect(made['spec']).toEqual({ size: 3, colour: 'red', open: { any: { thing: 1 } }, port: 'http' });
    expect(made['status']).toBeUndefined();
    expect(made.metadata.generation).toBe(1);
  });

  it.each([
    [{ size: 11 }, 'spec.size: Invalid value: 11: spec.size in body should be less than or equal to 10'],
    [{ size: 'x' }, 'spec.size in body must be of type integer: "string"'],
    [{ size: 1, colour: 'green' }, 'spec.colour: Unsupported value: "green": supported values: "red", "blue"'],
    [{}, 'spec.size: Required value'],
  ])('with spec %j is refused', async (spec, message) => {
    const answer = await server.call('POST', widgets, { body: widget('bad', spec) });
    expect(answer.body).toMatchObject({
      code: 422,
      reason: 'Invalid',
      message: expect.stringContaining(message) as string,
      details: { name: 'bad', group: 'example.com', kind: 'Widget' },
    });
  });

  it('keeps a 64-bit counter digit by digit', async () => {
    await server.ok('POST', widgets, widget('big'));
    const patched = await server.call('PATCH', `${widgets}/big/status`, {
      text: '{"status":{"free":18446744073709551615}}',
      headers: mergePatch,
    });
    expect(patched.text).toContain('"free":18446744073709551615');
    expect((await server.call('GET', `${widgets}/big`)).text).toContain('"free":18446744073709551615');
    expect((await server.call('GET', widgets)).text).toContain('"free":18446744073709551615');
  });

  it('needs a resourceVersion to be replaced', async () => {
    const made = await server.ok('POST', widgets, widget('rv'));
    const { resourceVersion: _dropped, ...metadata } = made.metadata;
    expect((await server.call('PUT', `${widgets}/rv`, { body: { ...made, metadata } })).body).toMatchObject({
      code: 422,
      message: expect.stringContaining('metadata.resourceVersion: Invalid value: 0x0: must be specified for an update') as string,
    });
    expect((await server.call('PUT', `${widgets}/rv`, { body: made })).code).toBe(200);
  });

  it('has a status that only its own path changes, and a generation that it leaves alone', async () => {
    const made = await server.ok('POST', widgets, widget('st'));
    const main = await server.ok('PUT', `${widgets}/st`, { ...made, spec: { size: 2 }, status: { size: 5 } });
    expect(main['status']).toBeUndefined();
    expect(main.metadata.generation).toBe(2);
    const status = await server.ok('PUT', `${widgets}/st/status`, {
      ...main,
      spec: { size: 9 },
      metadata: { ...main.metadata, labels: { a: 'b' } },
      status: { size: 5 },
    });
    expect(status).toMatchObject({ spec: { size: 2 }, status: { size: 5 }, metadata: { generation: 2 } });
    expect(status.metadata.labels).toBeUndefined();
  });

  it('scales', async () => {
    await server.ok('POST', widgets, widget('sc', { size: 2 }));
    expect(await server.ok('GET', `${widgets}/sc/scale`)).toMatchObject({
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      spec: { replicas: 2 },
      status: { replicas: 0 },
    });
    await server.ok('PATCH', `${widgets}/sc/scale`, { spec: { replicas: 4 } }, mergePatch);
    expect(await server.ok('GET', `${widgets}/sc`)).toMatchObject({ spec: { size: 4 } });
  });

  it('shows its columns in a table', async () => {
    const answer = await server.call('GET', `${widgets}/sc`, { headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' } });
    expect(answer.body).toMatchObject({
      kind: 'Table',
      columnDefinitions: [{ name: 'Name' }, { name: 'Size' }],
      rows: [{ cells: ['sc', 4] }],
    });
  });

  it('takes no strategic merge patch', async () => {
    expect(
      (await server.call('PATCH', `${widgets}/sc`, { text: '{}', headers: { 'content-type': 'application/strategic-merge-patch+json' } }))
        .body,
    ).toMatchObject({ code: 415, reason: 'UnsupportedMediaType' });
  });

  it('goes with its definition, which waits for it', async () => {
    await server.ok('PATCH', `${widgets}/sc`, { metadata: { finalizers: ['example.com/hold'] } }, mergePatch);
    await server.ok('DELETE', `${crds}/widgets.example.com`);
    await expect.poll(async () => ((await server.ok('GET', widgets))['items'] as unknown[]).length, { timeout: 5000 }).toBe(1);
    expect(await server.ok('GET', `${crds}/widgets.example.com`)).toMatchObject({
      metadata: { finalizers: ['customresourcecleanup.apiextensions.k8s.io'] },
    });
    await server.ok('PATCH', `${widgets}/sc`, { metadata: { finalizers: null } }, mergePatch);
    await expect.poll(async () => (await server.call('GET', `${crds}/widgets.example.com`)).code, { timeout: 5000 }).toBe(404);
    expect((await server.call('GET', widgets)).code).toBe(404);
  });
});

describe('several versions', () => {
  it('are one collection, shown as either', async () => {
    const spec = widgetDefinition()['spec'] as { versions: [JsonObject] };
    const [v1] = spec.versions;
    const versions = [{ ...v1, name: 'v1beta1', storage: false }, v1];
    await server.ok('POST', crds, { ...widgetDefinition(), spec: { ...spec, versions } });
    const beta = widgets.replace('/v1/', '/v1beta1/');
    const made = await server.ok('POST', beta, { ...widget('both'), apiVersion: 'example.com/v1beta1' });
    expect(made.apiVersion).toBe('example.com/v1beta1');
    expect((await server.ok('GET', `${widgets}/both`)).apiVersion).toBe('example.com/v1');
    expect((await server.call('GET', '/apis/example.com')).body).toMatchObject({
      preferredVersion: { version: 'v1' },
      versions: [{ version: 'v1' }, { version: 'v1beta1' }],
    });
  });
});
