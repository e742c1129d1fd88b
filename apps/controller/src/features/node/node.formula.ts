/**
 * Node → its port on the join Subnet and the way from pods to its own addresses.
 *
 * Reads: Node, its lease. Wants: Logical_Switch_Port `node-<node>` on the join switch; per family a policy that sends traffic for the
 * node's internal addresses through that port. The node's daemon makes the interface of this port (`ovn0`).
 */
import { nodePortName } from '@kube-ovn/api';
import { type Fragment, type WantedRow, wantedRow } from '@kube-ovn/ovsdb';
import { eq, inSet, printMatch, tables } from '@kube-ovn/ovn-model';
import type { HeldLease } from '../../effects/demand.ts';
import type { NodeInput } from '../../inputs/node.ts';
import type { Names } from '../graph.ts';
import { addressOf, portAddresses } from '../lease.ts';
import { policyPriority } from '../policy-priorities.ts';

/** Rows of one Node. */
export function nodeFragment(node: NodeInput, lease: HeldLease, names: Names): Fragment {
  const port = wantedRow(
    tables.logicalSwitchPort,
    nodePortName(node.name),
    {
      addresses: [portAddresses(lease)],
      external_ids: { ls: names.joinSubnet, node: node.name },
    },
    { table: 'Logical_Switch', key: lease.subnet, column: 'ports' },
  );
  return { rows: [port, ...toNodePolicies(node, lease, names.clusterRouter)], members: [] };
}

function toNodePolicies(node: NodeInput, lease: HeldLease, router: string): WantedRow[] {
  return ([4, 6] as const).flatMap((family) => {
    const addresses = node.internalIps
      .filter((ip) => ip.family === family)
      .map((ip) => ip.address)
      .toSorted();
    const nexthop = addressOf(lease, family);
    const [first] = addresses;
    if (nexthop === undefined || first === undefined) return [];
    const field = `ip${family}.dst` as const;
    return [
      wantedRow(
        tables.logicalRouterPolicy,
        `${router}/node/${node.name}/ip${family}`,
        {
          priority: policyPriority.toNode,
          match: printMatch(addresses.length === 1 ? eq(field, first) : inSet(field, addresses)),
          action: 'reroute',
          nexthops: [nexthop],
          external_ids: { node: node.name, 'address-family': String(family) },
        },
        { table: 'Logical_Router', key: router, column: 'policies' },
      ),
    ];
  });
}
