import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonValue } from '../../src/apiserver/json.ts';
import { formatJson } from '../../src/apiserver/json.ts';
import type { Answer, TestServer } from '../../src/apiserver/testing/test-server.ts';
import { startTestServer } from '../../src/apiserver/testing/test-server.ts';
import { configMap, configMaps } from './objects.ts';

let server: TestServer;
beforeAll(async () => void (server = await startTestServer()));
afterAll(() => server[Symbol.asyncDispose]());

const deployments = '/apis/apps/v1/namespaces/default/deployments';
const types = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};
const patch = (type: keyof typeof types, path: string, body: JsonValue): Promise<Answer> =>
  server.call('PATCH', path, { text: formatJson(body), headers: { 'content-type': types[type] } });

function deployment(name: string): Record<string, JsonValue> {
  const template = {
    metadata: { labels: { app: name } },
    spec: {
      containers: [
        { name: 'a', image: 'a:1' },
        { name: 'b', image: 'b:1' },
      ],
    },
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: { replicas: 1, selector: { matchLabels: { app: name } }, template },
  };
}

describe('patches', () => {
  it('json: adds, tests, and refuses what does not fit', async () => {
    await server.ok('POST', configMaps, configMap('j'));
    const good = await patch('json', `${configMaps}/j`, [
      { op: 'test', path: '/data/key', value: 'value' },
      { op: 'add', path: '/data/other', value: 'x' },
    ]);
    expect(good.body['data']).toEqual({ key: 'value', other: 'x' });
    expect((await patch('json', `${configMaps}/j`, [{ op: 'test', path: '/data/key', value: 'no' }])).code).toBe(422);
    expect((await patch('json', `${configMaps}/j`, [{ op: 'remove', path: '/data/none' }])).code).toBe(422);
    expect((await patch('json', `${configMaps}/j`, { op: 'add' })).code).toBe(400);
  });

  it('merge: null removes', async () => {
    await server.ok('POST', configMaps, configMap('m', { data: { a: '1', b: '2' } }));
    expect((await patch('merge', `${configMaps}/m`, { data: { a: null, c: '3' } })).body['data']).toEqual({ b: '2', c: '3' });
  });

  it('merge: holds to a resourceVersion when it names one', async () => {
    const made = await server.ok('POST', configMaps, configMap('mv'));
    expect(
      (await patch('merge', `${configMaps}/mv`, { metadata: { resourceVersion: made.metadata.resourceVersion! }, data: { a: '1' } })).code,
    ).toBe(200);
    expect(
      (await patch('merge', `${configMaps}/mv`, { metadata: { resourceVersion: made.metadata.resourceVersion! }, data: { a: '2' } })).body,
    ).toMatchObject({ code: 409, reason: 'Conflict' });
  });

  it('strategic: lists are maps by their key', async () => {
    await server.ok('POST', deployments, deployment('s'));
    const answer = await patch('strategic', `${deployments}/s`, {
      spec: { template: { spec: { containers: [{ name: 'b', image: 'b:2' }] } } },
    });
    expect(answer.body).toMatchObject({
      metadata: { generation: 2 },
      spec: {
        template: {
          spec: {
            containers: [
              { name: 'a', image: 'a:1' },
              { name: 'b', image: 'b:2' },
            ],
          },
        },
      },
    });
  });

  it('all from many at once lose nothing', async () => {
    await server.ok('POST', configMaps, configMap('race', { data: {} }));
    const codes = await Promise.all(
      Array.from({ length: 30 }, async (_, index) => (await patch('merge', `${configMaps}/race`, { data: { [`k${index}`]: 'x' } })).code),
    );
    expect(new Set(codes)).toEqual(new Set([200]));
    expect(Object.keys((await server.ok('GET', `${configMaps}/race`))['data'] as object)).toHaveLength(30);
  });

  it('answer 404 where nothing is, except for apply', async () => {
    expect((await patch('merge', `${configMaps}/absent`, {})).code).toBe(404);
    const applied = await patch('apply', `${configMaps}/absent?fieldManager=t`, configMap('absent'));
    expect(applied.code).toBe(201);
  });
});

describe('server-side apply', () => {
  const apply = (manager: string, body: JsonValue, query = ''): Promise<Answer> =>
    patch('apply', `${configMaps}/ssa?fieldManager=${manager}${query}`, body);

  it('needs a manager', async () => {
    expect((await patch('apply', `${configMaps}/ssa`, configMap('ssa'))).body).toMatchObject({
      code: 400,
      message: expect.stringContaining('fieldManager: Required value') as string,
    });
  });

  it('owns, conflicts, is forced, and removes what it stops to mention', async () => {
    expect((await apply('one', configMap('ssa', { data: { a: '1', b: '1' } }))).code).toBe(201);
    const conflict = await apply('two', configMap('ssa', { data: { a: '2' } }));
    expect(conflict.body).toMatchObject({
      code: 409,
      reason: 'Conflict',
      message: expect.stringMatching(/^Apply failed with 1 conflict: conflict with "one".*: \.data\.a$/) as string,
      details: { causes: [{ reason: 'FieldManagerConflict', field: '.data.a' }] },
    });
    expect((await apply('two', configMap('ssa', { data: { a: '2' } }), '&force=true')).body['data']).toEqual({ a: '2', b: '1' });
    expect((await apply('one', configMap('ssa', { data: {} }))).body['data']).toEqual({ a: '2' });
    const again = await apply('two', configMap('ssa', { data: { a: '2' } }));
    const once = await apply('two', configMap('ssa', { data: { a: '2' } }));
    expect(once.body['metadata']).toEqual(again.body['metadata']);
  });

  it('applies YAML', async () => {
    const text = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ssa-yaml\ndata:\n  big: "1"\n';
    const answer = await server.call('PATCH', `${configMaps}/ssa-yaml?fieldManager=t`, { text, headers: { 'content-type': types.apply } });
    expect(answer.code).toBe(201);
    expect(answer.body['metadata']).toMatchObject({
      managedFields: [{ manager: 't', operation: 'Apply', fieldsV1: { 'f:data': { 'f:big': {} } } }],
    });
  });

  it('takes no force in other patches', async () => {
    expect((await patch('merge', `${configMaps}/ssa?force=true`, {})).code).toBe(400);
  });
});
