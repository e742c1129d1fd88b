/** Random NetworkPolicies, valid as the API server demands, in every form that it lets through. */
import fc from 'fast-check';
import type { NetworkPolicyObject, NetworkPolicyPeerObject, NetworkPolicyPortObject } from '../verdict/objects.ts';
import { portNames, portNumbers, protocols } from './cluster.ts';
import { namespaceSelector, selector } from './labels.ts';

/** Blocks around and beside the addresses of pods, nodes and the outside, with blocks strictly inside each. */
const blocksInside: Readonly<Record<string, readonly string[]>> = {
  '0.0.0.0/0': ['10.16.0.0/24', '10.16.0.8/30', '192.0.2.7/32', '172.18.0.2/32'],
  '10.16.0.0/24': ['10.16.0.8/30', '10.16.0.10/32'],
  '10.16.0.8/30': ['10.16.0.10/32'],
  '10.16.0.11/32': [],
  '192.0.2.0/24': ['192.0.2.7/32', '192.0.2.8/29'],
  '172.18.0.0/16': ['172.18.0.2/32'],
  '::/0': ['fd00:10:16::/64', '2001:db8::7/128'],
  'fd00:10:16::/64': ['fd00:10:16::10/127'],
  'fd00:10:16::11/128': [],
  '2001:db8::/32': ['2001:db8::7/128'],
};

/** Blocks that rules name. */
export const blocks: fc.Arbitrary<string> = fc.constantFrom(...Object.keys(blocksInside));

const ipBlock = blocks.chain((cidr) => {
  const inside = blocksInside[cidr] ?? [];
  return fc.record(
    { cidr: fc.constant(cidr), except: fc.subarray([...inside], { maxLength: Math.min(2, inside.length) }) },
    { requiredKeys: ['cidr'] },
  );
});

const peer: fc.Arbitrary<NetworkPolicyPeerObject> = fc.oneof(
  { arbitrary: fc.record({ podSelector: selector }), weight: 3 },
  { arbitrary: fc.record({ namespaceSelector }), weight: 3 },
  { arbitrary: fc.record({ podSelector: selector, namespaceSelector }), weight: 3 },
  { arbitrary: fc.record({ ipBlock }), weight: 3 },
);

const protocol = fc.constantFrom(...protocols);

const port: fc.Arbitrary<NetworkPolicyPortObject> = fc.oneof(
  { arbitrary: fc.record({ protocol, port: fc.constantFrom<number | string>(...portNumbers) }, { requiredKeys: ['port'] }), weight: 4 },
  { arbitrary: fc.record({ protocol, port: fc.constantFrom<number | string>(...portNames) }, { requiredKeys: ['port'] }), weight: 3 },
  {
    arbitrary: fc
      .record({ protocol, port: fc.constantFrom(...portNumbers), span: fc.constantFrom(0, 1, 40_000) }, { requiredKeys: ['port', 'span'] })
      .map(({ span, ...rest }) => ({ ...rest, endPort: rest.port + span })),
    weight: 2,
  },
  { arbitrary: fc.record({ protocol }), weight: 1 },
  { arbitrary: fc.constant({}), weight: 1 },
);

const ports = fc.array(port, { maxLength: 3 });
const peers = fc.array(peer, { maxLength: 2 });

const spec = fc.record(
  {
    podSelector: selector,
    policyTypes: fc.subarray(['Ingress', 'Egress']),
    ingress: fc.array(fc.record({ from: peers, ports }, { requiredKeys: [] }), { maxLength: 2 }),
    egress: fc.array(fc.record({ to: peers, ports }, { requiredKeys: [] }), { maxLength: 2 }),
  },
  { requiredKeys: ['podSelector'] },
);

const annotations = fc.oneof(
  { arbitrary: fc.constant({}), weight: 8 },
  { arbitrary: fc.constant({ annotations: { 'ovn.kubernetes.io/network_policy_enforcement': 'lax' } }), weight: 1 },
  {
    arbitrary: fc
      .constantFrom('ovn', 'a/net1', 'ovn, a/net1')
      .map((names) => ({ annotations: { 'ovn.kubernetes.io/network_policy_for': names } })),
    weight: 1,
  },
);

/** Up to four policies in the namespaces a, b and c. */
export const networkPolicies: fc.Arbitrary<readonly NetworkPolicyObject[]> = fc
  .array(fc.record({ namespace: fc.constantFrom('a', 'a', 'b', 'c'), spec, annotations }), { maxLength: 4 })
  .map((policies) =>
    policies.map(({ namespace, spec: own, annotations: notes }, index) => ({
      metadata: { name: `np${index}`, namespace, ...notes },
      spec: own,
    })),
  );
