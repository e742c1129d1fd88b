import type { NetworkPolicy, Pod } from '@kube-ovn/api';
import { expect, it } from 'vitest';
import { isolationBy } from './isolation.ts';
import { flowId, printSampledDrops, sampledDrops } from './sampled.ts';

const from = '10.16.0.3';
const [byPolicy, bySubnet, byOvn, gone] = [0x9a_6c_62_c0, 1, 2, 3];
const owners = new Map([
  ['9a6c62c0', { stage: 'ls_out_acl', acl: 'np/shop/web/ingress' }],
  ['00000001', { stage: 'ls_in_acl', acl: 'subnet/rooms/acls' }],
  ['00000009', { stage: 'ls_out_acl', acl: 'isolated for ingress' }],
  ['00000002', { stage: 'ls_in_check_port_sec' }],
]);
const found = sampledDrops(
  [
    { node: 'node1', samples: [byPolicy, bySubnet, byPolicy].map((point) => ({ point, from, to: '10.16.0.2', protocol: 6, port: 80 })) },
    { node: 'node2', samples: [{ point: byOvn }, { point: 9, from, to: '10.16.0.2', protocol: 1 }, { point: gone, from, protocol: 89 }] },
  ],
  {
    ownerOf: (flow) => owners.get(flow),
    isolatedBy: (address, direction) => `who isolates ${address} for ${direction}`,
    nameOf: (address) => (address === from ? 'pod shop/stranger' : address),
  },
);

it('packets are counted by node, rule and ends, the most frequent first', () => {
  const ends = { from: 'pod shop/stranger', to: '10.16.0.2', what: 'tcp 80' };
  expect(found).toEqual([
    { packets: 2, node: 'node1', policy: 'NetworkPolicy shop/web', rule: 'ingress', ...ends },
    { packets: 1, node: 'node1', policy: 'Subnet rooms', rule: 'acls', ...ends },
    { packets: 1, node: 'node2', policy: 'OVN', rule: 'a flow that is gone', from: 'pod shop/stranger', to: '-', what: 'protocol 89' },
    { packets: 1, node: 'node2', policy: 'OVN', rule: 'ls_in_check_port_sec', from: '-', to: '-', what: 'no IP' },
    {
      packets: 1,
      node: 'node2',
      policy: 'who isolates 10.16.0.2 for ingress',
      rule: 'ingress',
      from: 'pod shop/stranger',
      to: '10.16.0.2',
      what: 'icmp',
    },
  ]);
});

it('a flow is known by the first eight digits of its UUID', () => {
  expect([flowId({ point: 7 }), flowId({ point: byPolicy })]).toEqual(['00000007', '9a6c62c0']);
});

it('people get columns', () => {
  expect(printSampledDrops(found).split('\n')[1]).toMatch(
    /^2 +node1 +NetworkPolicy shop\/web +ingress +pod shop\/stranger +10\.16\.0\.2 +tcp 80$/,
  );
  expect(printSampledDrops([])).toBe('nothing was dropped');
});

it('a pod is isolated by the policies of its namespace that select it, in their directions', () => {
  const policy = (name: string, spec: NetworkPolicy['spec'], namespace = 'shop'): NetworkPolicy =>
    ({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name, namespace }, spec }) as NetworkPolicy;
  const isolation = isolationBy([
    policy('a', { podSelector: { matchLabels: { app: 'web' } } }),
    policy('b', { podSelector: {}, policyTypes: ['Ingress', 'Egress'] }),
    policy('c', { podSelector: { matchLabels: { app: 'other' } } }),
    policy('d', { podSelector: {} }, 'elsewhere'),
  ]);
  const pod = { metadata: { name: 'web-0', namespace: 'shop', labels: { app: 'web' } } } as unknown as Pod;
  expect(isolation(pod, 'ingress')).toBe('NetworkPolicy shop/a, NetworkPolicy shop/b');
  expect(isolation(pod, 'egress')).toBe('NetworkPolicy shop/b');
  expect(isolation({ ...pod, metadata: { ...pod.metadata, namespace: 'none' } }, 'ingress')).toBeUndefined();
});
