/** Service and EndpointSlice → what load balancers are made of, in OVN by the controller and on the nodes by the daemon. */
import { serviceAnnotations } from '../annotations/service.ts';
import type { Endpoint, EndpointSlice, Protocol, Service } from '../objects/network.ts';
import {
  canonicalAddress,
  type Family,
  firstAddress,
  formatPrefix,
  type Prefix,
  prefixContains,
  readAddress,
  readPrefix,
} from '@kube-ovn/ipam';

/** @source OVN_Northbound Load_Balancer.protocol */
export type TransportProtocol = 'tcp' | 'udp' | 'sctp';

/** A port that the service answers on. */
export interface ServicePortInput {
  /** Empty when the service has only one. */
  readonly name: string;
  readonly protocol: TransportProtocol;
  readonly port: number;
  /** On every node's own addresses. */
  readonly nodePort?: number;
}

/** Address at which a service answers. */
export interface ServiceAddress {
  readonly family: Family;
  /** In canonical text. */
  readonly address: string;
}

/** A Service that has an address. */
export interface ServiceInput {
  /** `namespace/name` */
  readonly key: string;
  /** Of the cluster; none for headless and external ones. */
  readonly clusterIps: readonly ServiceAddress[];
  /** By which the outside knows it: `externalIPs`, and what a load balancer has given and leaves to the nodes. */
  readonly externalIps: readonly ServiceAddress[];
  readonly ports: readonly ServicePortInput[];
  /** A client stays with its backend so long after its last connection, in seconds; absent: it does not (`sessionAffinity: None`). */
  readonly stickySeconds?: number;
  /** Who asks from inside the cluster is served by backends on its own node, or not at all. */
  readonly isInternalLocal: boolean;
  /** Who asks from outside is served by backends on the node that was asked, or not at all. */
  readonly isExternalLocal: boolean;
  /** Who may ask from outside at `restrictedIps`, as blocks of which none is inside another; absent: everybody. */
  readonly sourceRanges?: readonly ServiceAddress[];
  /** Addresses that a load balancer has given, where `sourceRanges` holds. */
  readonly restrictedIps?: readonly ServiceAddress[];
  /** Where nodes say by HTTP whether they have backends of it. */
  readonly healthCheckNodePort?: number;
  /** Vpc that its author puts it in. @source annotation logical_router */
  readonly router?: string;
  /** Vpc that it is in, as the controller or its author has said. @source annotation vpc */
  readonly vpc?: string;
}

/** A backend, as one EndpointSlice tells. */
export interface EndpointInput {
  readonly address: string;
  /** Name of the Node that it is on, where that is known. */
  readonly node: string | undefined;
  readonly isReady: boolean;
  /** It still answers although its pod is going away. */
  readonly isDraining: boolean;
  /** Names of the zones and Nodes that it is meant for; absent: nobody says. */
  readonly zones?: readonly string[];
  readonly nodes?: readonly string[];
  /** `namespace/name`, where it is a pod. */
  readonly pod?: string;
}

/** An EndpointSlice of a Service. */
export interface SliceInput {
  /** `namespace/name` of the Service. */
  readonly service: string;
  readonly family: Family;
  readonly endpoints: readonly EndpointInput[];
  /** Of these very endpoints: a name that stands for several numbers is in a slice for each. */
  readonly ports: readonly ServicePortInput[];
}

/** Value of `spec.clusterIPs` of a service that only DNS knows. @source core/v1 ServiceSpec.clusterIP */
const HEADLESS = 'None';
/** @source core/v1 ClientIPConfig.timeoutSeconds, its default */
export const STICKY_SECONDS = 10_800;
/** @source discovery.k8s.io/v1, label of every EndpointSlice */
const SERVICE_NAME = 'kubernetes.io/service-name';

/** Read one Service; undefined for one without an address of its own. */
export function readService(service: Service): ServiceInput | undefined {
  const { metadata, spec = {}, status = {} } = service;
  if (spec.type === 'ExternalName') return undefined;
  const clusterIps = addressesOf(spec.clusterIPs ?? (spec.clusterIP === undefined ? [] : [spec.clusterIP]));
  if (clusterIps.length === 0) return undefined;
  return {
    key: `${metadata.namespace ?? ''}/${metadata.name}`,
    clusterIps,
    externalIps: externalAddresses({ spec, status }),
    ports: (spec.ports ?? []).map(({ name = '', protocol, port, nodePort = 0 }) => ({
      name,
      protocol: protocolOf(protocol),
      port,
      ...(nodePort !== 0 && { nodePort }),
    })),
    ...(spec.sessionAffinity === 'ClientIP' && { stickySeconds: spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? STICKY_SECONDS }),
    isInternalLocal: spec.internalTrafficPolicy === 'Local',
    isExternalLocal: spec.externalTrafficPolicy === 'Local',
    ...restrictions({ spec, status }),
    ...((spec.healthCheckNodePort ?? 0) > 0 && { healthCheckNodePort: spec.healthCheckNodePort }),
    ...places(service),
  };
}

function places(service: Service): Pick<ServiceInput, 'router' | 'vpc'> {
  const [router, vpc] = [serviceAnnotations.logical_router.read(service), serviceAnnotations.vpc.read(service)];
  return {
    ...(router.ok && router.value !== undefined && { router: router.value }),
    ...(vpc.ok && vpc.value !== undefined && { vpc: vpc.value }),
  };
}

/** Read one EndpointSlice; undefined for one of no service, and of names instead of addresses. */
export function readSlice({ metadata, addressType, endpoints, ports }: EndpointSlice): SliceInput | undefined {
  const service = metadata.labels?.[SERVICE_NAME];
  if (service === undefined || (addressType !== 'IPv4' && addressType !== 'IPv6')) return undefined;
  return {
    service: `${metadata.namespace ?? ''}/${service}`,
    family: addressType === 'IPv6' ? 6 : 4,
    // An endpoint is one thing with up to 100 addresses, of which consumers use the first.
    endpoints: (endpoints ?? []).flatMap(({ addresses: [first], conditions = {}, nodeName: node, hints = {}, targetRef }) => {
      const [address] = first === undefined ? [] : addressesOf([first]);
      if (address === undefined) return [];
      const { ready = true, serving = ready, terminating = false } = conditions;
      const meantFor = { ...named('zones', hints.forZones), ...named('nodes', hints.forNodes) };
      return [{ address: address.address, node, isReady: ready, isDraining: serving && terminating, ...meantFor, ...podOf(targetRef) }];
    }),
    ports: (ports ?? []).flatMap(({ name = '', protocol, port }) =>
      port === undefined ? [] : [{ name, protocol: protocolOf(protocol), port }],
    ),
  };
}

function podOf({ kind, namespace = '', name }: NonNullable<Endpoint['targetRef']> = {}): Pick<EndpointInput, 'pod'> {
  return kind === 'Pod' && name !== undefined ? { pod: `${namespace}/${name}` } : {};
}

function named(field: 'zones' | 'nodes', hints: readonly { readonly name: string }[] = []): Pick<EndpointInput, 'zones' | 'nodes'> {
  return hints.length === 0 ? {} : { [field]: hints.map(({ name }) => name) };
}

/**
 * An address with mode Proxy is that of a machine which sends on to a node port, so the node must not answer in its place.
 * @source core/v1 LoadBalancerIngress.ipMode
 */
function givenAddresses({ spec = {}, status = {} }: Pick<Service, 'spec' | 'status'>): readonly string[] {
  const ingress = spec.type === 'LoadBalancer' ? (status.loadBalancer?.ingress ?? []) : [];
  return ingress.flatMap(({ ip, ipMode }) => (ip === undefined || ipMode === 'Proxy' ? [] : [ip]));
}

function externalAddresses(service: Pick<Service, 'spec' | 'status'>): readonly ServiceAddress[] {
  const all = addressesOf([...(service.spec?.externalIPs ?? []), ...givenAddresses(service)]);
  const seen = new Map(all.map((address) => [address.address, address]));
  return [...seen.values()];
}

/** A block that can not be read lets nobody in; the API server refuses such. @source core/v1 ServiceSpec.loadBalancerSourceRanges */
function restrictions(service: Pick<Service, 'spec' | 'status'>): Pick<ServiceInput, 'sourceRanges' | 'restrictedIps'> {
  const texts = service.spec?.loadBalancerSourceRanges ?? [];
  const restrictedIps = addressesOf(givenAddresses(service));
  if (texts.length === 0 || restrictedIps.length === 0) return {};
  const blocks = texts.flatMap((text) => readPrefix(text.trim()) ?? []);
  const outer = blocks.filter(
    (block, index) => !blocks.some((other, at) => isInside(block, other) && (at < index || !isInside(other, block))),
  );
  return { restrictedIps, sourceRanges: outer.map((block) => ({ family: block.family, address: formatPrefix(block) })) };
}

function isInside(inner: Prefix, outer: Prefix): boolean {
  return inner.family === outer.family && outer.length <= inner.length && prefixContains(outer, firstAddress(inner));
}

function addressesOf(texts: readonly string[]): readonly ServiceAddress[] {
  return texts.flatMap((text) => {
    const address = text === HEADLESS ? undefined : canonicalAddress(text);
    const family = address === undefined ? undefined : readAddress(address)?.family;
    return address === undefined || family === undefined ? [] : [{ family, address }];
  });
}

function protocolOf(protocol: Protocol = 'TCP'): TransportProtocol {
  return protocol === 'UDP' ? 'udp' : protocol === 'SCTP' ? 'sctp' : 'tcp';
}
