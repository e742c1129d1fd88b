/** Random policies of administrators: AdminNetworkPolicy, BaselineAdminNetworkPolicy, ClusterNetworkPolicy. */
import fc from 'fast-check';
import type { AdminPeerObject, AdminPolicyObject, AdminPortObject, AdminRuleObject, ClusterProtocolObject } from '../verdict/objects.ts';
import { portNames, portNumbers, protocols } from './cluster.ts';
import { namespaceSelector, selector } from './labels.ts';
import { blocks } from './network-policies.ts';

/** The policies of one cluster; priorities within a tier differ, since the order of equal ones is left open by the API. */
export interface AdminPolicies {
  readonly adminNetworkPolicies: readonly AdminPolicyObject[];
  readonly baselineAdminNetworkPolicies: readonly AdminPolicyObject[];
  readonly clusterNetworkPolicies: readonly AdminPolicyObject[];
}

const namespacedPod = fc.record({ namespaceSelector, podSelector: selector });
const subject = fc.oneof(fc.record({ namespaces: namespaceSelector }), fc.record({ pods: namespacedPod }));

/** `{}` is a peer of a kind that this version of the API does not know. */
const unknownPeer: fc.Arbitrary<AdminPeerObject> = fc.constant({});
const inClusterPeer: fc.Arbitrary<AdminPeerObject> = fc.oneof(
  fc.record({ namespaces: namespaceSelector }),
  fc.record({ pods: namespacedPod }),
);
const ingressPeer = fc.oneof({ arbitrary: inClusterPeer, weight: 15 }, { arbitrary: unknownPeer, weight: 1 });
const outsidePeer: fc.Arbitrary<AdminPeerObject> = fc.oneof(
  fc.record({ nodes: selector }),
  fc.record({ networks: fc.uniqueArray(blocks, { minLength: 1, maxLength: 2 }) }),
);

const protocol = fc.constantFrom(...protocols);
const range = fc
  .record({ start: fc.constantFrom(...portNumbers), span: fc.constantFrom(1, 28, 40_000) })
  .map(({ start, span }) => ({ start, end: start + span }));

const numberedPort: fc.Arbitrary<AdminPortObject> = fc.oneof(
  fc.record({ portNumber: fc.record({ protocol, port: fc.constantFrom(...portNumbers) }) }),
  fc.record({ portRange: fc.tuple(protocol, range).map(([own, ends]) => ({ protocol: own, ...ends })) }),
);
const namedPort: fc.Arbitrary<AdminPortObject> = fc.record({ namedPort: fc.constantFrom(...portNames) });

const destinationPort = fc.oneof(
  fc.constantFrom(...portNumbers).map((number) => ({ destinationPort: { number } })),
  range.map((ends) => ({ destinationPort: { range: ends } })),
);
const numberedProtocol: fc.Arbitrary<ClusterProtocolObject> = fc.oneof(
  fc.record({ tcp: destinationPort }),
  fc.record({ udp: destinationPort }),
  fc.record({ sctp: destinationPort }),
);
const namedProtocol: fc.Arbitrary<ClusterProtocolObject> = fc.record({ destinationNamedPort: fc.constantFrom(...portNames) });

/** The words of a kind: its actions, and how it names ports. */
interface Dialect {
  readonly actions: readonly string[];
  readonly field: 'ports' | 'protocols';
}

/** Named ports are not allowed where a rule names nodes or networks. @source v1alpha1 AdminNetworkPolicyEgressRule, validation rule */
function rules({ actions, field }: Dialect, direction: 'from' | 'to'): fc.Arbitrary<readonly AdminRuleObject[]> {
  const action = fc.constantFrom(...actions);
  const [numbered, named] = field === 'ports' ? [numberedPort, namedPort] : [numberedProtocol, namedProtocol];
  const anyPorts = fc.array<AdminPortObject | ClusterProtocolObject>(fc.oneof(numbered, named), { minLength: 1, maxLength: 2 });
  const numbers = fc.array<AdminPortObject | ClusterProtocolObject>(numbered, { minLength: 1, maxLength: 2 });
  const rule = (peer: fc.Arbitrary<AdminPeerObject>, own: fc.Arbitrary<readonly unknown[]>): fc.Arbitrary<AdminRuleObject> =>
    fc.record(
      { action, [direction]: fc.array(peer, { minLength: 1, maxLength: 2 }), [field]: own },
      { requiredKeys: ['action', direction] },
    ) as fc.Arbitrary<AdminRuleObject>;
  const inside = rule(ingressPeer, anyPorts);
  if (direction === 'from') return fc.array(inside, { minLength: 1, maxLength: 3 });
  return fc.array(fc.oneof(inside, rule(fc.oneof(inClusterPeer, outsidePeer), numbers)), { minLength: 1, maxLength: 3 });
}

const specOf = (dialect: Dialect) =>
  fc.record({ subject, ingress: rules(dialect, 'from'), egress: rules(dialect, 'to') }, { requiredKeys: ['subject'] });

const adminDialect: Dialect = { actions: ['Allow', 'Deny', 'Pass'], field: 'ports' };
const baselineDialect: Dialect = { actions: ['Allow', 'Deny'], field: 'ports' };
const clusterDialect: Dialect = { actions: ['Accept', 'Deny', 'Pass'], field: 'protocols' };

const priorities = fc.uniqueArray(fc.oneof(fc.nat(99), fc.nat(1000)), { minLength: 4, maxLength: 4 });

/** v1alpha1 alone, v1alpha2 alone or both; a baseline of one of them only, since nothing says which of the two comes first. */
export const adminPolicies: fc.Arbitrary<AdminPolicies> = fc
  .record({
    priorities,
    admin: fc.array(specOf(adminDialect), { maxLength: 2 }),
    cluster: fc.array(fc.record({ tier: fc.constantFrom('Admin', 'Baseline'), spec: specOf(clusterDialect) }), { maxLength: 2 }),
    baseline: fc.option(specOf(baselineDialect), { nil: undefined }),
  })
  .map(({ priorities: own, admin, cluster, baseline }) => ({
    adminNetworkPolicies: admin.map((spec, index) => ({ metadata: { name: `anp${index}` }, spec: { ...spec, priority: own[index] ?? 0 } })),
    clusterNetworkPolicies: cluster.map(({ tier, spec }, index) => ({
      metadata: { name: `cnp${index}` },
      spec: { ...spec, tier, priority: own[index + 2] ?? 0 },
    })),
    baselineAdminNetworkPolicies:
      baseline === undefined || cluster.some(({ tier }) => tier === 'Baseline') ? [] : [{ metadata: { name: 'default' }, spec: baseline }],
  }));
