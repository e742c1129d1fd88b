/**
 * Annotations of pods, and of the templates that make pods.
 *
 * @source Kube-OVN, annotation constants
 */
import type { KubeObject } from '../objects/meta.ts';
import { bandwidthDefinitions } from './bandwidth.ts';
import type { Codec } from './codecs.ts';
import { addressList, addressPair, cidrPair, macAddress, oneOf, truth, wholeNumber, word, wordList } from './codecs.ts';
import { communityList } from './communities.ts';
import type { AnnotationDefinition, Bound, Writer } from './define.ts';
import { annotationPrefix, bindAnnotation, bindAnnotations, defineAnnotation } from './define.ts';
import type { Annotation } from './define.ts';
import { poolRequest } from './ip-pool.ts';
import { routeList } from './routes.ts';

const USER: readonly Writer[] = ['user'];
const CONTROLLER: readonly Writer[] = ['controller'];
const BOTH: readonly Writer[] = ['user', 'controller'];

function on<T>(key: string, codec: Codec<T>, writers: readonly Writer[], doc: string): AnnotationDefinition<T> {
  return defineAnnotation({ key, on: 'Pod', writers, doc, ...codec });
}

/** Annotations that exist once for each network interface. */
export const podInterfaceDefinitions = {
  logical_switch: on('logical_switch', word, BOTH, 'Subnet of the interface; a name given by the user is not left for another subnet.'),
  ip_address: on('ip_address', addressPair, BOTH, 'Addresses of the interface; given by the user they are static.'),
  ip_family: on('ip_family', oneOf('IPv4', 'IPv6'), USER, 'Takes addresses of this family alone from a subnet that has both.'),
  mac_address: on('mac_address', macAddress, BOTH, 'MAC address of the interface; given by the user it is static.'),
  ip_pool: on('ip_pool', poolRequest, USER, 'Addresses that the pods of this workload may take.'),
  allocated: on('allocated', truth, CONTROLLER, 'Addresses and logical port are there.'),
  routed: on('routed', truth, CONTROLLER, 'Routes are there.'),
  cidr: on('cidr', cidrPair, CONTROLLER, 'Blocks of the subnet.'),
  gateway: on('gateway', addressPair, CONTROLLER, 'Gateways of the subnet.'),
  logical_router: on('logical_router', word, CONTROLLER, 'Vpc of the subnet.'),
  vlan_id: on('vlan_id', wholeNumber(0, 4095, 'VLAN'), CONTROLLER, 'VLAN of an underlay subnet.'),
  provider_network: on('provider_network', word, CONTROLLER, 'ProviderNetwork of an underlay subnet.'),
  pod_nic_type: on(
    'pod_nic_type',
    oneOf('veth-pair', 'sriov', 'dpdk-port', 'offload-port', 'internal-port'),
    ['controller', 'daemon'],
    'How the interface is made.',
  ),
  default_route: on('default_route', truth, USER, 'Whether the default route is on this interface.'),
  routes: on('routes', routeList, USER, 'Further routes.'),
  ...bandwidthDefinitions('Pod'),
  bandwidth: on('bandwidth', word, ['daemon'], "What limits the interface's traffic on its node; an addition to Kube-OVN's API."),
  mirror: on('mirror', truth, USER, 'Whether traffic is copied to the mirror port.'),
  port_security: on('port_security', truth, USER, 'Whether the interface may send from its own addresses alone.'),
  security_groups: on('security_groups', wordList, USER, 'SecurityGroups of the interface.'),
  layer2_forward: on('layer2_forward', truth, USER, 'Whether frames for unknown MAC addresses are sent to the interface.'),
  port_vips: on('port_vips', addressList, USER, 'Addresses that the interface may hold beside its own.'),
  dhcp_v4_options: on('dhcp-v4-options', word, USER, 'DHCPv4 options of this interface.'),
  dhcp_v6_options: on('dhcp-v6-options', word, USER, 'DHCPv6 options of this interface.'),
  activation_strategy: on('activation_strategy', word, USER, 'The port is activated by its first packet, for live migration.'),
  virtualmachine: on('virtualmachine', word, CONTROLLER, 'Virtual machine whose addresses these are.'),
  interface: on('interface', word, CONTROLLER, "Name of a further interface in the pod; an addition to Kube-OVN's API."),
};

/** Annotations that a pod has once, under `ovn.kubernetes.io/`. */
export const podDefinitions = {
  north_gateway: on('north_gateway', addressPair, USER, 'Next hop of traffic that leaves the network.'),
  eip: on('eip', addressPair, USER, 'External address in both directions.'),
  snat: on('snat', addressPair, USER, 'External source address.'),
  vip: on('vip', word, USER, 'Vip whose address and MAC address the pod takes.'),
  aaps: on('aaps', wordList, USER, 'Vips that the pod may hold beside its own address.'),
  bgp: on('bgp', oneOf('true', 'false', 'cluster', 'local'), USER, 'Whether the address is announced by BGP, and from which nodes.'),
  bgp_communities: on('bgp_communities', communityList, USER, "Communities of these announcements; an addition to Kube-OVN's API."),
};

/**
 * A pod's annotations for the interface of a provider (`ovn` is the first interface), and those that it has once.
 *
 * Keys are the properties' names; a `-` in a key is `_` here.
 */
export function podAnnotations(provider: string): Bound<typeof podInterfaceDefinitions> & Bound<typeof podDefinitions> {
  return {
    ...bindAnnotations(podInterfaceDefinitions, annotationPrefix(provider)),
    ...bindAnnotations(podDefinitions, annotationPrefix('ovn')),
  };
}

/**
 * Static addresses for one interface of a definition that is attached more than once.
 *
 * @source Kube-OVN: `<nad>.<namespace>.kubernetes.io/ip_address.<interface>`
 */
export function podAttachmentAnnotations(attachment: {
  readonly name: string;
  readonly namespace: string;
  readonly interfaceName: string;
}): {
  readonly ip_address: Annotation<{ readonly v4?: string; readonly v6?: string }>;
  readonly mac_address: Annotation<string>;
} {
  const prefix = annotationPrefix(`${attachment.name}.${attachment.namespace}`);
  const { ip_address, mac_address } = podInterfaceDefinitions;
  return {
    ip_address: bindAnnotation({ ...ip_address, key: `ip_address.${attachment.interfaceName}` }, prefix),
    mac_address: bindAnnotation({ ...mac_address, key: `mac_address.${attachment.interfaceName}` }, prefix),
  };
}

const ALLOCATED = /^(?<provider>.+)\.kubernetes\.io\/allocated$/;

/** Providers under which a pod has been told addresses, whatever networks it asks for by now. */
export function allocatedProviders(pod: KubeObject): readonly string[] {
  return Object.entries(pod.metadata.annotations ?? {}).flatMap(([key, value]) => {
    const provider = value === 'true' ? ALLOCATED.exec(key)?.groups?.['provider'] : undefined;
    return provider === undefined ? [] : [provider];
  });
}

/** Keys that the controller writes for the interface of a provider. */
export function controllerKeys(provider: string): readonly string[] {
  return Object.values<AnnotationDefinition<unknown>>(podInterfaceDefinitions)
    .filter(({ writers }) => writers.includes('controller'))
    .map(({ key }) => `${annotationPrefix(provider)}/${key}`);
}
