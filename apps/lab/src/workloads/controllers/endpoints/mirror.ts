/**
 * Slices for Endpoints that users write themselves, so that whoever reads slices alone sees them too.
 *
 * @source Kubernetes documentation "EndpointSlices: mirroring"; pkg/controller/endpointslicemirroring (behaviour)
 */
import { isIPv6 } from 'node:net';
import { resources, type Endpoints, type EndpointSlice, type Service } from '@kube-ovn/api';
import { controllerReference, deletion, type Action, type Plan } from '../../shared/action.ts';
import { canonical, contentHash } from '../../shared/hash.ts';
import { keyOf } from '../../shared/objects.ts';
import { hasEndpoints, type Family } from './backends.ts';

const managedBy = 'endpointslice.kubernetes.io/managed-by';
const manager = 'endpointslicemirroring-controller.k8s.io';
const serviceName = 'kubernetes.io/service-name';
const skip = 'endpointslice.kubernetes.io/skip-mirror';
/** @source mirroring: endpoints of one subset beyond this number are left out */
const subsetLimit = 1000;

/** What the decision rests on. */
export interface MirrorObserved {
  readonly endpoints: Endpoints;
  readonly service: Service | undefined;
  /** Slices that bear the service's name and this controller's. */
  readonly slices: readonly EndpointSlice[];
}

/** Index key of a mirrored slice: its service. */
export function mirroredService(slice: EndpointSlice): readonly string[] {
  const { labels, namespace } = slice.metadata;
  const name = labels?.[serviceName];
  return labels?.[managedBy] === manager && name !== undefined ? [`${namespace ?? ''}/${name}`] : [];
}

/** Create, change and delete slices until they say what the Endpoints say. */
export function planMirror({ endpoints, service, slices }: MirrorObserved): Plan {
  const isWanted =
    service !== undefined &&
    !hasEndpoints(service) &&
    service.spec?.type !== 'ExternalName' &&
    endpoints.metadata.labels?.[skip] !== 'true';
  const wanted = isWanted ? (endpoints.subsets ?? []).flatMap((subset) => mirrored(endpoints, subset)) : [];
  const known = new Map(slices.map((slice) => [slice.metadata.name, slice]));
  const names = new Set(wanted.map((slice) => slice.metadata.name));
  const stale = slices.filter((slice) => !names.has(slice.metadata.name) && slice.metadata.deletionTimestamp === undefined);
  return [
    ...wanted.flatMap((slice) => change(slice, known.get(slice.metadata.name))),
    ...stale.map((slice) => deletion(resources.endpointSlice, slice)),
  ];
}

function change(wanted: EndpointSlice, known: EndpointSlice | undefined): readonly Action[] {
  if (known === undefined) return [{ do: 'create', resource: resources.endpointSlice, object: wanted }];
  if (canonical(known.endpoints ?? []) === canonical(wanted.endpoints)) return [];
  return [{ do: 'patch', resource: resources.endpointSlice, key: keyOf(known), body: { endpoints: wanted.endpoints } }];
}

type Subset = NonNullable<Endpoints['subsets']>[number];

/** A subset may mix families; a slice may not. */
function mirrored(endpoints: Endpoints, subset: Subset): readonly EndpointSlice[] {
  const all = [
    ...(subset.addresses ?? []).map((address) => ({ ...address, ready: true })),
    ...(subset.notReadyAddresses ?? []).map((address) => ({ ...address, ready: false })),
  ].slice(0, subsetLimit);
  const families: readonly Family[] = ['IPv4', 'IPv6'];
  return families.flatMap((family): readonly EndpointSlice[] => {
    const addresses = all.filter(({ ip }) => isIPv6(ip) === (family === 'IPv6'));
    if (addresses.length === 0) return [];
    const ports = (subset.ports ?? []).map((port) => ({ ...port, name: port.name ?? '', protocol: port.protocol ?? 'TCP' }) as const);
    const { name, namespace, labels } = endpoints.metadata;
    return [
      {
        apiVersion: resources.endpointSlice.apiVersion,
        kind: resources.endpointSlice.kind,
        metadata: {
          name: `${name}-${contentHash({ manager, family, ports }).slice(0, 8)}`,
          ...(namespace === undefined ? {} : { namespace }),
          labels: { ...labels, [serviceName]: name, [managedBy]: manager },
          ownerReferences: [controllerReference(resources.endpoints, endpoints)],
        },
        addressType: family,
        endpoints: addresses.map(({ ip, nodeName, ready }) => ({
          addresses: [ip],
          conditions: { ready },
          ...(nodeName === undefined ? {} : { nodeName }),
        })),
        ports,
      },
    ];
  });
}
