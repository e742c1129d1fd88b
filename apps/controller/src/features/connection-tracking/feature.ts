import type { Feature } from '../feature.ts';
import { fragmentTable, hasSwitch } from '../fragments.ts';
import { trackingFragment } from './tracking.formula.ts';

/** Every switch that pods are on tracks connections, policies or not; no policy is about the ports of nodes. On further networks a pod may answer by another port. */
export const connectionTrackingFeature: Feature = {
  name: 'connection-tracking',
  wire: (graph) => ({
    fragments: [
      fragmentTable('tracking', graph.subnets, (name, subnet) => {
        if (name === graph.names.joinSubnet || subnet.provider !== 'ovn') return undefined;
        return hasSwitch(subnet, graph) ? trackingFragment(subnet) : undefined;
      }),
    ],
  }),
};
