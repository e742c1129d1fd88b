/** Random connections between the ends of a cluster. */
import fc from 'fast-check';
import { type Flow, type FlowEnd, partyOf, podName } from '../verdict/flow.ts';
import { portNumbers } from './cluster.ts';
import type { Inhabitants } from './cluster.ts';

/** Addresses outside the cluster, in and beside the blocks that rules name. */
const outside = ['192.0.2.7', '192.0.2.9', '198.51.100.1', '2001:db8::7', '2001:db8::9', '2001:db9::1'];

/** Every end that a connection may have: pods, and the others. */
export function endsOf({ pods, nodes }: Inhabitants): { readonly pods: readonly FlowEnd[]; readonly others: readonly FlowEnd[] } {
  const joined = nodes.flatMap(({ metadata }) => metadata.annotations?.['ovn.kubernetes.io/ip_address']?.split(',') ?? []);
  return {
    pods: pods.map((pod) => ({ pod: podName(pod) })),
    others: [...nodes.map(({ metadata }) => ({ node: metadata.name })), ...[...joined, ...outside].map((address) => ({ address }))],
  };
}

/** A connection whose ends are numbers, to be made one of a cluster's own by `flowIn`. */
export interface Pick {
  readonly between: 'pods' | 'podAndOther' | 'otherAndPod';
  readonly from: number;
  readonly to: number;
  readonly protocol: Flow['protocol'];
  readonly port: number;
  readonly sourcePort: number | undefined;
  readonly family: 4 | 6;
}

/** Between two pods more often than not. */
export const pick: fc.Arbitrary<Pick> = fc.record({
  between: fc.constantFrom('pods', 'pods', 'pods', 'podAndOther', 'otherAndPod'),
  from: fc.nat(20),
  to: fc.nat(20),
  protocol: fc.constantFrom('TCP', 'TCP', 'TCP', 'UDP', 'SCTP', 'ICMP'),
  port: fc.constantFrom(...portNumbers, ...portNumbers, 82, 40_080),
  sourcePort: fc.constantFrom(undefined, undefined, 1000, 2000, 50_000),
  family: fc.constantFrom(4, 4, 6),
});

/**
 * The pick as a connection in a cluster, between ends that have addresses of its family; few are an end's with itself. Where there are
 * too few pods for it, the other end is none.
 */
export function flowIn(inhabitants: Inhabitants, { between, from, to, protocol, port, sourcePort, family }: Pick): Flow {
  const isThere = (end: FlowEnd): boolean => partyOf(inhabitants, end, family) !== undefined;
  const ends = endsOf(inhabitants);
  const [pods, others] = [ends.pods.filter(isThere), ends.others.filter(isThere)];
  const sources = pods.length === 0 || between === 'otherAndPod' ? others : pods;
  const targets = pods.length === 0 || between === 'podAndOther' || (between === 'pods' && pods.length === 1) ? others : pods;
  const isAlone = sources === targets && from % sources.length === to % targets.length && (from + to) % 8 !== 0;
  const at = (list: readonly FlowEnd[], index: number): FlowEnd => list[index % list.length] ?? { address: '192.0.2.7' };
  return {
    from: at(sources, from),
    to: at(targets, isAlone ? to + 1 : to),
    protocol,
    family,
    ...(protocol === 'ICMP' ? {} : { port, ...(sourcePort && { sourcePort }) }),
  };
}
