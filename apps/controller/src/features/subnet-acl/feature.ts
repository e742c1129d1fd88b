import type { Feature } from '../feature.ts';
import { fragmentTable } from '../fragments.ts';
import { subnetAclFragment } from './subnet-acl.formula.ts';

/** The rules last as long as the switch that they stand on. */
export const subnetAclFeature: Feature = {
  name: 'subnet-acl',
  wire: ({ subnets, holdsBySubnet }) => ({
    fragments: [
      fragmentTable('subnet-acl', subnets, (name, subnet) => {
        const hasSwitch = !subnet.isTerminating || holdsBySubnet.of(name).size > 0;
        return hasSwitch ? subnetAclFragment(subnet) : undefined;
      }),
    ],
  }),
};
