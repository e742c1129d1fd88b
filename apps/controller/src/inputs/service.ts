/** Service and EndpointSlice → what load balancers are made of. */
import type { EndpointSlice, Protocol, Service } from '@kube-ovn/api';
import { canonicalAddress, type Family, readAddress } from '@kube-ovn/ipam';

/** @source OVN_Northbound Load_Balancer.protocol */
export type TransportProtocol = 'tcp' | 'udp' | 'sctp';

/** A port that the service answers on. */
export interface ServicePortInput {
  /** Empty when the service has only one. */
  readonly name: string;
  readonly protocol: TransportProtocol;
  readonly port: number;
}

export interface ServiceAddress {
  readonly family: Family;
  /** In canonical text. */
  readonly address: string;
}

export interface ServiceInput {
  /** `namespace/name` */
  readonly key: string;
  /** Of the cluster; none for headless and external ones. */
  readonly clusterIps: readonly ServiceAddress[];
  readonly ports: readonly ServicePortInput[];
  /** One client stays with one backend. */
  readonly isSticky: boolean;
}

export interface EndpointInput {
  readonly address: string;
  readonly isReady: boolean;
  /** It still answers although its pod is going away. */
  readonly isDraining: boolean;
}

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
/** @source discovery.k8s.io/v1, label of every EndpointSlice */
const SERVICE_NAME = 'kubernetes.io/service-name';

/** Read one Service; undefined for one without an address of its own. */
export function readService({ metadata, spec = {} }: Service): ServiceInput | undefined {
  if (spec.type === 'ExternalName') return undefined;
  const clusterIps = addressesOf(spec.clusterIPs ?? (spec.clusterIP === undefined ? [] : [spec.clusterIP]));
  if (clusterIps.length === 0) return undefined;
  return {
    key: `${metadata.namespace ?? ''}/${metadata.name}`,
    clusterIps,
    ports: (spec.ports ?? []).map(({ name = '', protocol, port }) => ({ name, protocol: protocolOf(protocol), port })),
    isSticky: spec.sessionAffinity === 'ClientIP',
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
    endpoints: (endpoints ?? []).flatMap(({ addresses: [first], conditions = {} }) => {
      const [address] = first === undefined ? [] : addressesOf([first]);
      if (address === undefined) return [];
      const { ready = true, serving = ready, terminating = false } = conditions;
      return [{ address: address.address, isReady: ready, isDraining: serving && terminating }];
    }),
    ports: (ports ?? []).flatMap(({ name = '', protocol, port }) =>
      port === undefined ? [] : [{ name, protocol: protocolOf(protocol), port }],
    ),
  };
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
