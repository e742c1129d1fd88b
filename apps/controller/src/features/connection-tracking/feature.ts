import type { Feature } from '../feature.ts';
import { fragmentTable } from '../fragments.ts';
import { trackingFragment } from './tracking.formula.ts';

/** Every switch that pods are on tracks connections, policies or not; no policy is about the ports of nodes. On further networks a pod may answer by another port. */
export const connectionTrackingFeature: Feature = {
  name: 'connection-tracking',
  wire: ({ subnets, holdsBySubnet, names }) => ({
    fragments: [
      fragmentTable('tracking', subnets, (name, subnet) => {
        if (name === names.joinSubnet || subnet.provider !== 'ovn') return undefined;
        const hasSwitch = !subnet.isTerminating || holdsBySubnet.of(name).size > 0;
        return hasSwitch ? trackingFragment(subnet) : undefined;
      }),
    ],
  }),
};
