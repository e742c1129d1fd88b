import { routerPortName } from '@kube-ovn/ovn-model';
import { deriveTable, expandTable, formula, isSamePlainData, type Table } from '@kube-ovn/dataflow';
import type { AddressDemand } from '../../effects/demand.ts';
import type { Feature, Notice } from '../feature.ts';
import { fragmentTable } from '../fragments.ts';
import type { Graph } from '../graph.ts';
import { macOf } from '../mac.ts';
import { junctionFragment } from './interconnection.formula.ts';
import { junctionKey, junctionLease } from './junction.ts';

const byContent = { equals: isSamePlainData };

/** Underlay Subnets that are joined to their Vpc. The junction is the last to go from a Subnet that is being deleted. */
export const interconnectionFeature: Feature = {
  name: 'interconnection',
  wire: (graph) => {
    const { subnets, vpcs, nodes } = graph;
    const nodeAddresses = formula(
      () => [...nodes.entries()].flatMap(([, { internalIps }]) => internalIps.map(({ address }) => address)).toSorted(),
      byContent,
    );
    return {
      demands: [demands(graph)],
      fragments: [
        fragmentTable('interconnection', subnets, (_name, subnet) => {
          const lease = junctionLease(subnet, graph);
          const vpc = vpcs.get(subnet.vpc);
          if (lease === undefined || vpc === undefined || !isWanted(subnet.name, graph)) return undefined;
          return junctionFragment(subnet, { vpc, lease, nodeAddresses: nodeAddresses.value });
        }),
      ],
      notices: notices(graph),
    };
  },
};

/** Whether a Subnet has anybody to join. */
function isWanted(name: string, { subnets, holdsBySubnet }: Pick<Graph, 'subnets' | 'holdsBySubnet'>): boolean {
  const subnet = subnets.get(name);
  if (subnet?.junction === undefined) return false;
  return !subnet.isTerminating || [...holdsBySubnet.of(name)].some((holder) => holder !== junctionKey(subnet));
}

function demands(graph: Graph): Table<AddressDemand> {
  return expandTable(
    'junction demands',
    graph.subnets,
    (name, subnet): (readonly [string, AddressDemand])[] => {
      if (!isWanted(name, graph)) return [];
      const uid = graph.objects.subnets.get(name)?.metadata.uid ?? '';
      const addresses = subnet.junction?.addresses;
      const holder = { kind: 'Subnet', namespace: '', name: '', uid } as const;
      const mac = macOf(routerPortName(subnet.vpc, name)); // always the same: pods remember it
      const demand = { holder, node: '', subnets: [name], mac, podType: '' as const, ...(addresses === undefined ? {} : { addresses }) };
      return [[junctionKey(subnet), demand]];
    },
    byContent,
  );
}

/** @source Kube-OVN event reason AcquireAddressFailed */
function notices({ subnets, refusals }: Graph): Table<Notice> {
  return deriveTable(
    'junction notices',
    subnets,
    (name, subnet): Notice | undefined => {
      const refusal = subnet.junction === undefined ? undefined : refusals.get(junctionKey(subnet));
      if (refusal === undefined) return undefined;
      const message = `Subnet ${name} is not joined to Vpc ${subnet.vpc} (u2oInterconnection), and its pods use the physical gateway: ${refusal.message}`;
      return { kind: 'subnet', key: name, type: 'Warning', reason: 'AcquireAddressFailed', message, isState: true };
    },
    byContent,
  );
}
