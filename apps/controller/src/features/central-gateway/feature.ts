import { deriveTable, expandTable, formula, isSamePlainData, mergeTables, sourceTable, type Table } from '@kube-ovn/dataflow';
import type { Fragment } from '@kube-ovn/ovsdb';
import type { Feature, Notice } from '../feature.ts';
import { fragmentTable } from '../fragments.ts';
import type { Graph } from '../graph.ts';
import { activeGateways, gatewayNotices, gatewayPatches, absenceOf, isAway } from './active.ts';
import { centralPolicies, gatewaySwitchFragment, hasCentralGateway } from './central-gateway.formula.ts';
import { inUse, type Order, ordersOf, slotsOf } from './orders.formula.ts';

/** Subnets whose traffic leaves by chosen nodes. */
export const centralGatewayFeature: Feature = {
  name: 'central-gateway',
  wire: (graph) => {
    const { nodes, subnets, names } = graph;
    const same = { equals: isSamePlainData };
    const byName = formula(() => [...nodes.entries()].map(([, node]) => node).toSorted((a, b) => (a.name < b.name ? -1 : 1)), same);
    const orders = expandTable(
      'gateway orders',
      subnets,
      (name, subnet) => (hasCentralGateway(subnet, names.clusterRouter) ? [[name, ordersOf(subnet, byName.value)] as const] : []),
      same,
    );
    const slots = formula(() => slotsOf([...orders.entries()].flatMap(([, each]) => each)), same);
    const used = deriveTable(
      'gateway orders in use',
      orders,
      (name, own) =>
        inUse(own, subnets.get(name)?.enableEcmp === true, {
          cordoned: (node) => nodes.get(node)?.isCordoned === true,
          away: (order) => isAway(graph, order),
          absence: (order) => absenceOf(graph, order),
        }),
      same,
    );
    const active = activeGateways(graph, used);
    const only = sourceTable<true>('gateway switch');
    only.set('central-gateway', true);
    return {
      fragments: [
        deriveTable(
          'gateway switch fragment',
          only,
          (): Fragment => gatewaySwitchFragment(slots.value, new Map(byName.value.map((node) => [node.name, node])), names.clusterRouter),
          same,
        ),
        fragmentTable('central-gateway/subnet', used, (name, orders) => {
          const subnet = subnets.get(name);
          const links = orders.flatMap((order) => slots.value[order] ?? []);
          return subnet === undefined ? undefined : centralPolicies(subnet, links, names.clusterRouter);
        }),
      ],
      patches: { subnet: gatewayPatches(graph, active) },
      notices: mergeTables('gateway notices', [gatewayNotices(graph, active), missingNotices(graph, orders)]),
    };
  },
};

/** Subnets that no node serves. */
function missingNotices({ subnets }: Pick<Graph, 'subnets'>, orders: Table<readonly Order[]>): Table<Notice> {
  return deriveTable(
    'missing gateway notices',
    orders,
    (name, own): Notice | undefined => {
      if (own.length > 0) return undefined;
      const wanted = subnets.get(name)?.gatewayNodes.map(({ node }) => node) ?? [];
      const who = wanted.length > 0 ? `none of ${wanted.join(', ')}` : 'no node that spec.gatewayNodeSelectors select';
      return {
        kind: 'subnet',
        key: name,
        type: 'Warning',
        reason: 'NoGatewayNode',
        message: `nothing leaves the cluster from Subnet ${name}: ${who} is a Node whose daemon runs; name others in spec.gatewayNode`,
        isState: true,
      };
    },
    { equals: isSamePlainData },
  );
}
