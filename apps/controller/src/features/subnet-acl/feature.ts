import type { Feature } from '../feature.ts';
import { fragmentTable, hasSwitch } from '../fragments.ts';
import { subnetAclFragment } from './subnet-acl.formula.ts';

/** The rules last as long as the switch that they stand on. */
export const subnetAclFeature: Feature = {
  name: 'subnet-acl',
  wire: (graph) => ({
    fragments: [
      fragmentTable('subnet-acl', graph.subnets, (_name, subnet) => (hasSwitch(subnet, graph) ? subnetAclFragment(subnet) : undefined)),
    ],
  }),
};
