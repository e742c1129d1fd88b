/**
 * What the consistency check looks at: plain data, gathered from Kubernetes, OVN and the nodes by `read/`, or written down by hand.
 *
 * Addresses are canonical text (RFC 5952 for IPv6); MAC addresses are lower case.
 */

/** The addresses of one network interface, as one witness tells them. */
export interface Addresses {
  readonly v4?: string | undefined;
  readonly v6?: string | undefined;
  readonly mac?: string | undefined;
}

/** A subnet, as its object tells. */
export interface SubnetFact {
  readonly name: string;
  /** `v4`, `v6` or `v4,v6` */
  readonly cidr: string;
  /** Of each family, in the same form. */
  readonly gateway: string;
  /** Addresses, ranges and blocks that are given only when asked for by name; such ones are in no counter. */
  readonly excludeIps: readonly string[];
  /** Its addresses are on logical switch ports; else they are lent to another CNI plugin, which makes the interface. */
  readonly isOvn: boolean;
  /** The spec as it stands is not in force: the Subnet goes on as it was accepted last, so its text proves nothing. */
  readonly isRefused: boolean;
  readonly v4UsingIps: bigint | undefined;
  readonly v6UsingIps: bigint | undefined;
}

/** An IPPool, as its object tells. */
export interface PoolFact {
  readonly name: string;
  readonly subnet: string;
  /** Addresses, ranges and blocks. */
  readonly ips: readonly string[];
  readonly v4UsingIps: bigint | undefined;
  readonly v6UsingIps: bigint | undefined;
  /** The spec as it stands is not in force. */
  readonly isRefused: boolean;
}

/** An `IP` object: the journal's witness. */
export interface IpFact extends Addresses {
  /** Name of the port that it is for. */
  readonly name: string;
  readonly subnet: string;
  readonly namespace: string;
  /** Pod or virtual machine, or node where `namespace` is empty. */
  readonly workload: string;
  readonly podType: string;
  /** Kept by its user although no workload holds it. */
  readonly reserved: boolean;
  readonly terminating: boolean;
  /** Vip whose addresses these are. */
  readonly lender?: string | undefined;
}

/** One interface that a pod or node says it was given: the annotations' witness. */
export interface AnnotatedNic extends Addresses {
  /** Name of the port. */
  readonly port: string;
  readonly subnet: string | undefined;
}

/** A `Vip` that has addresses: it is its own journal. */
export interface VipFact extends Addresses {
  readonly name: string;
  readonly subnet: string;
}

/** A pod on the pod network that is alive. */
export interface PodFact {
  readonly namespace: string;
  readonly name: string;
  /** Virtual machine that its addresses are those of: while it is moved two pods have them. */
  readonly machine?: string | undefined;
  readonly node: string | undefined;
  readonly terminating: boolean;
  readonly ready: boolean;
  readonly nics: readonly AnnotatedNic[];
}

/** A node of the cluster. */
export interface NodeFact {
  readonly name: string;
  readonly nics: readonly AnnotatedNic[];
}

/** A StatefulSet: its pods keep their addresses by name. */
export interface StatefulSetFact {
  readonly namespace: string;
  readonly name: string;
  readonly start: number;
  readonly replicas: number;
}

/** A virtual machine of KubeVirt, or an instance without one: it keeps its addresses whether or not a pod runs it. */
export interface MachineFact {
  readonly namespace: string;
  readonly name: string;
}

/** A logical switch port of ours that stands for a workload: OVN's witness. */
export interface PortFact extends Addresses {
  readonly name: string;
  readonly logicalSwitch: string;
}

/** An interface that a node's Open vSwitch binds to a port: the node's witness. */
export interface InterfaceFact {
  readonly node: string;
  readonly name: string;
  /** `external_ids:iface-id` */
  readonly port: string;
  /** Addresses found on the device in the pod's namespace; undefined when nobody looked or could. */
  readonly device: Addresses | undefined;
}

/** Everything that the check knows about a cluster at one moment. */
export interface ClusterFacts {
  readonly subnets: readonly SubnetFact[];
  readonly pools: readonly PoolFact[];
  readonly ips: readonly IpFact[];
  readonly vips: readonly VipFact[];
  readonly pods: readonly PodFact[];
  readonly nodes: readonly NodeFact[];
  readonly statefulSets: readonly StatefulSetFact[];
  readonly machines: readonly MachineFact[];
  readonly ports: readonly PortFact[];
  /** Undefined when no node was asked. */
  readonly interfaces: readonly InterfaceFact[] | undefined;
}
