/**
 * Annotations of nodes.
 *
 * @source Kube-OVN, annotation constants
 */
import { canonicalAddress } from '@kube-ovn/ipam';
import { MAX_RATE_MBIT } from './bandwidth.ts';
import type { Codec } from './codecs.ts';
import { addressPair, cidrPair, macAddress, truth, wholeNumber, word } from './codecs.ts';
import type { AnnotationDefinition, Bound, Writer } from './define.ts';
import { annotationPrefix, bindAnnotations, defineAnnotation } from './define.ts';

function on<T>(key: string, codec: Codec<T>, writer: Writer, doc: string): AnnotationDefinition<T> {
  return defineAnnotation({ key, on: 'Node', writers: [writer], doc, ...codec });
}

const namedAddresses: Codec<Readonly<Record<string, string>>> = {
  format: 'JSON such as {"storage":"192.168.100.10"}',
  parse: parseNamedAddresses,
  print: (value) => JSON.stringify(value),
};

function parseNamedAddresses(text: string): Readonly<Record<string, string>> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const entries: [string, string][] = [];
  for (const [name, address] of Object.entries(value)) {
    const canonical = typeof address === 'string' ? canonicalAddress(address) : undefined;
    if (canonical === undefined) return undefined;
    entries.push([name, canonical]);
  }
  return Object.fromEntries(entries);
}

export const nodeDefinitions = {
  allocated: on('allocated', truth, 'controller', 'Addresses and logical port of the node are there.'),
  ip_address: on('ip_address', addressPair, 'controller', 'Addresses of the node in the join subnet.'),
  mac_address: on('mac_address', macAddress, 'controller', 'MAC address of the node in the join subnet.'),
  cidr: on('cidr', cidrPair, 'controller', 'Blocks of the join subnet.'),
  gateway: on('gateway', addressPair, 'controller', 'Gateways of the join subnet.'),
  logical_switch: on('logical_switch', word, 'controller', 'The join subnet.'),
  port_name: on('port_name', word, 'controller', 'Logical port of the node.'),
  chassis: on('chassis', word, 'daemon', 'Name of the chassis that runs on the node.'),
  tunnel_interface: on('tunnel_interface', word, 'user', 'Interface whose address carries the tunnels.'),
  node_networks: on('node_networks', namedAddresses, 'user', 'Further tunnel addresses, by name of the node network.'),
  ingress_rate: on('ingress_rate', wholeNumber(0, MAX_RATE_MBIT, 'Mbit/s'), 'user', 'Limit of traffic towards the node from the network.'),
  egress_rate: on('egress_rate', wholeNumber(0, MAX_RATE_MBIT, 'Mbit/s'), 'user', 'Limit of traffic from the node into the network.'),
  ingress_burst: on('ingress_burst', wholeNumber(0, MAX_RATE_MBIT, 'Mbit'), 'user', 'Burst above ingress_rate; 0: a tenth of a second.'),
  egress_burst: on('egress_burst', wholeNumber(0, MAX_RATE_MBIT, 'Mbit'), 'user', 'Burst above egress_rate; 0: a tenth of a second.'),
  bandwidth: on('bandwidth', word, 'daemon', "What limits the traffic of the node's own interface; an addition to Kube-OVN's API."),
};

/** Annotations of a node, all under `ovn.kubernetes.io/`. */
export const nodeAnnotations: Bound<typeof nodeDefinitions> = bindAnnotations(nodeDefinitions, annotationPrefix('ovn'));
