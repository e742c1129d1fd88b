/**
 * What policies say and whom they can meet, in our own words: what the compiler starts from. The reference evaluator (verdict/)
 * reads Kubernetes objects by itself, so that it can judge the compiler.
 *
 * Semantics that the types alone do not show:
 * - A rule matches a flow when some peer matches the far end and some port matches the destination.
 * - Pods are matched by identity: a peer of kind `pods` means the addresses of the interfaces of the pods it selects. Blocks are
 *   matched by address alone, whoever has it, pods included.
 * - Pods that are completed or on the host's network are never subjects and never `pods` peers.
 * - A port by name means the number that the destination pod's containers give that name: the subject for ingress, the pod that
 *   has the far address for egress. Who is no pod has no named ports.
 * - Where `networks` is stated, a policy is about those interfaces alone: as subjects, and as the addresses of its pod peers.
 * - A pod of a namespace that was not stated is in a namespace without labels.
 * - Order of decision, per direction: traffic from the pod's own node passes (ingress); tier `admin` by priority, then by key,
 *   then by the order of rules; the tiers of SecurityGroups, which leave nothing about their members undecided; what an isolated
 *   interface sends to its pod's own node passes (egress); tier `default`: what some rule allows passes,
 *   other traffic of an isolated interface does not; `subnet`; tier `baseline` like `admin`; what nobody judged passes. `pass` skips the
 *   rest of its tier. A flow passes when both ends let it pass.
 */

/** Seen from the subject: towards it, or away from it. */
export type Direction = 'ingress' | 'egress';

export type Protocol = 'TCP' | 'UDP' | 'SCTP';

export type Action = 'allow' | 'deny' | 'pass';

/** In the order in which they are judged; `default` is where NetworkPolicies are. */
export type Tier = 'admin' | 'securityGroup' | 'lowerSecurityGroup' | 'default' | 'subnet' | 'baseline';

export type Labels = Readonly<Record<string, string>>;

/** One condition on labels. `values` is empty for Exists and DoesNotExist, sorted and without repetition otherwise. */
export interface Requirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values: readonly string[];
}

/** A conjunction; without requirements it matches everything. Canonical: sorted by key, operator, values; no repetition. */
export interface Selector {
  readonly requirements: readonly Requirement[];
}

/** Which namespaces: one by name, or those whose labels match. */
export type NamespaceScope = { readonly kind: 'name'; readonly name: string } | { readonly kind: 'labels'; readonly selector: Selector };

/** Pods of some namespaces whose labels match. */
export interface PodSet {
  readonly namespaces: NamespaceScope;
  readonly pods: Selector;
}

/** Far end of a flow, as a rule names it. */
export type Peer =
  | { readonly kind: 'pods'; readonly set: PodSet; /** Their addresses of this family alone. */ readonly family?: 4 | 6 }
  /** Canonical CIDR without the canonical CIDRs inside it. */
  | { readonly kind: 'block'; readonly cidr: string; readonly except: readonly string[] }
  /** The addresses of nodes whose labels match. */
  | { readonly kind: 'nodes'; readonly selector: Selector };

/** Destination port of a flow, as a rule names it. */
export type Port =
  /** Every port of the protocol. */
  | { readonly kind: 'protocol'; readonly protocol: Protocol }
  /** From `first` to `last`, both included, 1..65535. */
  | { readonly kind: 'range'; readonly protocol: Protocol; readonly first: number; readonly last: number }
  /** ICMP and ICMPv6. */
  | { readonly kind: 'icmp' }
  /** A container port by name; without a protocol, of whatever protocol it is. */
  | { readonly kind: 'name'; readonly name: string; readonly protocol?: Protocol };

/** `any` places no condition; an empty list matches nothing (all of its elements were bad). */
export interface Rule {
  readonly action: Action;
  readonly peers: 'any' | readonly Peer[];
  readonly ports: 'any' | readonly Port[];
  /** Canonical CIDR of addresses of the subject, of those that have several; all when absent. */
  readonly local?: string;
  /** Where connections come from, first and last included; of rules all of whose ports are of a protocol with ports. */
  readonly sourcePorts?: { readonly first: number; readonly last: number };
  /** The name that its author gave it. */
  readonly name?: string;
}

/** Which decisions a policy wants logged, and how many records per second at most. */
export interface Logging {
  readonly allow: boolean;
  readonly drop: boolean;
  /** Records per second and rule, 1 or more. */
  readonly rate: number;
}

export type PolicyKind =
  | 'NetworkPolicy'
  | 'AdminNetworkPolicy'
  | 'BaselineAdminNetworkPolicy'
  | 'ClusterNetworkPolicy'
  | 'SecurityGroup'
  | 'Subnet';

/** A policy of any kind. */
export interface Policy {
  readonly kind: PolicyKind;
  /** Of a NetworkPolicy only. */
  readonly namespace?: string;
  readonly name: string;
  /** Of a SecurityGroup, whose rules are policies of their own: which one. */
  readonly part?: string;
  readonly tier: Tier;
  /** Within a tier that is judged in order the lowest number comes first. 0 in `default` and `subnet`. */
  readonly priority: number;
  readonly subject: PodSet;
  /** Interfaces of the subjects (and of pod peers) that it is about, by network (Interface.network); all when absent. */
  readonly networks?: readonly string[];
  /** Directions in which its subjects are isolated: in `default` alone. */
  readonly isolates: readonly Direction[];
  /** `lax`: isolation drops TCP, UDP and SCTP alone, and never DHCP. */
  readonly enforcement: 'standard' | 'lax';
  /** In order. */
  readonly ingress: readonly Rule[];
  readonly egress: readonly Rule[];
  readonly logging?: Logging;
}

/** `Kind/namespace/name`, `Kind/name` or `Kind/name/part`: unique over all policies. */
export function policyKey({ kind, namespace, name, part }: Pick<Policy, 'kind' | 'namespace' | 'name' | 'part'>): string {
  return [kind, namespace, name, part].filter((word) => word !== undefined).join('/');
}

/** A pod's attachment to one network. */
export interface Interface {
  /** `ovn` for the pod's first interface, `<namespace>/<attachment definition>` for others. */
  readonly network: string;
  /** Name of its logical switch port. */
  readonly port: string;
  /** Canonical addresses. */
  readonly addresses: readonly string[];
  /** Names of its security groups. */
  readonly securityGroups?: readonly string[];
  /** Name of its Subnet. */
  readonly subnet?: string;
}

/** A port that a container names. */
export interface ContainerPort {
  readonly name: string;
  readonly protocol: Protocol;
  readonly port: number;
}

export interface Pod {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  /** Absent until it is scheduled. */
  readonly node?: string;
  readonly interfaces: readonly Interface[];
  readonly ports: readonly ContainerPort[];
  readonly hostNetwork: boolean;
  /** Succeeded or failed: it will never send again, and its addresses may be somebody else's. */
  readonly completed: boolean;
}

/** `namespace/name`. */
export function podKey(pod: Pick<Pod, 'namespace' | 'name'>): string {
  return `${pod.namespace}/${pod.name}`;
}

export interface Namespace {
  readonly name: string;
  readonly labels: Labels;
}

export interface Node {
  readonly name: string;
  readonly labels: Labels;
  /** Canonical; all by which its processes are seen, those on the join network included. */
  readonly addresses: readonly string[];
}
