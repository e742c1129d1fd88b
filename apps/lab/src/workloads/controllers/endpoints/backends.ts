/** The pods behind a service, with the ports that each of them resolves to. @source Kubernetes staging endpointslice (behaviour) */
import { isIPv6 } from 'node:net';
import type { Service, ServicePort } from '@kube-ovn/api';
import { canonical } from '../../shared/hash.ts';
import type { Pod } from '../../shared/objects.ts';
import { isFinished, isReady } from '../../shared/pods.ts';
import { selects } from '../../shared/selector.ts';

export type Family = 'IPv4' | 'IPv6';

/** A port as endpoints carry it. @source discovery.k8s.io/v1 EndpointPort */
export interface ResolvedPort {
  readonly name: string;
  readonly protocol: string;
  readonly port: number;
  readonly appProtocol?: string;
}

/** A pod that has an address and has not ended. */
export interface Backend {
  readonly pod: Pod;
  readonly address: string;
  readonly isServing: boolean;
  readonly isTerminating: boolean;
  /** What clients may use. */
  readonly isReady: boolean;
}

/** Backends that resolve the service's ports to the same numbers. */
export interface PortGroup {
  readonly ports: readonly ResolvedPort[];
  readonly backends: readonly Backend[];
}

/** The families that a service speaks; before addresses are allocated, those of its cluster IPs. */
export function familiesOf(service: Service): readonly Family[] {
  const { ipFamilies, clusterIPs = [], clusterIP } = service.spec ?? {};
  if (ipFamilies !== undefined && ipFamilies.length > 0) return ipFamilies;
  const addresses = clusterIPs.length > 0 ? clusterIPs : clusterIP === undefined ? [] : [clusterIP];
  const families = addresses
    .filter((address) => address !== 'None' && address !== '')
    .map((address): Family => (isIPv6(address) ? 'IPv6' : 'IPv4'));
  return families.length > 0 ? families : ['IPv4'];
}

/** Whether endpoints are made for this service: ExternalName and services without a selector have theirs from elsewhere. */
export function hasEndpoints(service: Service): boolean {
  const { type, selector } = service.spec ?? {};
  return type !== 'ExternalName' && selector !== undefined && Object.keys(selector).length > 0;
}

/** The backends of one family, grouped by what their ports resolve to, in a stable order. */
export function portGroups(service: Service, pods: readonly Pod[], family: Family): readonly PortGroup[] {
  const groups = new Map<string, { readonly ports: readonly ResolvedPort[]; readonly backends: Backend[] }>();
  for (const pod of pods) {
    const backend = backendOf(service, pod, family);
    if (backend === undefined) continue;
    const ports = (service.spec?.ports ?? []).flatMap((port) => resolvePort(port, pod) ?? []);
    const key = canonical(ports);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { ports, backends: [backend] });
    else group.backends.push(backend);
  }
  return [...groups]
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([, group]) => ({
      ...group,
      backends: group.backends.toSorted((left, right) => (left.pod.metadata.name < right.pod.metadata.name ? -1 : 1)),
    }));
}

function backendOf(service: Service, pod: Pod, family: Family): Backend | undefined {
  if (isFinished(pod) || !selects({ matchLabels: service.spec?.selector ?? {} }, pod.metadata.labels)) return undefined;
  const addresses = pod.status?.podIPs?.map(({ ip }) => ip) ?? (pod.status?.podIP === undefined ? [] : [pod.status.podIP]);
  const address = addresses.find((ip) => isIPv6(ip) === (family === 'IPv6'));
  if (address === undefined) return undefined;
  const isServing = isReady(pod);
  const isTerminating = pod.metadata.deletionTimestamp !== undefined;
  return {
    pod,
    address,
    isServing,
    isTerminating,
    isReady: service.spec?.publishNotReadyAddresses === true || (isServing && !isTerminating),
  };
}

/** A named target port may be another number in each pod; a pod without that name does not serve the port. */
function resolvePort(port: ServicePort, pod: Pod): ResolvedPort | undefined {
  const target = port.targetPort ?? port.port;
  const protocol = port.protocol ?? 'TCP';
  const number = typeof target === 'number' ? target : namedPort(target, protocol, pod);
  if (number === undefined) return undefined;
  return { name: port.name ?? '', protocol, port: number, ...(port.appProtocol === undefined ? {} : { appProtocol: port.appProtocol }) };
}

function namedPort(name: string, protocol: string, pod: Pod): number | undefined {
  if (/^\d+$/.test(name)) return Number(name);
  const ports = (pod.spec?.containers ?? []).flatMap((container) => container.ports ?? []);
  return ports.find((port) => port.name === name && (port.protocol ?? 'TCP') === protocol)?.containerPort;
}
