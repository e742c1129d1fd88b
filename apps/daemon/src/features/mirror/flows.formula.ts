/**
 * Orders → rules of `br-mirror`: a copy comes in by the way of its order and direction, and goes on to the order's sink if a filter
 * describes it. What no rule describes ends there.
 *
 * @source ovs-fields(7); ovs-ofctl(8)
 */
import type { MirrorFilter } from '@kube-ovn/api';
import type { Order } from './orders.formula.ts';
import { sinkPort, wayOf } from './rows.ts';

/** Number of a port on its bridge; undefined while Open vSwitch does not use it. */
export type PortNumber = (name: string) => number | undefined;

/**
 * The rules, sorted. Orders whose ports are not in use yet have none.
 * @param sinks all addresses that copies are sent to by anybody, and what pods are among them
 */
export function mirrorFlows(orders: readonly Order[], sinks: readonly string[], port: PortNumber): readonly string[] {
  const flows = orders.flatMap((order) => {
    const output = port(sinkPort(order.sink));
    if (output === undefined) return [];
    return (['received', 'sent'] as const).flatMap((direction) => {
      const row = order.rows[direction];
      const way = row === undefined ? undefined : port(wayOf(row).far);
      if (way === undefined) return [];
      const matches = order.filters.length === 0 ? [''] : order.filters.flatMap((filter) => matchesOf(filter, direction));
      return matches.map((match) => `priority=100,in_port=${way}${match},actions=output:${output}`);
    });
  });
  return [...new Set([...sinks.flatMap(guards), ...flows])].toSorted();
}

const NAMES = {
  4: { any: 'ip', icmp: 'icmp', tcp: 'tcp', udp: 'udp', sctp: 'sctp', from: 'nw_src', to: 'nw_dst' },
  6: { any: 'ipv6', icmp: 'icmp6', tcp: 'tcp6', udp: 'udp6', sctp: 'sctp6', from: 'ipv6_src', to: 'ipv6_dst' },
} as const;

/** The peer of a packet that a pod has received is where it comes from. */
function matchesOf({ protocol, peer, port }: MirrorFilter, direction: 'received' | 'sent'): readonly string[] {
  const families = peer === undefined ? ([4, 6] as const) : [peer.family];
  return families.flatMap((family) => {
    const names = NAMES[family];
    const of = `,${names[protocol ?? 'any']}${peer === undefined ? '' : `,${names[direction === 'received' ? 'from' : 'to']}=${peer.cidr}`}`;
    return port === undefined ? [of] : [`${of},tp_src=${port}`, `${of},tp_dst=${port}`];
  });
}

/**
 * Copies on their way to a pod pass br-int, and may pass a port that is copied: they are not copied again, nor is what a pod says
 * that does not know what to do with them.
 * @source RFC 2784 (protocol 47), RFC 792 (protocol unreachable), RFC 4443 §3.4 (unrecognized next header)
 */
function guards(address: string): readonly string[] {
  const rule = (match: string): string => `priority=200,${match},actions=drop`;
  return address.includes(':')
    ? [rule(`ipv6,nw_proto=47,ipv6_dst=${address}`), rule(`icmp6,ipv6_src=${address},icmp_type=4,icmp_code=1`)]
    : [rule(`ip,nw_proto=47,nw_dst=${address}`), rule(`icmp,nw_src=${address},icmp_type=3,icmp_code=2`)];
}
