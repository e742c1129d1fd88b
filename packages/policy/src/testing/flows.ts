/** Random connections between the ends of a cluster. */
import fc from 'fast-check';
import type { Flow, FlowEnd } from '../verdict/flow.ts';
import { portNumbers } from './cluster.ts';
import type { Inhabitants } from './cluster.ts';

/** Addresses outside the cluster, in and beside the blocks that rules name. */
const outside = ['192.0.2.7', '192.0.2.9', '198.51.100.1', '2001:db8::7', '2001:db8::9', '2001:db9::1'];

/** Every end that a connection may have. */
export function endsOf({ pods, nodes }: Inhabitants): readonly FlowEnd[] {
  return [
    ...pods.map(({ metadata }) => ({ pod: `${metadata.namespace}/${metadata.name}` })),
    ...nodes.map(({ metadata }) => ({ node: metadata.name })),
    ...nodes
      .flatMap(({ metadata }) => metadata.annotations?.['ovn.kubernetes.io/ip_address']?.split(',') ?? [])
      .map((address) => ({ address })),
    ...outside.map((address) => ({ address })),
  ];
}

/** A connection whose ends are numbers, to be made one of a cluster's own by `flowIn`. */
export interface Pick {
  readonly from: number;
  readonly to: number;
  readonly protocol: Flow['protocol'];
  readonly port: number;
  readonly family: 4 | 6;
}

/** One end is a pod more often than not. */
export const pick: fc.Arbitrary<Pick> = fc.record({
  from: fc.oneof({ arbitrary: fc.nat(5), weight: 3 }, { arbitrary: fc.nat(20), weight: 1 }),
  to: fc.oneof({ arbitrary: fc.nat(5), weight: 3 }, { arbitrary: fc.nat(20), weight: 1 }),
  protocol: fc.constantFrom('TCP', 'TCP', 'TCP', 'UDP', 'SCTP', 'ICMP'),
  port: fc.constantFrom(...portNumbers, ...portNumbers, 82, 40_080),
  family: fc.constantFrom(4, 4, 6),
});

/** The pick as a connection in a cluster. */
export function flowIn(inhabitants: Inhabitants, { from, to, protocol, port, family }: Pick): Flow {
  const ends = endsOf(inhabitants);
  const end = (index: number): FlowEnd => ends[index % ends.length] ?? { address: '192.0.2.7' };
  return { from: end(from), to: end(to), protocol, family, ...(protocol === 'ICMP' ? {} : { port }) };
}
