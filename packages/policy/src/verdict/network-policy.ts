/** networking.k8s.io/v1 NetworkPolicy. */
import { hasOwnNetwork, inBlock, isAlive, isNodeOf, type Party } from './flow.ts';
import { decided, type Judgement, type Question } from './judgement.ts';
import type { ClusterObjects, NetworkPolicyObject, NetworkPolicyPeerObject, NetworkPolicyPortObject, PodObject } from './objects.ts';
import { isToPolicyPort } from './ports.ts';
import { namespaceLabels, selects } from './selector.ts';

/**
 * The judgement of the NetworkPolicies; undefined when none applies to the pod in this direction.
 *
 * @source Kubernetes, Network Policies, "The two sorts of pod isolation": "When a pod is isolated for ingress, the only allowed
 *   connections into the pod are those from the pod's node and those allowed by the ingress list of some NetworkPolicy that applies to
 *   the pod for ingress"; for egress "the only allowed connections from the pod are those allowed by the egress list of some
 *   NetworkPolicy that applies"; overview: "traffic to and from the node where a Pod is running is always allowed"
 */
export function judgeByNetworkPolicies(cluster: ClusterObjects, question: Question): Judgement | undefined {
  const { pod, direction, other } = question;
  const applying = cluster.networkPolicies.filter((policy) => applies(policy, pod, direction));
  if (applying.length === 0) return undefined;
  if (isNodeOf(other, pod)) return decided('allow', 'the node of the pod');
  for (const policy of applying) {
    for (const [index, rule] of rulesOf(policy, direction).entries()) {
      if (allows(cluster, policy, rule, question)) return decided('allow', `${describe(policy)} ${direction}[${index}]`);
    }
  }
  const dropping = applying.filter((policy) => drops(policy, question));
  if (dropping.length === 0) return decided('allow', `${applying.map(describe).join(', ')} are lax`);
  return decided('deny', `isolated by ${dropping.map(describe).join(', ')}`);
}

/**
 * Whether a policy that allows nothing of the kind keeps a connection out.
 *
 * @source Kube-OVN, Policy Enforcement Modes: "standard: ... Any IP traffic not in the rules will be denied. lax: ... only TCP/UDP/SCTP
 *   traffic is denied, meaning ICMP or other L4 protocol IP traffic not in the rules will be allowed, and DHCP UDP traffic is also allowed"
 */
function drops({ metadata }: NetworkPolicyObject, { flow }: Question): boolean {
  if (metadata.annotations?.['ovn.kubernetes.io/network_policy_enforcement'] !== 'lax') return true;
  const isDhcp = flow.protocol === 'UDP' && [67, 68, 546, 547].includes(flow.port ?? 0);
  return flow.protocol !== 'ICMP' && !isDhcp;
}

interface Rule {
  readonly peers: readonly NetworkPolicyPeerObject[] | undefined;
  readonly ports: readonly NetworkPolicyPortObject[] | undefined;
}

/**
 * @source Kube-OVN, annotation network_policy_for: the policy is for the named interfaces alone, `ovn` being the one that is judged here
 * @source networking.k8s.io/v1 NetworkPolicySpec.podSelector: "An empty selector matches all pods in the policy's namespace. ... If it
 *   is not specified, it defaults to an empty selector"
 */
function applies(policy: NetworkPolicyObject, pod: PodObject, direction: 'ingress' | 'egress'): boolean {
  const networks = policy.metadata.annotations?.['ovn.kubernetes.io/network_policy_for'];
  return (
    (networks === undefined || networks.split(',').some((name) => name.trim() === 'ovn')) &&
    (policy.metadata.namespace ?? 'default') === (pod.metadata.namespace ?? 'default') &&
    selects(policy.spec?.podSelector ?? {}, pod.metadata.labels ?? {}) &&
    policyTypes(policy).includes(direction === 'ingress' ? 'Ingress' : 'Egress')
  );
}

/**
 * @source Kubernetes, Network Policies: "If no policyTypes are specified on a NetworkPolicy then by default Ingress will always be set
 *   and Egress will be set if the NetworkPolicy has any egress rules"
 */
function policyTypes({ spec }: NetworkPolicyObject): readonly string[] {
  if (spec?.policyTypes !== undefined && spec.policyTypes.length > 0) return spec.policyTypes;
  return spec?.egress !== undefined && spec.egress.length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
}

function rulesOf({ spec }: NetworkPolicyObject, direction: 'ingress' | 'egress'): readonly Rule[] {
  if (direction === 'ingress') return (spec?.ingress ?? []).map(({ from, ports }) => ({ peers: from, ports }));
  return (spec?.egress ?? []).map(({ to, ports }) => ({ peers: to, ports }));
}

/**
 * @source networking.k8s.io/v1 NetworkPolicyIngressRule: "The traffic must match both ports and from"; from: "If this field is empty
 *   or missing, this rule matches all sources"
 */
function allows(cluster: ClusterObjects, policy: NetworkPolicyObject, { peers, ports }: Rule, question: Question): boolean {
  if (!isToPolicyPort(ports, question)) return false;
  if (peers === undefined || peers.length === 0) return true;
  return peers.some((peer) => isPeer(cluster, policy, peer, question.other));
}

/**
 * @source networking.k8s.io/v1 NetworkPolicyPeer: podSelector "If namespaceSelector is also set, then the NetworkPolicyPeer as a whole
 *   selects the pods matching podSelector in the Namespaces selected by NamespaceSelector. Otherwise it selects the pods matching
 *   podSelector in the policy's own namespace"; namespaceSelector without podSelector "selects all pods in the namespaces selected"
 * @source networking.k8s.io/v1 IPBlock: "The except entry describes CIDRs that should not be included within this rule"
 */
function isPeer(cluster: ClusterObjects, policy: NetworkPolicyObject, peer: NetworkPolicyPeerObject, { address, pod }: Party): boolean {
  if (peer.ipBlock !== undefined) {
    return inBlock(peer.ipBlock.cidr, address) && !(peer.ipBlock.except ?? []).some((block) => inBlock(block, address));
  }
  // "it ignores hostNetwork pods when matching podSelector and namespaceSelector"
  if (pod === undefined || !hasOwnNetwork(pod) || !isAlive(pod)) return false;
  const namespace = pod.metadata.namespace ?? 'default';
  const inNamespace =
    peer.namespaceSelector === undefined
      ? namespace === (policy.metadata.namespace ?? 'default')
      : selects(peer.namespaceSelector, namespaceLabels(cluster, namespace));
  return inNamespace && (peer.podSelector === undefined || selects(peer.podSelector, pod.metadata.labels ?? {}));
}

function describe({ metadata }: NetworkPolicyObject): string {
  return `NetworkPolicy ${metadata.namespace ?? 'default'}/${metadata.name}`;
}
