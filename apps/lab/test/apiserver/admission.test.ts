import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/apiserver/json.ts';
import { makeAuthority, makeServerCertificate } from '@kube-ovn/kube/certificates';
import type { TestServer } from '../../src/apiserver/testing/test-server.ts';
import { startTestServer } from '../../src/apiserver/testing/test-server.ts';
import { configMap, configMaps } from './objects.ts';

interface Review {
  readonly request: {
    readonly uid: string;
    readonly operation: string;
    readonly object: { readonly data?: Record<string, string> } | null;
    readonly oldObject: JsonObject | null;
    readonly dryRun: boolean;
  };
}

let server: TestServer;
let hook: Server;
let ca: string;
let reviews: Review['request'][] = [];
const validating = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';
const mutating = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';

/** Denies data with the key `bad`, warns of `odd`, and on /mutate adds `added`. */
function decide(path: string, { uid, object }: Review['request']): JsonObject {
  if (path === '/mutate')
    return {
      uid,
      allowed: true,
      patchType: 'JSONPatch',
      patch: Buffer.from('[{"op":"add","path":"/data/added","value":"yes"}]').toString('base64'),
    };
  if (object?.data?.['bad'] !== undefined)
    return { uid, allowed: false, status: { message: 'bad is not welcome', code: 403, reason: 'Forbidden' } };
  return { uid, allowed: true, warnings: object?.data?.['odd'] === undefined ? [] : ['that is odd'] };
}

function configuration(kind: string, name: string, more: JsonObject = {}, url?: string): JsonObject {
  const { port } = hook.address() as AddressInfo;
  const clientConfig = {
    url: url ?? `https://127.0.0.1:${port}/${kind === 'MutatingWebhookConfiguration' ? 'mutate' : 'validate'}`,
    caBundle: Buffer.from(ca).toString('base64'),
  };
  const rules = [{ operations: ['CREATE', 'UPDATE', 'DELETE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }];
  const webhook = { name: `${name}.example.com`, clientConfig, rules, sideEffects: 'None', admissionReviewVersions: ['v1'], ...more };
  return { apiVersion: 'admissionregistration.k8s.io/v1', kind, metadata: { name }, webhooks: [webhook] };
}

beforeAll(async () => {
  server = await startTestServer();
  const authority = await makeAuthority('hook-ca', { nowMs: Date.now() });
  const pair = await makeServerCertificate(authority, ['127.0.0.1'], { nowMs: Date.now() });
  ca = authority.certificate;
  hook = createServer({ cert: pair.certificate, key: pair.key }, (request, response) => {
    let text = '';
    request.on('data', (chunk) => (text += String(chunk)));
    request.on('end', () => {
      const { request: review } = JSON.parse(text) as Review;
      reviews.push(review);
      response.end(
        JSON.stringify({ kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', response: decide(request.url ?? '', review) }),
      );
    });
  });
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
});
beforeEach(() => void (reviews = []));
afterAll(async () => {
  hook.close();
  await server[Symbol.asyncDispose]();
});

describe('a validating webhook', () => {
  beforeAll(() => server.ok('POST', validating, configuration('ValidatingWebhookConfiguration', 'check')));
  afterAll(() => server.ok('DELETE', `${validating}/check`));

  it('refuses, in its own words', async () => {
    const answer = await server.call('POST', configMaps, { body: configMap('v1', { data: { bad: '1' } }) });
    expect(answer.body).toMatchObject({
      code: 403,
      reason: 'Forbidden',
      message: 'admission webhook "check.example.com" denied the request: bad is not welcome',
    });
    expect((await server.call('GET', `${configMaps}/v1`)).code).toBe(404);
  });

  it('sees what is to be stored, and what was', async () => {
    await server.ok('POST', `${configMaps}?dryRun=All`, configMap('v2'));
    const made = await server.ok('POST', configMaps, configMap('v2'));
    await server.ok('PUT', `${configMaps}/v2`, { ...made, data: { key: 'new' } });
    await server.ok('DELETE', `${configMaps}/v2`);
    expect(reviews.map(({ operation, dryRun }) => `${operation} ${dryRun}`)).toEqual([
      'CREATE true',
      'CREATE false',
      'UPDATE false',
      'DELETE false',
    ]);
    expect(reviews[1]).toMatchObject({ object: { data: { key: 'value' }, metadata: { uid: made.metadata.uid } }, oldObject: null });
    expect(reviews[2]).toMatchObject({ object: { data: { key: 'new' } }, oldObject: { data: { key: 'value' } } });
    expect(reviews[3]).toMatchObject({ object: null, oldObject: { data: { key: 'new' } } });
  });

  it('warns', async () => {
    const answer = await server.call('POST', configMaps, { body: configMap('v3', { data: { odd: '1' } }) });
    expect(answer.headers['warning']).toBe('299 - "that is odd"');
  });

  it('is asked again when the object changes while it thinks, so that nothing is lost', async () => {
    await server.ok('POST', configMaps, configMap('v4', { data: {} }));
    const patch = (index: number): Promise<unknown> =>
      server.ok('PATCH', `${configMaps}/v4`, { data: { [`k${index}`]: 'x' } }, { 'content-type': 'application/merge-patch+json' });
    await Promise.all([0, 1, 2, 3].map(patch));
    expect(Object.keys((await server.ok('GET', `${configMaps}/v4`))['data'] as object)).toHaveLength(4);
  });

  it('leaves time for others, who get no address twice all the same', async () => {
    const rules = [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['services'] }];
    await server.ok('POST', validating, configuration('ValidatingWebhookConfiguration', 'services', { rules }));
    const path = '/api/v1/namespaces/default/services';
    const body = (index: number): JsonObject => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: `s${index}` },
      spec: { ports: [{ port: 80 }] },
    });
    const made = await Promise.all([0, 1, 2, 3].map((index) => server.ok('POST', path, body(index))));
    expect(new Set(made.map(({ spec }) => (spec as { clusterIP: string }).clusterIP)).size).toBe(4);
    await server.ok('DELETE', `${validating}/services`);
  });

  it('is not asked about other kinds', async () => {
    await server.ok('POST', '/api/v1/namespaces/default/secrets', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } });
    expect(reviews).toEqual([]);
  });
});

describe('a mutating webhook', () => {
  it('changes what is stored', async () => {
    await server.ok(
      'POST',
      mutating,
      configuration('MutatingWebhookConfiguration', 'change', { objectSelector: { matchLabels: { change: 'me' } } }),
    );
    const changed = await server.ok('POST', configMaps, configMap('m1', { metadata: { name: 'm1', labels: { change: 'me' } } }));
    expect(changed['data']).toEqual({ key: 'value', added: 'yes' });
    const other = await server.ok('POST', configMaps, configMap('m2'));
    expect(other['data']).toEqual({ key: 'value' });
    await server.ok('DELETE', `${mutating}/change`);
  });
});

describe('a webhook out of reach', () => {
  it.each([
    ['Fail', 500],
    ['Ignore', 201],
  ])('with failurePolicy %s gives %i', async (failurePolicy, code) => {
    await server.ok('POST', validating, configuration('ValidatingWebhookConfiguration', 'gone', { failurePolicy }, 'https://127.0.0.1:1/'));
    const answer = await server.call('POST', configMaps, { body: configMap(`u-${code}`) });
    expect(answer.code).toBe(code);
    expect(answer.text).toContain(code === 500 ? 'failed calling webhook \\"gone.example.com\\"' : 'ConfigMap');
    await server.ok('DELETE', `${validating}/gone`);
  });
});
