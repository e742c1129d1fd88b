/**
 * Which address carries the tunnels, and how large a pod's packets may be: from flags, the node's annotation and the host's links.
 */
import { isIPv6 } from 'node:net';
import type { TunnelType } from './chassis.formula.ts';

/** A link of the node as far as tunnels go. */
export interface HostLink {
  readonly name: string;
  readonly mtuBytes: number;
  /** Addresses without prefix length, global scope. */
  readonly addresses: readonly string[];
}

/** What the choice depends on. */
export interface EncapInput {
  readonly links: readonly HostLink[];
  /** Links that have the addresses of others, by those: the bridge of a physical network stands for its interface. */
  readonly standIns: Readonly<Record<string, string>>;
  /** `--encap-ip` */
  readonly encapAddress: string | undefined;
  /** Annotation `tunnel_interface` of the node, then `--iface`: names or regular expressions, separated by commas. */
  readonly interfaces: readonly string[];
  /** Addresses by which the cluster knows the node. */
  readonly nodeAddresses: readonly string[];
  readonly tunnelType: TunnelType;
  /** `--mtu`; 0 derives it from the link. */
  readonly mtuBytes: number;
}

/** The chosen tunnel end. */
export interface Encap {
  readonly address: string;
  /** Name of the link; undefined when no link has the address now. */
  readonly link: string | undefined;
  /** Largest packet of a pod, in bytes. */
  readonly podMtuBytes: number;
}

/**
 * Bytes that a tunnel adds to a packet over IPv4, with room for options. @source Kube-OVN, MTU overhead per network type
 */
const overheadBytes: Readonly<Record<TunnelType, number>> = { geneve: 100, vxlan: 50, stt: 72 };
/** An IPv6 header is that much longer than an IPv4 one. @source RFC 8200 §3 */
const IPV6_EXTRA_BYTES = 20;
/** Assumed when the tunnel's link is not known yet. @source IEEE 802.3 */
const ETHERNET_MTU = 1500;

/** Choose the tunnel end; undefined while the node has no address that fits. */
export function chooseEncap(input: EncapInput): Encap | undefined {
  const address = input.encapAddress ?? addressOfInterfaces(input) ?? input.nodeAddresses.find((own) => linkOf(input, own) !== undefined);
  if (address === undefined) return undefined;
  const link = linkOf(input, address);
  const overhead = overheadBytes[input.tunnelType] + (isIPv6(address) ? IPV6_EXTRA_BYTES : 0);
  const podMtuBytes = input.mtuBytes > 0 ? input.mtuBytes : (link?.mtuBytes ?? ETHERNET_MTU) - overhead;
  return { address, link: link?.name, podMtuBytes };
}

function addressOfInterfaces(input: EncapInput): string | undefined {
  for (const pattern of input.interfaces) {
    const represented = Object.keys(input.standIns).filter((name) => matches(pattern, name));
    const bridges = new Set(represented.map((name) => input.standIns[name]));
    const link = input.links.find(({ name, addresses }) => addresses.length > 0 && (matches(pattern, name) || bridges.has(name)));
    if (link !== undefined) return link.addresses.find((address) => input.nodeAddresses.includes(address)) ?? link.addresses[0];
  }
  return undefined;
}

function linkOf(input: EncapInput, address: string): HostLink | undefined {
  return input.links.find((link) => link.addresses.includes(address));
}

/** A name as it is, or a regular expression over the whole name; a malformed one matches nothing. */
function matches(pattern: string, name: string): boolean {
  if (pattern === name) return true;
  try {
    return new RegExp(`^(?:${pattern})$`).test(name);
  } catch {
    return false;
  }
}
