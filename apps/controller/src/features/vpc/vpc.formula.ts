/**
 * Vpc → its logical router; for the default Vpc also the default routes.
 *
 * Reads: Vpc, its links, the join Subnet, the route tables of its Subnets. Wants: Logical_Router `<vpc>`; its routes, policies and links
 * (routes.formula.ts); on the default Vpc Logical_Router_Static_Route 0.0.0.0/0 and ::/0, in each route table, towards the join Subnet's
 * gateway, which is the router's own address: OVN consults policies only after a route has been found, and where traffic really leaves is
 * decided by the policies of the gateway feature. A default route of the Vpc's author takes the place of that one.
 */
import { type Fragment, type WantedRow, wantedRow } from '@kube-ovn/ovsdb';
import { tables } from '@kube-ovn/ovn-model';
import type { SubnetInput } from '../../inputs/subnet.ts';
import type { VpcInput } from '../../inputs/vpc.ts';
import type { Peering } from '../../inputs/vpc-routes.ts';
import { peeringRow, policyRouteRow, staticRouteRow } from './routes.formula.ts';

/** Seconds after which a learnt MAC binding that is not used goes. @source ovn-nb(5) Logical_Router options:mac_binding_age_threshold */
const macBindingAgeSeconds = '300';

export interface VpcSurroundings {
  readonly links: readonly Peering[];
  readonly join: SubnetInput | undefined;
  /** Of its Subnets; the main one is ''. */
  readonly routeTables: readonly string[];
  /** It has neighbours that are not known to OVN. */
  readonly isExternal: boolean;
}

/** Rows of one Vpc. @source Kube-OVN, router `ovn-cluster` and its options */
export function vpcFragment(vpc: VpcInput, { links, join, routeTables, isExternal }: VpcSurroundings): Fragment {
  const { staticRoutes, policyRoutes } = vpc.routes;
  const router = wantedRow(tables.logicalRouter, vpc.name, {
    options: {
      mac_binding_age_threshold: macBindingAgeSeconds,
      dynamic_neigh_routers: 'true',
      ...(isExternal || links.length > 0 ? {} : { always_learn_from_arp_request: 'false' }),
    },
  });
  const blocks = vpc.isDefault && join !== undefined ? join.blocks : [];
  const defaults = routeTables.flatMap((table) =>
    blocks
      .filter(({ prefix: { family } }) => !hasOwnDefault(vpc, family, table))
      .map((block) => defaultRoute(vpc.name, table, { family: block.prefix.family, nexthop: block.gateway })),
  );
  const rows = [
    router,
    ...defaults,
    ...uniqueRows(staticRoutes.map((route) => staticRouteRow(vpc.name, route))),
    ...policyRoutes.map((route) => policyRouteRow(vpc.name, route)),
    ...links.map((link) => peeringRow(vpc.name, link)),
  ];
  return { rows, members: [] };
}

/** Whether a Vpc's author says where everything else goes. */
export function hasOwnDefault({ routes }: VpcInput, family: 4 | 6, table: string): boolean {
  const prefix = family === 4 ? '0.0.0.0/0' : '::/0';
  return routes.staticRoutes.some((route) => route.routeTable === table && route.policy === 'dst-ip' && route.prefix === prefix);
}

/** The same route written twice is one. */
function uniqueRows(rows: readonly WantedRow[]): readonly WantedRow[] {
  return [...new Map(rows.map((row) => [row.key, row])).values()];
}

function defaultRoute(router: string, table: string, { family, nexthop }: { readonly family: 4 | 6; readonly nexthop: string }): WantedRow {
  const prefix = family === 4 ? '0.0.0.0/0' : '::/0';
  const parent = { table: 'Logical_Router', key: router, column: 'static_routes' };
  return wantedRow(
    tables.logicalRouterStaticRoute,
    `${router}/default/ip${family}${table === '' ? '' : `/${table}`}`,
    { ip_prefix: prefix, nexthop, policy: 'dst-ip', ...(table === '' ? {} : { route_table: table }) },
    parent,
  );
}
