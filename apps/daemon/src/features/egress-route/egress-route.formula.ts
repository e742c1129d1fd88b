/**
 * What leaves the cluster from Subnets with `externalEgressGateway` takes a router outside: a routing table per Subnet, and per block a rule that
 * looks it up.
 *
 * Reads: Subnets. Wants: rules and routes in the node's namespace, on every node: traffic comes only where it is to leave. The table has no
 * answer for the cluster's own blocks, so those go as ever; and refuses what it has no next hop for, so that nothing leaves by another way.
 */
import type { NodeSubnet } from '../../inputs/subnet.ts';

/** A route of such a table. */
export interface EgressTableRoute {
  readonly dst: string;
  readonly type: 'unicast' | 'throw' | 'unreachable';
  readonly via?: string;
  readonly metric: number;
  readonly table: number;
}

/** A rule that leads to such a table. */
export interface EgressRule {
  readonly family: 4 | 6;
  readonly from: string;
  readonly priority: number;
  readonly table: number;
}

export interface EgressRouting {
  readonly rules: readonly EgressRule[];
  readonly routes: readonly EgressTableRoute[];
}

/** What the kernel makes of IPv6 routes without one. @source linux/ipv6_route.h IP6_RT_PRIO_USER */
const METRIC = 1024;
const LAST_METRIC = 4_278_198_272;

/** Rules and routes in an order that follows from what they are. */
export function egressRouting(subnets: readonly NodeSubnet[], clusterRouter: string): EgressRouting {
  const routed = subnets.filter((subnet) => subnet.isRouted && subnet.vpc === clusterRouter);
  const cluster = routed.flatMap(({ blocks }) => blocks);
  const taken = new Set<number>();
  const rules: EgressRule[] = [];
  const routes: EgressTableRoute[] = [];
  for (const { blocks, egressRoute } of routed.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (egressRoute === undefined || taken.has(egressRoute.table)) continue;
    const { table, priority, gateways } = egressRoute;
    taken.add(table);
    for (const family of [4, 6] as const) {
      const own = blocks.filter((block) => block.family === family);
      const via = gateways.find((gateway) => gateway.includes(':') === (family === 6));
      if (own.length === 0 || via === undefined) continue;
      const dst = family === 6 ? '::/0' : '0.0.0.0/0';
      rules.push(...own.map(({ cidr }) => ({ family, from: cidr, priority, table })));
      routes.push({ dst, type: 'unicast', via, metric: METRIC, table }, { dst, type: 'unreachable', metric: LAST_METRIC, table });
      const inside = [...new Set(cluster.filter((block) => block.family === family).map(({ cidr }) => cidr))].toSorted();
      routes.push(...inside.map((each) => ({ dst: each, type: 'throw' as const, metric: METRIC, table })));
    }
  }
  return { rules, routes };
}
