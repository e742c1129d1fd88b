/** A packet as `ovn-trace` and `ofproto/trace` take it. Pure. */

/** Where a packet enters the network. */
export interface Entry {
  /** Logical switch port. */
  readonly port: string;
  readonly logicalSwitch: string;
  readonly mac: string;
  readonly address: string;
}

/** What it is for. */
export interface Packet {
  readonly to: string;
  /** Of the next hop: the router, or the neighbour itself. */
  readonly nextHopMac: string;
  readonly protocol: Protocol;
  /** TCP and UDP. */
  readonly port: number;
}

export type Protocol = 'icmp' | 'tcp' | 'udp';

/** A port that clients take. @source RFC 6056: the ephemeral ports */
const CLIENT_PORT = 52_000;

/** @source ovn-trace(8) microflow; ovn-sb(5) expressions */
export function microflow({ port, mac, address }: Entry, packet: Packet): string {
  const ip = packet.to.includes(':') ? 'ip6' : 'ip4';
  const ports = packet.protocol === 'icmp' ? [] : [`${packet.protocol}.src == ${CLIENT_PORT}`, `${packet.protocol}.dst == ${packet.port}`];
  const echo = ip === 'ip6' ? ['icmp6.type == 128'] : ['icmp4.type == 8'];
  return [
    `inport == "${port}"`,
    `eth.src == ${mac}`,
    `eth.dst == ${packet.nextHopMac}`,
    `${ip}.src == ${address}`,
    `${ip}.dst == ${packet.to}`,
    'ip.ttl == 64',
    ...(packet.protocol === 'icmp' ? echo : ports),
  ].join(' && ');
}

/** The same for the bridge of a node. @source ovs-ofctl(8) flow syntax */
export function bridgeFlow({ mac, address }: Entry, packet: Packet, inPort: string): string {
  const isV6 = packet.to.includes(':');
  const kind = packet.protocol === 'icmp' && isV6 ? 'icmp6' : `${packet.protocol}${isV6 ? '6' : ''}`;
  const [source, target] = isV6 ? ['ipv6_src', 'ipv6_dst'] : ['nw_src', 'nw_dst'];
  const ports = packet.protocol === 'icmp' ? [`icmp_type=${isV6 ? 128 : 8}`] : [`tp_src=${CLIENT_PORT}`, `tp_dst=${packet.port}`];
  return [
    `in_port=${inPort}`,
    kind,
    `dl_src=${mac}`,
    `dl_dst=${packet.nextHopMac}`,
    `${source}=${address}`,
    `${target}=${packet.to}`,
    'nw_ttl=64',
    ...ports,
  ].join(',');
}

/** A question for the owner of an address, or its answer. @source ovn-sb(5): arp.op 1 is a request, 2 a reply */
export function arpFlow({ port, mac, address }: Entry, to: string, kind: 'request' | 'reply'): string {
  return [
    `inport == "${port}"`,
    `eth.src == ${mac}`,
    'eth.dst == ff:ff:ff:ff:ff:ff',
    `arp.op == ${kind === 'request' ? 1 : 2}`,
    `arp.sha == ${mac}`,
    `arp.spa == ${address}`,
    `arp.tpa == ${to}`,
    ...(kind === 'request' ? [] : [`arp.tha == ${mac}`]),
  ].join(' && ');
}
