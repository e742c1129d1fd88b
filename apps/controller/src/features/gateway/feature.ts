import { nodePortName } from '@kube-ovn/api';
import type { Feature } from '../feature.ts';
import { fragmentTable } from '../fragments.ts';
import { portLease } from '../port-lease.ts';
import { gatewayMembership, hasDistributedGateway, nodeGatewayFragment } from './gateway.formula.ts';

/** One group and one policy per node and family; each pod joins the group of its node. */
export const gatewayFeature: Feature = {
  name: 'gateway',
  wire: (graph) => {
    const { nodes, interfaces, leases, subnets, names } = graph;
    return {
      fragments: [
        fragmentTable('gateway/node', nodes, (node) => {
          const lease = leases.get(nodePortName(node));
          return lease === undefined ? undefined : nodeGatewayFragment(node, lease, names.clusterRouter);
        }),
        fragmentTable('gateway/pod', interfaces, (port, { node, isOvn }) => {
          const lease = isOvn ? portLease(graph, port) : undefined;
          const subnet = lease === undefined ? undefined : subnets.get(lease.subnet);
          const isMember = subnet !== undefined && hasDistributedGateway(subnet, names.clusterRouter) && leases.has(nodePortName(node));
          return isMember ? { rows: [], members: [gatewayMembership(port, node)] } : undefined;
        }),
      ],
    };
  },
};
