import { describe, expect, it } from 'vitest';
import { type AddressObjects, whoHas } from './who-has.ts';

const objects: AddressObjects = {
  pods: [
    {
      metadata: { namespace: 'shop', name: 'web' },
      spec: { nodeName: 'n1' },
      status: { phase: 'Running', podIPs: [{ ip: '10.0.0.5' }, { ip: 'FD00::5' }] },
    },
    {
      metadata: { namespace: 'shop', name: 'done' },
      spec: { nodeName: 'n1' },
      status: { phase: 'Succeeded', podIPs: [{ ip: '10.0.0.6' }] },
    },
    { metadata: { namespace: 'shop', name: 'host' }, spec: { hostNetwork: true }, status: { podIPs: [{ ip: '192.0.2.1' }] } },
  ],
  nodes: [
    {
      metadata: { name: 'n1', annotations: { 'ovn.kubernetes.io/ip_address': '100.64.0.2' } },
      status: { addresses: [{ type: 'InternalIP', address: '192.0.2.1' }] },
    },
  ],
  services: [
    {
      metadata: { namespace: 'shop', name: 'front' },
      spec: { type: 'LoadBalancer', clusterIPs: ['10.96.0.7'], externalIPs: ['198.51.100.7'] },
      status: { loadBalancer: { ingress: [{ ip: '10.0.0.9' }] } },
    },
  ],
  vips: [{ metadata: { name: 'float' }, spec: { subnet: 'net' }, status: { v4ip: '10.0.0.8' } }],
  ips: [
    {
      metadata: { name: 'web.shop', creationTimestamp: '2026-01-01T10:00:00Z' },
      spec: { namespace: 'shop', podName: 'web', podType: 'Deployment', subnet: 'net', v4IpAddress: '10.0.0.5', v6IpAddress: 'fd00::5' },
    },
  ],
  subnets: [
    { metadata: { name: 'net' }, spec: { cidrBlock: '10.0.0.0/24,fd00::/64', gateway: '10.0.0.1' } },
    { metadata: { name: 'broken' }, spec: { cidrBlock: 'nonsense' } },
  ],
} as unknown as AddressObjects;

const NET = 'Subnet net: contains it (10.0.0.0/24,fd00::/64)';

describe('whoHas', () => {
  it.each([
    [
      '10.0.0.5',
      [
        'Pod shop/web: address of the pod (on n1, Running)',
        'IP web.shop: allocated (for Deployment shop/web, subnet net, since 2026-01-01T10:00:00Z)',
        NET,
      ],
    ],
    [
      'fd00::5',
      [
        'Pod shop/web: address of the pod (on n1, Running)',
        'IP web.shop: allocated (for Deployment shop/web, subnet net, since 2026-01-01T10:00:00Z)',
        NET,
      ],
    ],
    ['10.0.0.6', [NET]],
    ['192.0.2.1', ['Node n1: address of the node (InternalIP)']],
    ['100.64.0.2', ['Node n1: address of the node in the join subnet ()']],
    ['10.96.0.7', ['Service shop/front: cluster address (LoadBalancer)']],
    ['198.51.100.7', ['Service shop/front: external address (LoadBalancer)']],
    ['10.0.0.9', ['Service shop/front: load balancer address (LoadBalancer)', NET]],
    ['10.0.0.8', ['Vip float: virtual address (subnet net)', NET]],
    ['10.0.0.1', ['Subnet net: gateway of the subnet ()']],
    ['203.0.113.1', []],
  ])('%s', (address, expected) => {
    expect(whoHas(address, objects).map(({ object, role, detail }) => `${object}: ${role} (${detail})`)).toEqual(expected);
  });

  it('only what has the address holds it', () => {
    expect(['10.0.0.5', '10.0.0.6'].map((address) => whoHas(address, objects).some(({ isHolder }) => isHolder))).toEqual([true, false]);
  });
});
