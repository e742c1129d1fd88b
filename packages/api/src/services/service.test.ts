import { describe, expect, it } from 'vitest';
import type { EndpointSlice, Service } from '../objects/network.ts';
import { readService, readSlice } from './service.ts';

const service = (spec: NonNullable<Service['spec']>): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'shop' },
  spec,
});
const slice = (change: Partial<EndpointSlice>): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: 'web-1', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web' } },
  addressType: 'IPv4',
  endpoints: [{ addresses: ['10.16.0.5', '10.16.0.6'] }],
  ports: [{ port: 8080 }],
  ...change,
});

describe('readService', () => {
  it('reads addresses of both families in canonical text, and TCP where no protocol is named', () => {
    const read = readService(
      service({
        clusterIPs: ['10.96.0.10', 'FD00:0:0:96::A'],
        sessionAffinity: 'ClientIP',
        ports: [{ port: 80 }, { name: 'dns', port: 53, protocol: 'UDP' }],
      }),
    );
    expect(read).toEqual({
      key: 'shop/web',
      clusterIps: [
        { family: 4, address: '10.96.0.10' },
        { family: 6, address: 'fd00:0:0:96::a' },
      ],
      externalIps: [],
      ports: [
        { name: '', protocol: 'tcp', port: 80 },
        { name: 'dns', protocol: 'udp', port: 53 },
      ],
      stickySeconds: 10_800,
      isInternalLocal: false,
      isExternalLocal: false,
    });
  });

  it('reads what the outside knows it by, once each: node ports, external addresses, and those that a load balancer leaves to the nodes', () => {
    const spec = {
      type: 'LoadBalancer',
      clusterIPs: ['10.96.0.10'],
      externalIPs: ['198.51.100.7', 'here'],
      externalTrafficPolicy: 'Local',
      internalTrafficPolicy: 'Local',
      ports: [{ port: 80, nodePort: 30080 }],
    } as const;
    const ingress = [
      { ip: '198.51.100.8' },
      { ip: '198.51.100.7' },
      { ip: '198.51.100.9', ipMode: 'Proxy' as const },
      { hostname: 'lb.example' },
    ];
    const status = { loadBalancer: { ingress } };
    expect(readService({ ...service(spec), status })).toMatchObject({
      externalIps: [
        { family: 4, address: '198.51.100.7' },
        { family: 4, address: '198.51.100.8' },
      ],
      ports: [{ port: 80, nodePort: 30080 }],
      isInternalLocal: true,
      isExternalLocal: true,
    });
    expect(readService({ ...service({ ...spec, type: 'NodePort', externalIPs: [] }), status })?.externalIps).toEqual([]);
  });

  it('says who may ask at addresses that a load balancer has given, and where the health of a node is asked', () => {
    const ranges = ['203.0.113.7/24', '203.0.113.128/25', '203.0.113.0/24', '198.51.100.9/32', '2001:DB8::/32'];
    const spec = {
      type: 'LoadBalancer',
      clusterIPs: ['10.96.0.10'],
      loadBalancerSourceRanges: ranges,
      healthCheckNodePort: 31_000,
    } as const;
    const status = { loadBalancer: { ingress: [{ ip: '198.51.100.8' }] } };
    expect(readService({ ...service({ ...spec, externalIPs: ['198.51.100.7'] }), status })).toMatchObject({
      restrictedIps: [{ family: 4, address: '198.51.100.8' }],
      sourceRanges: [
        { family: 4, address: '203.0.113.0/24' },
        { family: 4, address: '198.51.100.9/32' },
        { family: 6, address: '2001:db8::/32' },
      ],
      healthCheckNodePort: 31_000,
    });
    expect(readService(service(spec))?.sourceRanges).toBeUndefined();
  });

  it('says the Vpc that its author puts it in, and the one that it is in', () => {
    const annotations = { 'ovn.kubernetes.io/logical_router': 'north', 'ovn.kubernetes.io/vpc': 'south' };
    const object = service({ clusterIPs: ['10.96.0.10'] });
    expect(readService({ ...object, metadata: { ...object.metadata, annotations } })).toMatchObject({ router: 'north', vpc: 'south' });
  });

  it.each([
    ['a headless service', { clusterIP: 'None', clusterIPs: ['None'] }],
    ['one that is a name elsewhere', { type: 'ExternalName', clusterIPs: ['10.96.0.10'] }],
    ['one without an address yet', { ports: [{ port: 80 }] }],
    ['an address that is none', { clusterIPs: ['10.96.0.300'] }],
  ] as const)('%s has nothing to balance', (_, spec) => {
    expect(readService(service(spec))).toBeUndefined();
  });
});

describe('readSlice', () => {
  it.each([
    [{}, { isReady: true, isDraining: false }],
    [
      { ready: true, serving: true, terminating: false },
      { isReady: true, isDraining: false },
    ],
    [
      { ready: false, serving: true, terminating: true },
      { isReady: false, isDraining: true },
    ],
    [
      { ready: false, serving: false, terminating: true },
      { isReady: false, isDraining: false },
    ],
    [
      { ready: false, terminating: true },
      { isReady: false, isDraining: false },
    ],
    [{ ready: false }, { isReady: false, isDraining: false }],
  ])('conditions %j', (conditions, expected) => {
    expect(readSlice(slice({ endpoints: [{ addresses: ['10.16.0.5'], conditions }] }))?.endpoints).toEqual([
      { address: '10.16.0.5', node: undefined, ...expected },
    ]);
  });

  it('takes the first address of an endpoint, and none that cannot be read', () => {
    expect(readSlice(slice({}))?.endpoints.map(({ address }) => address)).toEqual(['10.16.0.5']);
    expect(readSlice(slice({ endpoints: [{ addresses: ['here'] }, { addresses: [] }] }))?.endpoints).toEqual([]);
  });

  it('says which node an endpoint is on', () => {
    expect(readSlice(slice({ endpoints: [{ addresses: ['10.16.0.5'], nodeName: 'node1' }] }))?.endpoints[0]?.node).toBe('node1');
  });

  it('says for which zones and nodes an endpoint is', () => {
    const hints = { forZones: [{ name: 'east' }, { name: 'west' }], forNodes: [{ name: 'node1' }] };
    const read = (given: typeof hints): unknown =>
      readSlice(slice({ endpoints: [{ addresses: ['10.16.0.5'], hints: given }] }))?.endpoints[0];
    expect(read(hints)).toMatchObject({ zones: ['east', 'west'], nodes: ['node1'] });
    expect(read({ forZones: [], forNodes: [] })).toEqual({ address: '10.16.0.5', node: undefined, isReady: true, isDraining: false });
  });

  it('says which pod an endpoint is', () => {
    const read = (kind: string): unknown =>
      readSlice(slice({ endpoints: [{ addresses: ['10.16.0.5'], targetRef: { kind, namespace: 'shop', name: 'web' } }] }))?.endpoints[0]
        ?.pod;
    expect([read('Pod'), read('Node')]).toEqual(['shop/web', undefined]);
  });

  it('a port without a number means all ports, and is balanced by nobody', () => {
    expect(readSlice(slice({ ports: [{ name: 'any' }, { name: 'web', port: 80 }] }))?.ports).toEqual([
      { name: 'web', protocol: 'tcp', port: 80 },
    ]);
  });

  it.each([
    ['of names', { addressType: 'FQDN' }],
    ['of no service', { metadata: { name: 'web-1', namespace: 'shop' } }],
  ] as const)('a slice %s is not read', (_, change) => {
    expect(readSlice(slice(change))).toBeUndefined();
  });
});
