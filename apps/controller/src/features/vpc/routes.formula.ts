/**
 * Routes of a Vpc → rows of its router.
 *
 * Reads: Vpc, the Vpcs that it is linked to. Wants: Logical_Router_Static_Route and Logical_Router_Policy as the Vpc's author writes them; per
 * link Logical_Router_Port `<vpc>-<remote>`, whose peer is `<remote>-<vpc>`.
 */
import { type WantedRow, wantedRow } from '@kube-ovn/ovsdb';
import { routerPortName, tables } from '@kube-ovn/ovn-model';
import type { Peering, PolicyRoute, StaticRoute } from '../../inputs/vpc-routes.ts';
import { macOf } from '../mac.ts';

/** @source OVN_Northbound Logical_Router_Static_Route.options:ecmp_symmetric_reply */
export function staticRouteRow(router: string, route: StaticRoute): WantedRow {
  const { policy, prefix, nextHop, routeTable, isSymmetric } = route;
  return wantedRow(
    tables.logicalRouterStaticRoute,
    `${router}/route/${routeTable}/${policy}/${prefix}/${nextHop}`,
    {
      ip_prefix: prefix,
      nexthop: nextHop,
      policy,
      route_table: routeTable,
      options: isSymmetric ? { ecmp_symmetric_reply: 'true' } : {},
    },
    { table: 'Logical_Router', key: router, column: 'static_routes' },
  );
}

export function policyRouteRow(router: string, { priority, match, action, nextHops }: PolicyRoute): WantedRow {
  return wantedRow(
    tables.logicalRouterPolicy,
    `${router}/policy/${priority}/${match}`,
    { priority, match, action, nexthops: nextHops },
    { table: 'Logical_Router', key: router, column: 'policies' },
  );
}

/** @source OVN_Northbound Logical_Router_Port.peer */
export function peeringRow(router: string, { remote, networks }: Peering): WantedRow {
  const name = routerPortName(router, remote);
  return wantedRow(
    tables.logicalRouterPort,
    name,
    { mac: macOf(name), networks: [...networks], peer: routerPortName(remote, router), external_ids: { lr: router, peer: remote } },
    { table: 'Logical_Router', key: router, column: 'ports' },
  );
}
