import { deriveTable, expandTable, formula, isSamePlainData, sourceTable } from '@kube-ovn/dataflow';
import type { Fragment } from '@kube-ovn/ovsdb';
import type { Feature, Notice } from '../feature.ts';
import { fragmentTable } from '../fragments.ts';
import { centralPolicies, gatewaySwitchFragment, hasCentralGateway } from './central-gateway.formula.ts';
import { inUse, ordersOf, slotsOf } from './orders.formula.ts';

/** Subnets whose traffic leaves by chosen nodes. */
export const centralGatewayFeature: Feature = {
  name: 'central-gateway',
  wire: ({ nodes, subnets, names }) => {
    const same = { equals: isSamePlainData };
    const byName = formula(() => [...nodes.entries()].map(([, node]) => node).toSorted((a, b) => (a.name < b.name ? -1 : 1)), same);
    const orders = expandTable(
      'gateway orders',
      subnets,
      (name, subnet) => (hasCentralGateway(subnet, names.clusterRouter) ? [[name, ordersOf(subnet, byName.value)] as const] : []),
      same,
    );
    const slots = formula(() => slotsOf([...orders.entries()].flatMap(([, each]) => each)), same);
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
        fragmentTable('central-gateway/subnet', orders, (name, own) => {
          const subnet = subnets.get(name);
          if (subnet === undefined) return undefined;
          const used = inUse(own, subnet.enableEcmp, (node) => nodes.get(node)?.isCordoned === true);
          return centralPolicies(
            subnet,
            used.flatMap((order) => slots.value[order] ?? []),
            names.clusterRouter,
          );
        }),
      ],
      notices: deriveTable(
        'gateway notices',
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
        same,
      ),
    };
  },
};
