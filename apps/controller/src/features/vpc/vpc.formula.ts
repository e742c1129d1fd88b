/**
 * Vpc → its logical router; for the default Vpc also the default routes.
 *
 * Reads: Vpc, the join Subnet. Wants: Logical_Router `<vpc>`; on the default Vpc Logical_Router_Static_Route 0.0.0.0/0 and ::/0
 * towards the join Subnet's gateway, which is the router's own address: OVN consults policies only after a route has been found, and
 * where traffic really leaves is decided by the policies of the gateway feature.
 */
import { type Fragment, type WantedRow, wantedRow } from '@kube-ovn/ovsdb';
import { tables } from '@kube-ovn/ovn-model';
import type { SubnetInput } from '../../inputs/subnet.ts';
import type { VpcInput } from '../../inputs/vpc.ts';

/** Seconds after which a learnt MAC binding that is not used goes. @source ovn-nb(5) Logical_Router options:mac_binding_age_threshold */
const macBindingAgeSeconds = '300';

/** Rows of one Vpc. @source Kube-OVN, router `ovn-cluster` and its options */
export function vpcFragment(vpc: VpcInput, join: SubnetInput | undefined): Fragment {
  const router = wantedRow(tables.logicalRouter, vpc.name, {
    options: { mac_binding_age_threshold: macBindingAgeSeconds, dynamic_neigh_routers: 'true', always_learn_from_arp_request: 'false' },
  });
  const routes =
    vpc.isDefault && join !== undefined ? join.blocks.map((block) => defaultRoute(vpc.name, block.prefix.family, block.gateway)) : [];
  return { rows: [router, ...routes], members: [] };
}

function defaultRoute(router: string, family: 4 | 6, nexthop: string): WantedRow {
  const prefix = family === 4 ? '0.0.0.0/0' : '::/0';
  const parent = { table: 'Logical_Router', key: router, column: 'static_routes' };
  return wantedRow(
    tables.logicalRouterStaticRoute,
    `${router}/default/ip${family}`,
    { ip_prefix: prefix, nexthop, policy: 'dst-ip' },
    parent,
  );
}
