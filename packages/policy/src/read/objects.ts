/**
 * The Kubernetes objects that are read, as far as they are read. All fields are optional or of a wide type: what stands in them was
 * written by a user, and the readers check it.
 *
 * @source networking.k8s.io/v1 NetworkPolicy; policy.networking.k8s.io/v1alpha1 AdminNetworkPolicy, BaselineAdminNetworkPolicy;
 *   policy.networking.k8s.io/v1alpha2 ClusterNetworkPolicy; Kubernetes meta/v1 LabelSelector
 */

/** Metadata of an object. */
export interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** @source meta/v1 LabelSelector */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly { readonly key: string; readonly operator: string; readonly values?: readonly string[] }[];
}

/** @source networking.k8s.io/v1 NetworkPolicyPeer */
export interface NetworkPolicyPeer {
  readonly podSelector?: LabelSelector | undefined;
  readonly namespaceSelector?: LabelSelector | undefined;
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
}

/** @source networking.k8s.io/v1 NetworkPolicyPort */
export interface NetworkPolicyPort {
  readonly protocol?: string;
  readonly port?: number | string;
  readonly endPort?: number;
}

/** @source networking.k8s.io/v1 NetworkPolicy */
export interface NetworkPolicyObject {
  readonly metadata: Metadata;
  readonly spec?: {
    readonly podSelector?: LabelSelector;
    readonly policyTypes?: readonly string[];
    readonly ingress?: readonly { readonly from?: readonly NetworkPolicyPeer[]; readonly ports?: readonly NetworkPolicyPort[] }[];
    readonly egress?: readonly { readonly to?: readonly NetworkPolicyPeer[]; readonly ports?: readonly NetworkPolicyPort[] }[];
  };
}

/** Subject or peer of an administrator's policy: exactly one of the fields is set. */
export interface AdminPeer {
  readonly namespaces?: LabelSelector;
  readonly pods?: { readonly namespaceSelector?: LabelSelector; readonly podSelector?: LabelSelector };
  readonly nodes?: LabelSelector;
  readonly networks?: readonly string[];
  readonly domainNames?: readonly string[];
}

/** @source policy.networking.k8s.io/v1alpha1 AdminNetworkPolicyPort: exactly one of the fields is set */
export interface AdminPort {
  readonly portNumber?: { readonly protocol?: string; readonly port?: number };
  readonly namedPort?: string;
  readonly portRange?: { readonly protocol?: string; readonly start?: number; readonly end?: number };
}

export interface AdminRule {
  readonly name?: string;
  readonly action?: string;
  readonly from?: readonly AdminPeer[];
  readonly to?: readonly AdminPeer[];
  readonly ports?: readonly AdminPort[];
}

/** @source policy.networking.k8s.io/v1alpha1 AdminNetworkPolicy and BaselineAdminNetworkPolicy (which has no priority) */
export interface AdminNetworkPolicyObject {
  readonly metadata: Metadata;
  readonly spec?: {
    readonly priority?: number;
    readonly subject?: AdminPeer;
    readonly ingress?: readonly AdminRule[];
    readonly egress?: readonly AdminRule[];
  };
}

/** @source policy.networking.k8s.io/v1alpha2 ClusterNetworkPolicyProtocol: one of the fields is set */
export interface ClusterProtocol {
  readonly tcp?: { readonly destinationPort?: ClusterPort };
  readonly udp?: { readonly destinationPort?: ClusterPort };
  readonly sctp?: { readonly destinationPort?: ClusterPort };
  readonly destinationNamedPort?: string;
}

export interface ClusterPort {
  readonly number?: number;
  readonly range?: { readonly start?: number; readonly end?: number };
}

export interface ClusterRule {
  readonly name?: string;
  readonly action?: string;
  readonly from?: readonly AdminPeer[];
  readonly to?: readonly AdminPeer[];
  readonly protocols?: readonly ClusterProtocol[];
}

/** @source policy.networking.k8s.io/v1alpha2 ClusterNetworkPolicy */
export interface ClusterNetworkPolicyObject {
  readonly metadata: Metadata;
  readonly spec?: {
    readonly tier?: string;
    readonly priority?: number;
    readonly subject?: AdminPeer;
    readonly ingress?: readonly ClusterRule[];
    readonly egress?: readonly ClusterRule[];
  };
}

/** @source kubeovn.io/v1 SecurityGroup.spec.ingressRules, egressRules */
export interface SecurityGroupRule {
  readonly ipVersion?: string;
  readonly protocol?: string;
  readonly priority?: number;
  readonly remoteType?: string;
  readonly remoteAddress?: string;
  readonly remoteSecurityGroup?: string;
  readonly localAddress?: string;
  readonly portRangeMin?: number;
  readonly portRangeMax?: number;
  readonly sourcePortRangeMin?: number;
  readonly sourcePortRangeMax?: number;
  readonly policy?: string;
}

/** @source kubeovn.io/v1 SecurityGroup */
export interface SecurityGroupObject {
  readonly metadata: Metadata;
  readonly spec?: {
    readonly tier?: number;
    readonly allowSameGroupTraffic?: boolean;
    readonly ingressRules?: readonly SecurityGroupRule[];
    readonly egressRules?: readonly SecurityGroupRule[];
  };
}

/** @source kubeovn.io/v1 Subnet */
export interface SubnetObject {
  readonly metadata: Metadata;
  readonly spec?: { readonly cidrBlock?: string; readonly private?: boolean; readonly allowSubnets?: readonly string[] };
}
