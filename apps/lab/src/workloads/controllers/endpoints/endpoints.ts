/** The Endpoints object of a service, for clients that do not read slices. @source core/v1 Endpoints; pkg/controller/endpoint (behaviour) */
import { resources, type Endpoints, type Service } from '@kube-ovn/api';
import type { Plan } from '../../shared/action.ts';
import { canonical } from '../../shared/hash.ts';
import { keyOf, type Pod } from '../../shared/objects.ts';
import { familiesOf, hasEndpoints, portGroups, type Backend, type PortGroup } from './backends.ts';

/** Addresses in one Endpoints object; the rest is left out and an annotation says so. @source pkg/controller/endpoint maxCapacity */
const capacity = 1000;
const overCapacity = 'endpoints.kubernetes.io/over-capacity';

/** What the decision rests on. */
export interface EndpointsObserved {
  readonly service: Service;
  readonly pods: readonly Pod[];
  readonly endpoints: Endpoints | undefined;
}

/** Create or change the object until it says what the pods of the service's first family say. */
export function planEndpoints({ service, pods, endpoints }: EndpointsObserved): Plan {
  if (service.metadata.deletionTimestamp !== undefined || !hasEndpoints(service)) return [];
  const [family = 'IPv4'] = familiesOf(service);
  const groups = bounded(portGroups(service, pods, family));
  const subsets = groups.groups.map(subsetOf).filter((subset) => 'addresses' in subset || 'notReadyAddresses' in subset);
  const { name, namespace, labels } = service.metadata;
  const headless = service.spec?.clusterIP === 'None' ? { 'service.kubernetes.io/headless': '' } : {};
  const wantedLabels = { ...labels, ...headless };
  if (endpoints === undefined) {
    const annotations = groups.isTruncated ? { annotations: { [overCapacity]: 'truncated' } } : {};
    const object = {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: { name, ...(namespace === undefined ? {} : { namespace }), labels: wantedLabels, ...annotations },
      subsets,
    };
    return [{ do: 'create', resource: resources.endpoints, object }];
  }
  const isSame =
    canonical(endpoints.subsets ?? []) === canonical(subsets) && canonical(endpoints.metadata.labels ?? {}) === canonical(wantedLabels);
  if (isSame) return [];
  const annotations = { [overCapacity]: groups.isTruncated ? 'truncated' : null };
  return [
    {
      do: 'patch',
      resource: resources.endpoints,
      key: keyOf(endpoints),
      body: { metadata: { labels: wantedLabels, annotations }, subsets },
    },
  ];
}

function bounded(groups: readonly PortGroup[]): { readonly groups: readonly PortGroup[]; readonly isTruncated: boolean } {
  let room = capacity;
  const kept = groups.map((group) => {
    const backends = group.backends.slice(0, room);
    room -= backends.length;
    return { ...group, backends };
  });
  return { groups: kept, isTruncated: groups.reduce((count, group) => count + group.backends.length, 0) > capacity };
}

/** Terminating pods are not listed unless the service publishes pods that are not ready. */
function subsetOf(group: PortGroup): object {
  const listed = group.backends.filter((backend) => backend.isReady || !backend.isTerminating);
  const ready = listed.filter((backend) => backend.isReady).map(addressOf);
  const notReady = listed.filter((backend) => !backend.isReady).map(addressOf);
  const ports = group.ports.map(({ name, ...port }) => (name === '' ? port : { name, ...port }));
  return {
    ...(ready.length === 0 ? {} : { addresses: ready }),
    ...(notReady.length === 0 ? {} : { notReadyAddresses: notReady }),
    ...(ports.length === 0 ? {} : { ports }),
  };
}

function addressOf({ pod, address }: Backend): object {
  const { hostname, subdomain, nodeName } = pod.spec ?? {};
  const { name, namespace, uid } = pod.metadata;
  return {
    ip: address,
    ...(hostname !== undefined && subdomain !== undefined ? { hostname } : {}),
    ...(nodeName === undefined ? {} : { nodeName }),
    targetRef: { kind: 'Pod', name, namespace, uid },
  };
}
