/** policy.networking.k8s.io: AdminNetworkPolicy and BaselineAdminNetworkPolicy (v1alpha1), ClusterNetworkPolicy (v1alpha2). */
import { hasOwnNetwork, inBlock, isAlive, nodeAddresses, type Party } from './flow.ts';
import { decided, type Judgement, type Question } from './judgement.ts';
import type { AdminPeerObject, AdminPolicyObject, AdminRuleObject, ClusterObjects, PodObject } from './objects.ts';
import { isByProtocol, isToAdminPort } from './ports.ts';
import { podInNamespaces, selects } from './selector.ts';

/**
 * The judgement of the admin policies that come before NetworkPolicies; undefined when no rule decides, or one passes.
 *
 * @source v1alpha1 AdminNetworkPolicySpec.priority: "Rules with lower priority values have higher precedence, and are checked before
 *   rules with higher priority values ... The relative precedence of the rules within a single ANP object ... will be determined by
 *   the order in which the rule is written"; v1alpha2 ClusterNetworkPolicySpec.priority, the same "within its tier"
 */
export function judgeByAdminTier(cluster: ClusterObjects, question: Question): Judgement | undefined {
  const policies = [
    ...cluster.adminNetworkPolicies.map((policy) => ({ kind: 'AdminNetworkPolicy', policy })),
    ...cluster.clusterNetworkPolicies
      .filter(({ spec }) => spec.tier === 'Admin')
      .map((policy) => ({ kind: 'ClusterNetworkPolicy', policy })),
  ];
  return judge(cluster, question, policies);
}

/**
 * The judgement of the policies that come after NetworkPolicies.
 *
 * @source v1alpha1 BaselineAdminNetworkPolicySpec.ingress: "applied to the selected pods if they are not matched by any
 *   AdminNetworkPolicy or NetworkPolicy rules"; v1alpha2 ClusterNetworkPolicySpec.tier: "Baseline tier is a cluster-wide policy that can
 *   be overridden by the v1.NetworkPolicy"
 */
export function judgeByBaselineTier(cluster: ClusterObjects, question: Question): Judgement | undefined {
  const policies = [
    ...cluster.clusterNetworkPolicies
      .filter(({ spec }) => spec.tier === 'Baseline')
      .map((policy) => ({ kind: 'ClusterNetworkPolicy', policy })),
    ...cluster.baselineAdminNetworkPolicies.map((policy) => ({ kind: 'BaselineAdminNetworkPolicy', policy })),
  ];
  return judge(cluster, question, policies);
}

interface Named {
  readonly kind: string;
  readonly policy: AdminPolicyObject;
}

/** A policy without a priority is looked at last. */
function judge(cluster: ClusterObjects, question: Question, policies: readonly Named[]): Judgement | undefined {
  const rank = ({ policy }: Named): number => policy.spec.priority ?? Infinity;
  for (const { kind, policy } of policies.toSorted((a, b) => (rank(a) === rank(b) ? 0 : rank(a) - rank(b)))) {
    if (!isSubject(cluster, policy, question.pod)) continue;
    for (const [index, rule] of (policy.spec[question.direction] ?? []).entries()) {
      const action = actionOf(cluster, rule, question);
      if (action === 'pass') return undefined;
      if (action !== undefined) return decided(action, `${kind} ${policy.metadata.name} ${question.direction}[${index}]`);
    }
  }
  return undefined;
}

/** @source v1alpha1 BaselineAdminNetworkPolicySpec.subject: "Note that host-networked pods are not included in subject selection" */
function isSubject(cluster: ClusterObjects, { spec: { subject } }: AdminPolicyObject, pod: PodObject): boolean {
  if (!hasOwnNetwork(pod) || !isAlive(pod)) return false;
  return isSelected(cluster, subject, pod);
}

/**
 * @source v1alpha1 NamespacedPod: namespaceSelector "follows standard label selector semantics; if empty, it selects all Namespaces";
 *   podSelector "if empty, it selects all Pods"
 */
function isSelected(cluster: ClusterObjects, { namespaces, pods }: Pick<AdminPeerObject, 'namespaces' | 'pods'>, pod: PodObject): boolean {
  if (namespaces !== undefined) return podInNamespaces(cluster, pod, { namespaceSelector: namespaces, podSelector: {} });
  if (pods === undefined) return false;
  const { namespaceSelector = {}, podSelector = {} } = pods;
  return podInNamespaces(cluster, pod, { namespaceSelector, podSelector });
}

/**
 * What a rule does with a connection; undefined when it does not match.
 *
 * @source v1alpha1 AdminNetworkPolicyIngressPeer, v1alpha2 ClusterNetworkPolicyIngressPeer: "If an implementation sees no fields are
 *   set ... it should fail closed. For 'Accept' rules, 'fail closed' means: 'treat the rule as matching no traffic'. For 'Deny' and
 *   'Pass' rules, 'fail closed' means: 'treat the rule as a Deny all rule'"
 */
function actionOf(cluster: ClusterObjects, rule: AdminRuleObject, question: Question): 'allow' | 'deny' | 'pass' | undefined {
  const peers = (question.direction === 'ingress' ? rule.from : rule.to) ?? [];
  const isAllow = rule.action === 'Allow' || rule.action === 'Accept';
  if (peers.some((peer) => !isKnown(peer))) return isAllow ? undefined : 'deny';
  if (!peers.some((peer) => isPeer(cluster, peer, question.other))) return undefined;
  if (!isToAdminPort(rule.ports, question) || !isByProtocol(rule.protocols, question)) return undefined;
  if (isAllow) return 'allow';
  return rule.action === 'Deny' ? 'deny' : 'pass';
}

function isKnown(peer: AdminPeerObject): boolean {
  return [peer.namespaces, peer.pods, peer.nodes, peer.networks, peer.domainNames].some((field) => field !== undefined);
}

/**
 * A domain name is known by its answers in the DNS alone, and none are told here: it matches nothing.
 *
 * @source v1alpha1 AdminNetworkPolicyEgressPeer, v1alpha2 ClusterNetworkPolicyEgressPeer: pods and namespaces "host-networked pods are
 *   not included in this type of peer"; nodes "selects the nodeIPs as the peer type by matching on the IPs present in the
 *   node.Status.Addresses field of the node ... if present but empty, it selects all Nodes"; networks "cluster-internal traffic will
 *   be checked against the rule as well"
 */
function isPeer(cluster: ClusterObjects, peer: AdminPeerObject, { address, pod }: Party): boolean {
  if (peer.networks !== undefined) return peer.networks.some((block) => inBlock(block, address));
  if (peer.nodes !== undefined) {
    return cluster.nodes
      .filter(({ metadata }) => selects(peer.nodes, metadata.labels ?? {}))
      .some((node) => nodeAddresses(node).includes(address));
  }
  return pod !== undefined && hasOwnNetwork(pod) && isAlive(pod) && isSelected(cluster, peer, pod);
}
