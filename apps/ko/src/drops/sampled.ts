/** Samples of dropped packets, by who drops them and the two ends. Pure. */
import { inColumns, ruleOwner } from './drops.ts';
import type { Sample } from './ipfix.ts';
import type { NodeSamples } from './sampling.ts';

/** Packets that the same rule has dropped on the same way. */
export interface SampledDrop {
  readonly packets: number;
  readonly node: string;
  /** `NetworkPolicy shop/web`; `OVN`: no rule of an ACL. */
  readonly policy: string;
  /** `ingress`: what no rule allows; `ingress rule 0`; of OVN the table that drops. */
  readonly rule: string;
  readonly from: string;
  readonly to: string;
  /** `tcp 80` */
  readonly what: string;
}

/** What a logical flow is made for. */
export interface FlowOwner {
  /** Its table. @source ovn-northd(8) */
  readonly stage: string;
  /** Name of the ACL, or of the Subnet whose `spec.acls` has it. */
  readonly acl?: string;
}

/** Where names come from. */
export interface Names {
  readonly ownerOf: (flow: string) => FlowOwner | undefined;
  readonly nameOf: (address: string) => string;
  /** Policies that isolate who has an address. */
  readonly isolatedBy: (address: string, direction: 'ingress' | 'egress') => string | undefined;
}

/** First eight digits of the flow's UUID. */
export function flowId({ point }: Sample): string {
  return point.toString(16).padStart(8, '0');
}

/** The most frequent first. */
export function sampledDrops(nodes: readonly NodeSamples[], names: Names): readonly SampledDrop[] {
  const counts = new Map<string, { readonly drop: Omit<SampledDrop, 'packets'>; packets: number }>();
  for (const { node, samples } of nodes)
    for (const sample of samples) {
      const [from, to] = [endText(sample.from, names), endText(sample.to, names)];
      const drop = { node, ...whoDrops(sample, names), from, to, what: whatText(sample) };
      const key = JSON.stringify(drop);
      const known = counts.get(key);
      if (known === undefined) counts.set(key, { drop, packets: 1 });
      else known.packets += 1;
    }
  return [...counts]
    .toSorted(([a, { packets: first }], [b, { packets: second }]) => second - first || (a < b ? -1 : Number(a > b)))
    .map(([, { drop, packets }]) => ({ packets, ...drop }));
}

export function printSampledDrops(found: readonly SampledDrop[]): string {
  if (found.length === 0) return 'nothing was dropped';
  return inColumns([
    ['PACKETS', 'NODE', 'POLICY', 'RULE', 'FROM', 'TO', 'WHAT'],
    ...found.map(({ packets, node, policy, rule, from, to, what }) => [String(packets), node, policy, rule, from, to, what]),
  ]);
}

/** Name of the rule that policies share which isolate a pod. @source packages/policy, defaults of ACLs */
const ISOLATED = /^isolated for (ingress|egress)$/;

function whoDrops(sample: Sample, { ownerOf, isolatedBy }: Names): Pick<SampledDrop, 'policy' | 'rule'> {
  const owner = ownerOf(flowId(sample));
  if (owner === undefined) return { policy: 'OVN', rule: 'a flow that is gone' };
  const { acl = '', stage } = owner;
  const direction = ISOLATED.exec(acl)?.[1];
  if (direction !== 'ingress' && direction !== 'egress') return acl === '' ? { policy: 'OVN', rule: stage } : ruleOwner(acl);
  return { policy: isolatedBy((direction === 'ingress' ? sample.to : sample.from) ?? '', direction) ?? acl, rule: direction };
}

function endText(address: string | undefined, { nameOf }: Names): string {
  return address === undefined ? '-' : nameOf(address);
}

/** @source IANA, protocol numbers */
const PROTOCOLS: Readonly<Record<number, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmp6', 132: 'sctp' };

function whatText({ protocol, port }: Sample): string {
  if (protocol === undefined) return 'no IP';
  const name = PROTOCOLS[protocol] ?? `protocol ${protocol}`;
  return port === undefined ? name : `${name} ${port}`;
}
