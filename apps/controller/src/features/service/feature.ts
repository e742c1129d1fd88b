import { deriveTable, sourceTable } from '@kube-ovn/dataflow';
import type { Fragment } from '@kube-ovn/ovsdb';
import type { Feature } from '../feature.ts';
import { fragmentTable, hasSwitch } from '../fragments.ts';
import { serviceFragment, serviceGroupFragment, switchServicesFragment } from './service.formula.ts';

/** Addresses of services for pods: OVN chooses a backend on the node of the pod that asks. */
export const serviceFeature: Feature = {
  name: 'service',
  wire: (graph) => {
    const { services, slices, slicesByService, subnets, names } = graph;
    const group = sourceTable<true>('service group');
    group.set('service-group', true);
    return {
      fragments: [
        deriveTable('service group fragment', group, (): Fragment => serviceGroupFragment()),
        fragmentTable('service', services, (key, service) =>
          serviceFragment(
            service,
            [...slicesByService.of(key)].toSorted().flatMap((slice) => slices.get(slice) ?? []),
          ),
        ),
        fragmentTable('services', subnets, (name, subnet) => {
          // In a Vpc of a user a backend's address may be another pod's.
          if (name === names.joinSubnet || !subnet.isOvn || subnet.provider !== 'ovn' || subnet.vpc !== names.clusterRouter)
            return undefined;
          return hasSwitch(subnet, graph) ? switchServicesFragment(name) : undefined;
        }),
      ],
    };
  },
};
