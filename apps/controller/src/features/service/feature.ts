import { nodeLabels, type ServiceInput, type SliceInput } from '@kube-ovn/api';
import { deriveTable, formula, isSamePlainData, sourceTable, type Table } from '@kube-ovn/dataflow';
import type { Fragment } from '@kube-ovn/ovsdb';
import type { Feature, Notice } from '../feature.ts';
import { fragmentTable, hasSwitch } from '../fragments.ts';
import type { Graph } from '../graph.ts';
import { chassisFragment, type Place } from './by-node.formula.ts';
import { isAnsweredByPlace, serviceFragment, serviceGroupFragment, switchServicesFragment } from './service.formula.ts';

const byContent = { equals: isSamePlainData };

/** Addresses of services for pods: OVN chooses a backend on the node of the pod that asks. */
export const serviceFeature: Feature = {
  name: 'service',
  wire: (graph) => {
    const { services, subnets, names, nodes } = graph;
    const group = sourceTable<true>('service group');
    group.set('service-group', true);
    const places = formula(() => (hasTemplates(graph) ? placesOf(graph) : undefined), byContent);
    const placed = deriveTable(
      'services by place',
      services,
      (key, service) => mayDependOnPlace(service, slicesOf(key, graph)) || undefined,
    );
    const isNeeded = formula(() => hasTemplates(graph) && placed.keys().size > 0);
    return {
      fragments: [
        deriveTable('service group fragment', group, (): Fragment => serviceGroupFragment()),
        fragmentTable('service', services, (key, service) =>
          serviceFragment(service, slicesOf(key, graph), { places: () => places.value }),
        ),
        fragmentTable('services', subnets, (name, subnet) => {
          // In a Vpc of a user a backend's address may be another pod's.
          if (name === names.joinSubnet || !subnet.isOvn || subnet.provider !== 'ovn' || subnet.vpc !== names.clusterRouter)
            return undefined;
          return hasSwitch(subnet, graph) ? switchServicesFragment(name) : undefined;
        }),
        fragmentTable('services-at', nodes, (_name, { chassis }) =>
          chassis === undefined || !isNeeded.value ? undefined : chassisFragment(chassis),
        ),
      ],
      notices: notices(graph),
    };
  },
};

function slicesOf(service: string, { slices, slicesByService }: Graph) {
  return [...slicesByService.of(service)].toSorted().flatMap((slice) => slices.get(slice) ?? []);
}

/** Cheaper to tell than whether it does. */
function mayDependOnPlace({ isInternalLocal }: ServiceInput, slices: readonly SliceInput[]): boolean {
  return (
    isInternalLocal || slices.some(({ endpoints }) => endpoints.some(({ zones, nodes }) => zones !== undefined || nodes !== undefined))
  );
}

function hasTemplates({ northbound }: Graph): boolean {
  return northbound.features.get('northbound')?.templateVariables === true;
}

/** Once for each chassis; a Node that says the name of another's counts after it. */
function placesOf({ nodes }: Graph): readonly Place[] {
  const places = new Map<string, Place>();
  for (const [node, { chassis, labels }] of [...nodes.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)))
    if (chassis !== undefined && !places.has(chassis)) places.set(chassis, { node, chassis, zone: labels[nodeLabels.zone] ?? '' });
  return [...places.values()];
}

/** Nothing else says so, and nobody sees it. */
function notices(graph: Graph): Table<Notice> {
  return deriveTable(
    'service notices',
    graph.services,
    (key, service): Notice | undefined => {
      const isKnown = graph.northbound.features.has('northbound');
      if (!isKnown || hasTemplates(graph) || !isAnsweredByPlace(service, slicesOf(key, graph))) return undefined;
      const field = service.isInternalLocal ? 'spec.internalTrafficPolicy "Local"' : 'the hints of its endpoints';
      const message =
        `Service ${key}: ${field} ${service.isInternalLocal ? 'holds' : 'hold'} for nodes, not for pods, which are answered by all endpoints: ` +
        'this OVN has no Chassis_Template_Var; install OVN 22.12 or newer';
      return { kind: 'service', key, type: 'Warning', reason: 'NoTemplates', message, isState: true };
    },
    byContent,
  );
}
