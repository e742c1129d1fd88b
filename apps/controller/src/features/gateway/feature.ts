import { nodePortName } from '@kube-ovn/api';
import type { Feature } from '../feature.ts';
import { fragmentTable } from '../fragments.ts';
import { gatewayMembership, hasDistributedGateway, nodeGatewayFragment } from './gateway.formula.ts';

/** One group and one policy per node and family; each pod joins the group of its node. */
export const gatewayFeature: Feature = {
  name: 'gateway',
  wire: ({ nodes, pods, leases, subnets, names }) => ({
    fragments: [
      fragmentTable('gateway/node', nodes, (node) => {
        const lease = leases.get(nodePortName(node));
        return lease === undefined ? undefined : nodeGatewayFragment(node, lease, names.clusterRouter);
      }),
      fragmentTable('gateway/pod', pods, (_key, pod) => {
        const lease = leases.get(pod.port);
        const subnet = lease === undefined ? undefined : subnets.get(lease.subnet);
        const isMember = subnet !== undefined && hasDistributedGateway(subnet, names.clusterRouter) && leases.has(nodePortName(pod.node));
        return isMember ? { rows: [], members: [gatewayMembership(pod.port, pod.node)] } : undefined;
      }),
    ],
  }),
};
