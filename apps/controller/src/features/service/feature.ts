import type { SliceInput } from '@kube-ovn/api';
import { deriveTable, formula, isSamePlainData, sourceTable } from '@kube-ovn/dataflow';
import { serviceGroupName, vpcServiceGroupName } from '@kube-ovn/ovn-model';
import type { Fragment } from '@kube-ovn/ovsdb';
import type { Feature } from '../feature.ts';
import { fragmentTable, hasSwitch } from '../fragments.ts';
import type { Graph } from '../graph.ts';
import { chassisFragment } from './by-node.formula.ts';
import { hasTemplates, mayDependOnPlace, placesOf } from './places.ts';
import { serviceNotices } from './notices.ts';
import { serviceFragment, serviceGroupFragment, switchServicesFragment } from './service.formula.ts';
import { homePatch, type ServiceHome, serviceHome, slicesInside, type VpcFacts } from './vpc.formula.ts';

const byContent = { equals: isSamePlainData };

/** Addresses of services for pods: OVN chooses a backend on the node of the pod that asks. */
export const serviceFeature: Feature = {
  name: 'service',
  wire: (graph) => {
    const { services, subnets, vpcs, names, nodes } = graph;
    const group = sourceTable<true>('service group');
    group.set('service-group', true);
    const facts = vpcFacts(graph);
    const hasOthers = formula(() => [...vpcs.entries()].some(([, { isDefault }]) => !isDefault));
    const homes = deriveTable(
      'homes of services',
      services,
      (key, service): ServiceHome =>
        hasOthers.value ? serviceHome(service, slicesOf(key, graph), facts) : { vpc: names.clusterRouter, strangers: [] },
      byContent,
    );
    const homeOf = (key: string): ServiceHome => homes.get(key) ?? { vpc: names.clusterRouter, strangers: [] };
    const groupOf = (vpc: string): string => (vpc === names.clusterRouter ? serviceGroupName : vpcServiceGroupName(vpc));
    const slicesIn = (key: string): readonly SliceInput[] => slicesInside(slicesOf(key, graph), homeOf(key));
    const places = formula(() => (hasTemplates(graph) ? placesOf(graph) : undefined), byContent);
    const placed = deriveTable(
      'services by place',
      services,
      (key, service) => mayDependOnPlace(service, slicesOf(key, graph)) || undefined,
    );
    const isNeeded = formula(() => hasTemplates(graph) && placed.keys().size > 0);
    return {
      fragments: [
        deriveTable('service group fragment', group, (): Fragment => serviceGroupFragment(serviceGroupName)),
        fragmentTable('services-of-vpc', vpcs, (name, { isDefault }) =>
          isDefault ? undefined : serviceGroupFragment(vpcServiceGroupName(name)),
        ),
        fragmentTable('service', services, (key, service) =>
          serviceFragment(service, slicesIn(key), { group: groupOf(homeOf(key).vpc), places: () => places.value }),
        ),
        fragmentTable('services', subnets, (name, subnet) => {
          if (name === names.joinSubnet || !subnet.isOvn || subnet.provider !== 'ovn' || !facts.hasVpc(subnet.vpc)) return undefined;
          return hasSwitch(subnet, graph) ? switchServicesFragment(name, groupOf(subnet.vpc)) : undefined;
        }),
        fragmentTable('services-at', nodes, (_name, { chassis }) =>
          chassis === undefined || !isNeeded.value ? undefined : chassisFragment(chassis),
        ),
      ],
      patches: {
        service: deriveTable(
          'vpcs of services',
          services,
          (key, service) => homePatch(service, homeOf(key), names.clusterRouter),
          byContent,
        ),
      },
      notices: serviceNotices(graph, { homeOf, slicesIn, facts }),
    };
  },
};

function slicesOf(service: string, { slices, slicesByService }: Graph): readonly SliceInput[] {
  return [...slicesByService.of(service)].toSorted().flatMap((slice) => slices.get(slice) ?? []);
}

function vpcFacts({ names, vpcs, pods, leases, subnets, bindings }: Graph): VpcFacts {
  const vpcOf = (name: string | undefined): string | undefined => (name === undefined ? undefined : subnets.get(name)?.vpc);
  return {
    clusterRouter: names.clusterRouter,
    hasVpc: (name) => name === names.clusterRouter || vpcs.has(name),
    vpcOfPod: (key) => {
      const port = pods.get(key)?.interfaces[0]?.port;
      return port === undefined ? undefined : vpcOf(leases.get(port)?.subnet);
    },
    vpcOfNamespace: (namespace) => vpcOf(bindings.get(namespace)?.[0]),
  };
}
