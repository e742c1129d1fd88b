/** What a packet is, as far as ports go: sets of (protocol, destination port), and everything that has no ports. */
import { and, everything, inRange, inSet, type Match, type MatchField, or, symbol } from '@kube-ovn/ovn-model';
import type { Protocol } from '../model.ts';

/** From first to last, both included. */
export interface PortInterval {
  readonly first: number;
  readonly last: number;
}

/** Packets by protocol; `icmp` stands for ICMP and ICMPv6, `other` for all other IP packets that are neither TCP nor UDP nor SCTP. */
export interface Traffic {
  readonly icmp: boolean;
  readonly other: boolean;
  readonly ports: Readonly<Record<Protocol, readonly PortInterval[]>>;
}

const protocols: readonly Protocol[] = ['TCP', 'UDP', 'SCTP'];

const symbols = { TCP: 'tcp', UDP: 'udp', SCTP: 'sctp' } as const;

/**
 * The numbers of all other protocols, one by one: OVN drops a rule that says `!tcp`, or `ip.proto != 6`.
 *
 * @source ovn-sb(5) Logical_Flow match, nominal fields: "may only be tested for equality, and not negated"
 */
const otherProtocols: readonly number[] = Array.from({ length: 256 }, (_, number) => number).filter(
  (number) => ![1, 6, 17, 58, 132].includes(number),
);

/** Every port. */
export const allPorts: readonly PortInterval[] = [{ first: 0, last: 65_535 }];

/** Every IP packet. */
export const everyTraffic: Traffic = { icmp: true, other: true, ports: { TCP: allPorts, UDP: allPorts, SCTP: allPorts } };

/** The packets to some ports. */
export function trafficOf(ports: Iterable<{ readonly protocol: Protocol; readonly first: number; readonly last: number }>): Traffic {
  const all = [...ports];
  const own = (wanted: Protocol): readonly PortInterval[] =>
    merged(all.filter(({ protocol }) => protocol === wanted).map(({ first, last }) => ({ first, last })));
  return { icmp: false, other: false, ports: { TCP: own('TCP'), UDP: own('UDP'), SCTP: own('SCTP') } };
}

/** ICMP and ICMPv6. */
export const icmpTraffic: Traffic = { icmp: true, other: false, ports: { TCP: [], UDP: [], SCTP: [] } };

/** All packets of both. */
export function unionOfTraffic(one: Traffic, other: Traffic): Traffic {
  const both = (protocol: Protocol): readonly PortInterval[] => merged([...one.ports[protocol], ...other.ports[protocol]]);
  return {
    icmp: one.icmp || other.icmp,
    other: one.other || other.other,
    ports: { TCP: both('TCP'), UDP: both('UDP'), SCTP: both('SCTP') },
  };
}

const noPorts: readonly PortInterval[] = [];

/** Every packet of a protocol, as an argument of `trafficOf`. */
export function wholeProtocol(protocol: Protocol): { readonly protocol: Protocol; readonly first: number; readonly last: number } {
  return { protocol, first: 0, last: 65_535 };
}

export function withoutTraffic(from: Traffic, taken: Traffic): Traffic {
  const rest = (protocol: Protocol): PortInterval[] => difference(from.ports[protocol], taken.ports[protocol]);
  return {
    icmp: from.icmp && !taken.icmp,
    other: from.other && !taken.other,
    ports: { TCP: rest('TCP'), UDP: rest('UDP'), SCTP: rest('SCTP') },
  };
}

/** What is left of ports. */
export function withoutPorts(from: readonly PortInterval[], taken: readonly PortInterval[]): readonly PortInterval[] {
  return difference(from, taken);
}

/** The part of traffic that has ports. */
export function portedTraffic({ ports }: Traffic): Traffic {
  return { icmp: false, other: false, ports };
}

export function isNoTraffic({ icmp, other, ports }: Traffic): boolean {
  return !icmp && !other && protocols.every((protocol) => ports[protocol].length === 0);
}

/** Text that is equal for equal ports and for no others. */
export function portsText(ports: readonly PortInterval[]): string {
  return ports.map(({ first, last }) => `${first}-${last}`).join(',');
}

/** Text that is equal for equal traffic and for no other. */
export function trafficText({ icmp, other, ports }: Traffic): string {
  const texts = protocols.map((protocol) => `${protocol}:${portsText(ports[protocol])}`);
  return [...texts, String(icmp), String(other)].join(' ');
}

/**
 * The condition on a packet that is known to be IP; `everything` for every packet.
 *
 * @param sources source ports of packets that have ports, where not every one will do
 */
export function trafficMatch({ icmp, other, ports }: Traffic, sources?: readonly PortInterval[]): Match {
  const isWhole = (protocol: Protocol): boolean => ports[protocol][0]?.first === 0 && ports[protocol][0].last === 65_535;
  if (icmp && other && protocols.every(isWhole) && sources === undefined) return everything;
  const parts = protocols.flatMap((protocol): Match[] => {
    const own = isWhole(protocol) ? [symbol(symbols[protocol])] : portMatches(`${symbols[protocol]}.dst`, ports[protocol]);
    if (sources === undefined || own.length === 0) return own;
    return [and(or(...own), or(...portMatches(`${symbols[protocol]}.src`, sources)))];
  });
  if (icmp) parts.unshift(symbol('icmp'));
  return other ? or(inSet('ip.proto', otherProtocols), ...parts) : or(...parts);
}

/** Single ports in one set, then ranges. */
function portMatches(field: MatchField, intervals: readonly PortInterval[]): Match[] {
  const singles = intervals.filter(({ first, last }) => first === last).map(({ first }) => first);
  const ranges = intervals.filter(({ first, last }) => first !== last).map(({ first, last }) => inRange(field, first, last));
  return singles.length === 0 ? ranges : [inSet(field, singles), ...ranges];
}

function merged(intervals: readonly PortInterval[]): readonly PortInterval[] {
  if (intervals.length === 0) return noPorts;
  if (intervals.length === 1) return intervals;
  const result: PortInterval[] = [];
  for (const interval of intervals.toSorted((a, b) => a.first - b.first)) {
    const previous = result.at(-1);
    if (previous === undefined || interval.first > previous.last + 1) result.push(interval);
    else if (interval.last > previous.last) result[result.length - 1] = { first: previous.first, last: interval.last };
  }
  return result;
}

function difference(from: readonly PortInterval[], taken: readonly PortInterval[]): PortInterval[] {
  const result: PortInterval[] = [];
  for (const { first, last } of from) {
    let start = first;
    for (const gap of taken) {
      if (gap.last < start || gap.first > last) continue;
      if (gap.first > start) result.push({ first: start, last: gap.first - 1 });
      start = gap.last + 1;
    }
    if (start <= last) result.push({ first: start, last });
  }
  return result;
}
