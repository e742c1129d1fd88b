import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/apiserver/json.ts';
import type { KubeObject } from '../../src/apiserver/object.ts';
import type { Answer, TestServer } from '../../src/apiserver/testing/test-server.ts';
import { startTestServer } from '../../src/apiserver/testing/test-server.ts';

const services = '/api/v1/namespaces/default/services';

function service(name: string, spec: JsonObject = {}): JsonObject {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { selector: { a: 'b' }, ports: [{ port: 80 }], ...spec } };
}

describe('services of a dual-stack server', () => {
  let server: TestServer;
  beforeAll(async () => void (server = await startTestServer({ serviceClusterIpRange: '10.96.0.0/24,fd00:96::/112' })));
  afterAll(() => server[Symbol.asyncDispose]());
  const create = (name: string, spec: JsonObject = {}): Promise<Answer> => server.call('POST', services, { body: service(name, spec) });
  const specOf = (answer: Answer | KubeObject): JsonObject =>
    ('body' in answer ? (answer.body as JsonObject) : (answer as JsonObject))['spec'] as JsonObject;

  it.each([
    [
      'plain',
      {},
      { type: 'ClusterIP', ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv4'], clusterIPs: [expect.stringMatching(/^10\.96\.0\.\d+$/)] },
    ],
    [
      'v6',
      { ipFamilies: ['IPv6'] },
      { ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv6'], clusterIPs: [expect.stringMatching(/^fd00:96::/)] },
    ],
    [
      'both',
      { ipFamilyPolicy: 'PreferDualStack' },
      { ipFamilies: ['IPv4', 'IPv6'], clusterIPs: [expect.stringMatching(/^10\./), expect.stringMatching(/^fd00/)] },
    ],
    ['asked', { clusterIP: '10.96.0.77' }, { clusterIP: '10.96.0.77', clusterIPs: ['10.96.0.77'] }],
    ['headless', { clusterIP: 'None' }, { clusterIP: 'None', clusterIPs: ['None'] }],
    [
      'node-port',
      {
        type: 'NodePort',
        ports: [
          { port: 80, nodePort: 30080 },
          { name: 'b', port: 81 },
        ],
      },
      { ports: [{ nodePort: 30080 }, { nodePort: 30000 }] },
    ],
  ])('gives %s what it should have', async (name, spec, expected) => {
    expect(specOf(await create(name, spec as JsonObject))).toMatchObject(expected);
  });

  it.each([
    ['an address that is taken', { clusterIP: '10.96.0.77' }, 'provided IP is already allocated'],
    ['an address outside of the range', { clusterIP: '10.97.0.1' }, 'not in the valid range'],
    [
      'a node port outside of the range',
      { type: 'NodePort', ports: [{ port: 1, nodePort: 80 }] },
      'The range of valid ports is 30000-32767',
    ],
    ['a node port that is taken', { type: 'NodePort', ports: [{ port: 1, nodePort: 30080 }] }, 'provided port is already allocated'],
  ])('refuses %s', async (_what, spec, message) => {
    expect((await create('refused', spec as JsonObject)).body).toMatchObject({
      code: 422,
      reason: 'Invalid',
      message: expect.stringContaining(message) as string,
    });
  });

  it('gives no address and no port twice, however many ask at once', async () => {
    const made = await Promise.all(
      Array.from({ length: 40 }, (_, index) => server.ok('POST', services, service(`many-${index}`, { type: 'NodePort' }))),
    );
    const addresses = made.map((one) => specOf(one)['clusterIP']);
    const ports = made.map((one) => (specOf(one)['ports'] as readonly JsonObject[])[0]!['nodePort']);
    expect([new Set(addresses).size, new Set(ports).size]).toEqual([40, 40]);
  });

  it('keeps the address over updates, and frees it with the service', async () => {
    const made = await server.ok('POST', services, service('kept', { type: 'NodePort' }));
    const { clusterIP: address, ports } = specOf(made);
    const replaced = await server.ok(
      'PUT',
      `${services}/kept`,
      service('kept', {
        type: 'NodePort',
        ports: [
          { name: 'a', port: 80 },
          { name: 'b', port: 90 },
        ],
      }),
    );
    expect(specOf(replaced)).toMatchObject({
      clusterIP: address,
      ports: [{ port: 80, nodePort: (ports as readonly JsonObject[])[0]!['nodePort'] }, { port: 90 }],
    });
    const moved = await server.call('PATCH', `${services}/kept`, {
      text: '{"spec":{"clusterIP":"10.96.0.200","clusterIPs":["10.96.0.200"]}}',
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    expect(moved.body).toMatchObject({ code: 422, message: expect.stringContaining('may not change once set') as string });
    await server.ok('DELETE', `${services}/kept`);
    expect(specOf(await create('again', { clusterIP: address! }))['clusterIP']).toBe(address);
  });

  it('loses its address when it becomes an external name, and gets one when it comes back', async () => {
    await server.ok('POST', services, service('ext'));
    const external = await server.ok('PUT', `${services}/ext`, service('ext', { type: 'ExternalName', externalName: 'example.com' }));
    expect(specOf(external)['clusterIP']).toBeUndefined();
    expect(specOf(await server.ok('PUT', `${services}/ext`, service('ext')))['clusterIP']).toMatch(/^10\.96\./);
  });
});

describe('a range that is full', () => {
  it('says so', async () => {
    await using server = await startTestServer({ serviceClusterIpRange: '10.96.0.0/28' });
    const codes: number[] = [];
    for (let index = 0; index < 8; index++) codes.push((await server.call('POST', services, { body: service(`s${index}`) })).code);
    expect(codes).toEqual([201, 201, 201, 201, 422, 422, 422, 422]);
    const refused = await server.call('POST', services, { body: service('dual', { ipFamilyPolicy: 'RequireDualStack' }) });
    expect(refused.body).toMatchObject({ code: 422, message: expect.stringContaining('not configured for dual-stack') as string });
  });
});
