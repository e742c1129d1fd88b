/** What `ko why` looks at: objects of Kubernetes as they are, and what OVN says of ports and nodes. Pure data. */
import type { EndpointSlice, Event, IP, Node, Pod, Service, Subnet, SwitchLBRule, Vip, Vpc } from '@kube-ovn/api';
import type { ClusterObjects } from '@kube-ovn/policy';
import type { Listener, Traced } from './evidence.ts';

export interface World {
  readonly pods: readonly Pod[];
  readonly nodes: readonly Node[];
  readonly services: readonly Service[];
  readonly slices: readonly EndpointSlice[];
  readonly subnets: readonly Subnet[];
  readonly vpcs: readonly Vpc[];
  readonly events: readonly Event[];
  /** Who has which address. */
  readonly ips: readonly IP[];
  readonly vips: readonly Vip[];
  readonly switchLbRules: readonly SwitchLBRule[];
  /** What policies are judged by. */
  readonly policies: ClusterObjects;
  /** Absent where OVN could not be asked. */
  readonly ovn?: OvnWorld;
  /** What was looked at for the very ends of the question; absent as long as nobody has looked. */
  readonly evidence?: Evidence;
}

/** What costs too much to be looked at for everybody. */
export interface Evidence {
  /** What OVN does with such a packet, by {@link connectionKey}. */
  readonly traces: ReadonlyMap<string, Traced>;
  /** By the name of the Node. */
  readonly nodes: ReadonlyMap<string, SeenNode>;
  /** Interfaces of pods by logical switch port. */
  readonly interfaces: ReadonlyMap<string, SeenInterface>;
}

/** A node, asked on itself. */
export interface SeenNode {
  /** Whether ovs-vswitchd answers. */
  readonly answers: boolean;
  /** Packets are carried by ovs-vswitchd itself, and not by the kernel. */
  readonly isUserspace: boolean;
  /** Nodes whose tunnel address it got no answer from. */
  readonly silent: readonly { readonly node: string; readonly address: string }[];
  /** The largest packet of a pod that its tunnels carry, in bytes. */
  readonly room?: number;
  /** In its own network; absent where that can not be told. */
  readonly listeners?: readonly Listener[];
}

/** An interface of a pod, seen in the pod. */
export interface SeenInterface {
  readonly mtu?: number;
  readonly isUp?: boolean;
  /** Who waits for connections; absent where that can not be told. */
  readonly listeners?: readonly Listener[];
  /** Packets that its limits of rate have dropped while they were looked at. */
  readonly dropped?: number;
}

/** What OVN says. */
export interface OvnWorld {
  /** Logical switch ports by name. @source OVN_Southbound Port_Binding */
  readonly ports: ReadonlyMap<string, SeenPort>;
  /** By the name of the Node. @source OVN_Southbound Chassis.hostname, Chassis_Private.nb_cfg */
  readonly chassis: ReadonlyMap<string, SeenChassis>;
  /** How many changes of the Northbound ovn-northd has not turned into flows yet. @source NB_Global.nb_cfg, sb_cfg */
  readonly northdBehind: number;
}

export interface SeenPort {
  /** Node that has it; absent: none. */
  readonly node?: string;
  readonly isUp: boolean;
}

export interface SeenChassis {
  /** How many changes it has not taken in yet. */
  readonly behind: number;
}
