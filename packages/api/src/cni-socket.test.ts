import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseCniRequest, type CniRequest } from './cni-socket.ts';

const request: CniRequest = {
  cni_type: 'kube-ovn',
  network: 'k8s-pod-network',
  pod_name: 'web-0',
  pod_namespace: 'shop',
  container_id: 'abc123',
  net_ns: '/run/netns/x',
  if_name: 'eth0',
  provider: 'ovn',
  routes: [{ dst: '10.0.0.0/8', gw: '10.16.0.1' }],
  dns: { nameservers: ['10.96.0.10'], search: ['svc.cluster.local'] },
};

describe('parseCniRequest', () => {
  test('a request survives the round trip', () => {
    expect(parseCniRequest(JSON.stringify(request))).toEqual({ ok: true, request });
  });

  test('fields that we do not know are ignored', () => {
    expect(parseCniRequest(JSON.stringify({ ...request, added_later: 1 }))).toEqual({ ok: true, request });
  });

  test.for([
    ['pod_name', undefined],
    ['container_id', 7],
    ['net_ns', null],
    ['if_name', 'x'.repeat(5000)],
    ['routes', [{ gw: '10.16.0.1' }]],
    ['routes', 'all'],
    ['dns', { nameservers: '10.96.0.10' }],
    ['valid_attachments', [{ container_id: 'x' }]],
    ['pod_uid', {}],
  ] as const)('field %s as %j is refused by name', ([field, value]) => {
    const reading = parseCniRequest(JSON.stringify({ ...request, [field]: value }));
    expect(reading).toMatchObject({ ok: false, error: { code: 6, msg: expect.stringContaining(field) } });
  });

  test('junk of any kind gets an error body, never a throw', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(parseCniRequest(text)).toMatchObject({ ok: false, error: { code: 6 } });
      }),
    );
  });
});
