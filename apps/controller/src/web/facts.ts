/** What the pages are made of: what the controller has at one moment, as plain data. */
import type { IP, Namespace, Node, OvnEip, Pod, Subnet, Vip, Vlan, Vpc } from '@kube-ovn/api';
import type { World } from '@kube-ovn/insight';
import type { ReadPolicy, ReadSecurityGroup } from '../inputs/policies.ts';

export interface Facts {
  /** Who answers: its identity in the Lease. */
  readonly replica: string;
  readonly isLeader: boolean;
  /** Why it is not up to date; empty when it is. */
  readonly doubts: readonly string[];
  readonly subnets: readonly Subnet[];
  readonly vpcs: readonly Vpc[];
  readonly vlans: readonly Vlan[];
  readonly nodes: readonly Node[];
  readonly namespaces: readonly Namespace[];
  readonly pods: readonly Pod[];
  readonly ips: readonly IP[];
  readonly vips: readonly Vip[];
  readonly eips: readonly OvnEip[];
  /** Of all kinds but SecurityGroups; private Subnets among them. */
  readonly policies: readonly ReadPolicy[];
  readonly securityGroups: readonly ReadSecurityGroup[];
  /** What reaches what is judged by. */
  readonly world: World;
}
