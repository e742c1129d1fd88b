/**
 * Kubernetes objects as they are written, with the fields that the reference evaluator looks at.
 *
 * These types are the evaluator's own, beside those that the compiler reads with: a field that is misread must show as a
 * disagreement, not be misread in the same way on both sides.
 */

/** Labels of an object. */
export type Labels = Readonly<Record<string, string>>;

/** @source apimachinery meta/v1 ObjectMeta */
export interface Meta {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Labels;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** @source apimachinery meta/v1 LabelSelector */
export interface Selector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly { readonly key: string; readonly operator: string; readonly values?: readonly string[] }[];
}

export interface NamespaceObject {
  readonly metadata: Meta;
}

interface ContainerObject {
  readonly name?: string;
  readonly restartPolicy?: string;
  readonly ports?: readonly { readonly name?: string; readonly containerPort: number; readonly protocol?: string }[];
}

/** @source core/v1 Pod */
export interface PodObject {
  readonly metadata: Meta;
  readonly spec?: {
    readonly nodeName?: string;
    readonly hostNetwork?: boolean;
    readonly containers?: readonly ContainerObject[];
    readonly initContainers?: readonly ContainerObject[];
  };
  readonly status?: { readonly phase?: string; readonly podIP?: string; readonly podIPs?: readonly { readonly ip: string }[] };
}

/** @source core/v1 Node */
export interface NodeObject {
  readonly metadata: Meta;
  readonly status?: { readonly addresses?: readonly { readonly type: string; readonly address: string }[] };
}

/** @source networking.k8s.io/v1 NetworkPolicyPeer */
export interface NetworkPolicyPeerObject {
  readonly podSelector?: Selector | undefined;
  readonly namespaceSelector?: Selector | undefined;
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
}

/** @source networking.k8s.io/v1 NetworkPolicyPort */
export interface NetworkPolicyPortObject {
  readonly protocol?: string;
  readonly port?: number | string;
  readonly endPort?: number;
}

/** @source networking.k8s.io/v1 NetworkPolicy */
export interface NetworkPolicyObject {
  readonly metadata: Meta;
  readonly spec?: {
    readonly podSelector?: Selector;
    readonly policyTypes?: readonly string[];
    readonly ingress?: readonly {
      readonly from?: readonly NetworkPolicyPeerObject[];
      readonly ports?: readonly NetworkPolicyPortObject[];
    }[];
    readonly egress?: readonly { readonly to?: readonly NetworkPolicyPeerObject[]; readonly ports?: readonly NetworkPolicyPortObject[] }[];
  };
}

/** @source policy.networking.k8s.io/v1alpha1 AdminNetworkPolicyIngressPeer, EgressPeer; v1alpha2 the same but for the port */
export interface AdminPeerObject {
  readonly namespaces?: Selector;
  readonly pods?: { readonly namespaceSelector?: Selector; readonly podSelector?: Selector };
  readonly nodes?: Selector;
  readonly networks?: readonly string[];
  readonly domainNames?: readonly string[];
}

/** @source policy.networking.k8s.io/v1alpha1 AdminNetworkPolicyPort */
export interface AdminPortObject {
  readonly portNumber?: { readonly protocol?: string; readonly port: number };
  readonly portRange?: { readonly protocol?: string; readonly start: number; readonly end: number };
  readonly namedPort?: string;
}

interface DestinationPort {
  readonly destinationPort?: { readonly number?: number; readonly range?: { readonly start: number; readonly end: number } };
}

/** @source policy.networking.k8s.io/v1alpha2 ClusterNetworkPolicyProtocol */
export interface ClusterProtocolObject {
  readonly tcp?: DestinationPort;
  readonly udp?: DestinationPort;
  readonly sctp?: DestinationPort;
  readonly destinationNamedPort?: string;
}

/** A rule of any of the admin kinds: `ports` in v1alpha1, `protocols` in v1alpha2; `from` or `to` by its direction. */
export interface AdminRuleObject {
  readonly name?: string;
  readonly action: string;
  readonly from?: readonly AdminPeerObject[];
  readonly to?: readonly AdminPeerObject[];
  readonly ports?: readonly AdminPortObject[];
  readonly protocols?: readonly ClusterProtocolObject[];
}

/** AdminNetworkPolicy, BaselineAdminNetworkPolicy (no priority) and ClusterNetworkPolicy (a tier as well). */
export interface AdminPolicyObject {
  readonly metadata: Meta;
  readonly spec: {
    readonly tier?: string;
    readonly priority?: number;
    readonly subject: {
      readonly namespaces?: Selector;
      readonly pods?: { readonly namespaceSelector?: Selector; readonly podSelector?: Selector };
    };
    readonly ingress?: readonly AdminRuleObject[];
    readonly egress?: readonly AdminRuleObject[];
  };
}

/** @source Kube-OVN SecurityGroup.spec.ingressRules, egressRules */
export interface SecurityGroupRuleObject {
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

/** @source Kube-OVN SecurityGroup */
export interface SecurityGroupObject {
  readonly metadata: Meta;
  readonly spec?: {
    readonly tier?: number;
    readonly allowSameGroupTraffic?: boolean;
    readonly ingressRules?: readonly SecurityGroupRuleObject[];
    readonly egressRules?: readonly SecurityGroupRuleObject[];
  };
}

/** @source Kube-OVN Subnet */
export interface SubnetObject {
  readonly metadata: Meta;
  readonly spec?: {
    readonly cidrBlock?: string;
    readonly vpc?: string;
    readonly private?: boolean;
    readonly allowSubnets?: readonly string[];
    readonly allowEWTraffic?: boolean;
    readonly acls?: readonly {
      readonly direction?: string;
      readonly priority?: number;
      readonly match?: string;
      readonly action?: string;
    }[];
  };
}

/** All that decides whether two ends may talk. */
export interface ClusterObjects {
  readonly namespaces: readonly NamespaceObject[];
  readonly pods: readonly PodObject[];
  readonly nodes: readonly NodeObject[];
  readonly networkPolicies: readonly NetworkPolicyObject[];
  readonly adminNetworkPolicies: readonly AdminPolicyObject[];
  readonly baselineAdminNetworkPolicies: readonly AdminPolicyObject[];
  readonly clusterNetworkPolicies: readonly AdminPolicyObject[];
  readonly securityGroups: readonly SecurityGroupObject[];
  readonly subnets: readonly SubnetObject[];
}
