/** A route to a gateway itself, for what OVN does not do for the next hops of policies. */
import { type WantedRow, wantedRow } from '@kube-ovn/ovsdb';
import { tables } from '@kube-ovn/ovn-model';

export interface Neighbour {
  readonly router: string;
  /** Port that the gateway is a neighbour of. */
  readonly port: string;
  readonly gateway: string;
}

/**
 * To be able to ask for the MAC address of an IPv6 gateway, the router must know it from a route. For the next hop of a policy ovn-northd has no such flow: the
 * router then sends its neighbour solicitation to the group of the packet's destination, where the gateway does not listen.
 *
 * @source ovn-northd(8), Ingress Table ARP Request: "next-hop IPv6 addresses of static routes"
 */
export function neighbourRoute({ router, port, gateway }: Neighbour): readonly WantedRow[] {
  if (!gateway.includes(':')) return [];
  return [
    wantedRow(
      tables.logicalRouterStaticRoute,
      `${router}/neighbour/${port}/${gateway}`,
      { ip_prefix: `${gateway}/128`, nexthop: gateway, policy: 'dst-ip', output_port: port },
      { table: 'Logical_Router', key: router, column: 'static_routes' },
    ),
  ];
}
