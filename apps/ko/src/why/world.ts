/** What `ko why` looks at: objects of Kubernetes as they are, and what OVN says of ports and nodes. Pure data. */
import type { EndpointSlice, Event, Node, Pod, Service, Subnet, Vpc } from '@kube-ovn/api';
import type { ClusterObjects } from '@kube-ovn/policy';

export interface World {
  readonly pods: readonly Pod[];
  readonly nodes: readonly Node[];
  readonly services: readonly Service[];
  readonly slices: readonly EndpointSlice[];
  readonly subnets: readonly Subnet[];
  readonly vpcs: readonly Vpc[];
  readonly events: readonly Event[];
  /** What policies are judged by. */
  readonly policies: ClusterObjects;
  /** Absent where OVN could not be asked. */
  readonly ovn?: OvnWorld;
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
