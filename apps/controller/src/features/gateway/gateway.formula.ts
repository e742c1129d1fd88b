/**
 * Distributed gateway: traffic of a pod leaves the cluster by the node that the pod runs on.
 *
 * Reads: Node, its lease; per pod its lease and its Subnet. Wants: per node one Port_Group and, per family, one policy that reroutes
 * whatever comes from a port of that group to the node's port on the join Subnet; the pods join the group from their side. All
 * Subnets of the default Vpc with a distributed gateway share the group (docs/adr/0005).
 */
import { type Fragment, type Membership, rowRef, type WantedRow, wantedRow } from '@kube-ovn/ovsdb';
import { addressSet, eq, gatewayPortGroupName, portGroupAddressSet, printMatch, tables } from '@kube-ovn/ovn-model';
import type { HeldLease } from '../../effects/demand.ts';
import { isRouted, type SubnetInput } from '../../inputs/subnet.ts';
import { addressOf } from '../lease.ts';
import { policyPriority } from '../policy-priorities.ts';

/** Group and policies of one node. */
export function nodeGatewayFragment(node: string, lease: HeldLease, router: string): Fragment {
  const group = gatewayPortGroupName(node);
  const policies = ([4, 6] as const).flatMap((family): WantedRow[] => {
    const nexthop = addressOf(lease, family);
    if (nexthop === undefined) return [];
    return [
      wantedRow(
        tables.logicalRouterPolicy,
        `${router}/gateway/${node}/ip${family}`,
        {
          priority: policyPriority.gateway,
          match: printMatch(eq(`ip${family}.src`, addressSet(portGroupAddressSet(group, family)))),
          action: 'reroute',
          nexthops: [nexthop],
          external_ids: { node },
        },
        { table: 'Logical_Router', key: router, column: 'policies' },
      ),
    ];
  });
  // No ports of its own: whatever is in the group and is no pod's membership goes, also after a restart.
  return { rows: [wantedRow(tables.portGroup, group, { ports: [], external_ids: { node } }), ...policies], members: [] };
}

/** Whether pods of a Subnet leave by their own node. */
export function hasDistributedGateway(subnet: SubnetInput, clusterRouter: string): boolean {
  return isRouted(subnet) && subnet.vpc === clusterRouter && subnet.gatewayType === 'distributed';
}

/** The place of one port in the group of its node. */
export function gatewayMembership(port: string, node: string): Membership {
  return { table: 'Port_Group', key: gatewayPortGroupName(node), column: 'ports', set: [rowRef('Logical_Switch_Port', port)] };
}
