/**
 * EndpointSlices of a service: one chain of slices for each address family and set of resolved ports.
 * The name of a slice follows from these, so that a second attempt meets the first one's object.
 *
 * @source discovery.k8s.io/v1 EndpointSlice; Kubernetes staging endpointslice (behaviour)
 */
import { resources, type EndpointSlice, type Service } from '@kube-ovn/api';
import { controllerReference, deletion, type Action, type Plan } from '../../shared/action.ts';
import { canonical, contentHash } from '../../shared/hash.ts';
import { keyOf, type Node, type Pod } from '../../shared/objects.ts';
import { familiesOf, hasEndpoints, portGroups, type Backend, type Family, type PortGroup } from './backends.ts';

/** Endpoints in one slice. @source kube-controller-manager --max-endpoints-per-slice */
const sliceLimit = 100;
const managedBy = 'endpointslice.kubernetes.io/managed-by';
const manager = 'endpointslice-controller.k8s.io';
const serviceName = 'kubernetes.io/service-name';

/** What the decision rests on. */
export interface SlicesObserved {
  readonly service: Service;
  /** Pods of the service's namespace that may match. */
  readonly pods: readonly Pod[];
  /** Slices that bear the service's name. */
  readonly slices: readonly EndpointSlice[];
  readonly nodeOf: (name: string) => Node | undefined;
}

/** Index key of a slice: the service that it belongs to, when this controller made it. */
export function sliceService(slice: EndpointSlice): readonly string[] {
  const { labels, namespace } = slice.metadata;
  const name = labels?.[serviceName];
  return labels?.[managedBy] === manager && name !== undefined ? [`${namespace ?? ''}/${name}`] : [];
}

/** Create, change and delete slices until they say what the pods say. */
export function planSlices(observed: SlicesObserved): Plan {
  const { service } = observed;
  if (service.metadata.deletionTimestamp !== undefined) return [];
  const wanted = hasEndpoints(service) ? familiesOf(service).flatMap((family) => slicesOf(observed, family)) : [];
  const known = new Map(observed.slices.map((slice) => [slice.metadata.name, slice]));
  const names = new Set(wanted.map((slice) => slice.metadata.name));
  const stale = observed.slices.filter((slice) => !names.has(slice.metadata.name) && slice.metadata.deletionTimestamp === undefined);
  return [
    ...wanted.flatMap((slice) => change(slice, known.get(slice.metadata.name))),
    ...stale.map((slice) => deletion(resources.endpointSlice, slice)),
  ];
}

function change(wanted: EndpointSlice, known: EndpointSlice | undefined): readonly Action[] {
  if (known === undefined) return [{ do: 'create', resource: resources.endpointSlice, object: wanted }];
  const isSame =
    canonical(known.endpoints ?? []) === canonical(wanted.endpoints) &&
    canonical(known.ports ?? []) === canonical(wanted.ports) &&
    canonical(known.metadata.labels) === canonical(wanted.metadata.labels);
  if (isSame) return [];
  const body = { metadata: { labels: wanted.metadata.labels }, endpoints: wanted.endpoints, ports: wanted.ports };
  return [{ do: 'patch', resource: resources.endpointSlice, key: keyOf(known), body }];
}

/** A service without a ready pod still has one slice, which says so. */
function slicesOf(observed: SlicesObserved, family: Family): readonly EndpointSlice[] {
  const { service, pods } = observed;
  const groups = portGroups(service, pods, family);
  const chains: readonly PortGroup[] = groups.length > 0 ? groups : [{ ports: [], backends: [] }];
  return chains.flatMap((group) =>
    chunks(group.backends).map((backends, index) => {
      const identity = { family, ports: group.ports, index };
      return sliceOf(observed, {
        name: `${service.metadata.name}-${contentHash(identity).slice(0, 8)}`,
        family,
        group: { ...group, backends },
      });
    }),
  );
}

function chunks(backends: readonly Backend[]): readonly (readonly Backend[])[] {
  const count = Math.max(1, Math.ceil(backends.length / sliceLimit));
  return Array.from({ length: count }, (_, index) => backends.slice(index * sliceLimit, (index + 1) * sliceLimit));
}

interface SliceParts {
  readonly name: string;
  readonly family: Family;
  readonly group: PortGroup;
}

function sliceOf({ service, nodeOf }: SlicesObserved, { name, family, group }: SliceParts): EndpointSlice {
  const { namespace, labels } = service.metadata;
  const headless = service.spec?.clusterIP === 'None' ? { 'service.kubernetes.io/headless': '' } : {};
  return {
    apiVersion: resources.endpointSlice.apiVersion,
    kind: resources.endpointSlice.kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { ...labels, ...headless, [serviceName]: service.metadata.name, [managedBy]: manager },
      ownerReferences: [controllerReference(resources.service, service)],
    },
    addressType: family,
    endpoints: group.backends.map((backend) => endpointOf(service, backend, nodeOf)),
    ports: group.ports as NonNullable<EndpointSlice['ports']>,
  };
}

function endpointOf(service: Service, backend: Backend, nodeOf: SlicesObserved['nodeOf']): NonNullable<EndpointSlice['endpoints']>[number] {
  const { pod, address } = backend;
  const { nodeName, hostname, subdomain } = pod.spec ?? {};
  const zone = nodeName === undefined ? undefined : nodeOf(nodeName)?.metadata.labels?.['topology.kubernetes.io/zone'];
  const { name, namespace, uid } = pod.metadata;
  return {
    addresses: [address],
    conditions: { ready: backend.isReady, serving: backend.isServing, terminating: backend.isTerminating },
    targetRef: { kind: 'Pod', name, ...(namespace === undefined ? {} : { namespace }), ...(uid === undefined ? {} : { uid }) },
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(zone === undefined ? {} : { zone }),
    ...hintsOf(service, { zone, nodeName, isReady: backend.isReady }),
    ...(hostname !== undefined && subdomain === service.metadata.name ? { hostname } : {}),
  };
}

/** For whom an endpoint that is ready is meant. @source Kubernetes staging endpointslice, trafficDistribution; KEP-4444, KEP-3015 */
function hintsOf(
  { spec }: Service,
  { zone, nodeName, isReady }: { readonly zone: string | undefined; readonly nodeName: string | undefined; readonly isReady: boolean },
): Pick<NonNullable<EndpointSlice['endpoints']>[number], 'hints'> {
  const wish = spec?.trafficDistribution;
  if (wish === undefined || !isReady) return {};
  const hints = {
    ...(zone === undefined ? {} : { forZones: [{ name: zone }] }),
    ...(wish === 'PreferSameNode' && nodeName !== undefined ? { forNodes: [{ name: nodeName }] } : {}),
  };
  return Object.keys(hints).length === 0 ? {} : { hints };
}
