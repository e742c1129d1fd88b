/**
 * Why a connection is let through or not: which rule decides at each of its ends, in the order in which OVN asks the ACLs.
 */
import { canonicalAddress, readAddress } from '@kube-ovn/ipam';
import { contains } from '../acl/addresses.ts';
import type { Acl } from '../acl/rows.ts';
import type { PortInterval, Traffic } from '../acl/protocols.ts';
import type { FarEnds, Term } from '../acl/term.ts';
import type { Action, Direction, Interface, Node } from '../model.ts';
import { type Flow, type FlowEnd, usualSourcePort } from '../verdict/flow.ts';
import { isAmong, meets } from './membership.ts';
import type { PodRecord } from './registry.ts';

/** What decides at one end. */
export interface Reason {
  readonly action: 'allow' | 'deny';
  /** In words. */
  readonly because: string;
  /** Key of the policy (`policyKey`), where one decides. */
  readonly policy?: string;
  /** Place of the rule in the policy's list for the direction; absent for isolation. */
  readonly rule?: number;
  /** Key of the row of ACL that decides; absent where none matches. */
  readonly acl?: string;
}

/** Whether a connection is let through, and why: the end that denies it says so, or else the receiving one. */
export interface Explanation extends Reason {
  readonly egress: Reason;
  readonly ingress: Reason;
}

/** An ACL that may decide. */
export interface Candidate {
  readonly acl: Acl;
  readonly terms: readonly Term[];
  readonly because: string;
  readonly policy?: string;
  readonly networks?: readonly string[] | undefined;
  readonly rule?: number | undefined;
}

/** What an explanation is made from. */
export interface World {
  readonly pods: ReadonlyMap<string, PodRecord>;
  readonly nodes: ReadonlyMap<string, Node>;
  /** Pods on their node's network: name of the node by `namespace/name`. */
  readonly hostPods: ReadonlyMap<string, string>;
  /** Texts of the sets that hold a pod. */
  setsOf(record: PodRecord): ReadonlySet<string>;
  /** The ACLs of these port groups. */
  aclsOf(groups: readonly string[], direction: Direction): readonly Candidate[];
}

interface Party {
  readonly address: string;
  readonly own?: { readonly record: PodRecord; readonly interface: Interface; readonly groups: readonly string[] };
}

/** Explain a connection; undefined when one of its ends is not there, or has no address of the family. */
export function explainFlow(world: World, flow: Flow): Explanation | undefined {
  const from = partyOf(world, flow.from, flow.family);
  const to = partyOf(world, flow.to, flow.family);
  if (from === undefined || to === undefined) return undefined;
  const itself: Reason = { action: 'allow', because: 'the same end' };
  const isSame = from.address === to.address;
  const egress = isSame ? itself : decide(world, { flow, direction: 'egress', own: from, far: to });
  const ingress = isSame ? itself : decide(world, { flow, direction: 'ingress', own: to, far: from });
  return { ...(egress.action === 'deny' ? egress : ingress), egress, ingress };
}

interface Question {
  readonly flow: Flow;
  readonly direction: Direction;
  readonly own: Party;
  readonly far: Party;
}

function decide(world: World, question: Question): Reason {
  const { own, direction } = question;
  if (own.own === undefined) return { action: 'allow', because: 'no pod, no policy' };
  const rank = ({ acl: { place } }: Candidate): number => (place.tier ?? 0) * 100_000 - place.priority;
  const hits = world
    .aclsOf(own.own.groups, direction)
    .filter(({ terms, networks }) => terms.some((term) => matchesTerm(world, term, { ...question, networks })))
    .sort((a, b) => rank(a) - rank(b));
  let passedTier: number | undefined;
  for (const { acl, because, policy, rule } of hits) {
    if (acl.place.tier !== undefined && acl.place.tier === passedTier) continue;
    if (acl.action === 'pass') {
      passedTier = acl.place.tier;
      continue;
    }
    const named = { ...(policy === undefined ? {} : { policy }), ...(rule === undefined ? {} : { rule }) };
    return { action: decision(acl.action), because, ...named, acl: acl.key };
  }
  return { action: 'allow', because: 'nothing says otherwise' };
}

function decision(action: Action): 'allow' | 'deny' {
  return action === 'allow' ? 'allow' : 'deny';
}

function matchesTerm(
  world: World,
  { peers, traffic, own: near, sources }: Term,
  { flow, own, far, networks }: Question & { readonly networks: readonly string[] | undefined },
): boolean {
  if (!isOf(traffic, flow) || (near !== undefined && !contains(near, own.address))) return false;
  if (sources !== undefined && !isAmongPorts(sources, flow.sourcePort ?? usualSourcePort)) return false;
  return peers.some((ends) => isFarEnd(world, ends, { far, networks }));
}

function isOf({ icmp, ports }: Traffic, { protocol, port = 0 }: Flow): boolean {
  return protocol === 'ICMP' ? icmp : isAmongPorts(ports[protocol], port);
}

function isAmongPorts(intervals: readonly PortInterval[], port: number): boolean {
  return intervals.some(({ first, last }) => first <= port && port <= last);
}

/** A pod's address is the pod's on the networks that the policy is for alone. */
function isFarEnd(
  world: World,
  ends: FarEnds,
  { far, networks }: { readonly far: Party; readonly networks: readonly string[] | undefined },
): boolean {
  if (!contains(ends.within, far.address)) return false;
  const own = far.own !== undefined && isAmong(far.own.interface, networks) ? far.own : undefined;
  if (own === undefined) return ends.all.length === 0;
  return meets({ pod: own.record.pod, interface: own.interface }, ends, world.setsOf(own.record));
}

function partyOf(world: World, end: FlowEnd, family: 4 | 6): Party | undefined {
  if ('address' in end) return partyAt(world, end.address, family);
  const record = 'pod' in end ? world.pods.get(end.pod) : undefined;
  if (record !== undefined) return record.pod.interfaces.flatMap((own) => partiesOn(record, own, family))[0];
  const node = world.nodes.get('node' in end ? end.node : (world.hostPods.get(end.pod) ?? ''));
  const address = node?.addresses.find((one) => isOfFamily(one, family));
  return address === undefined ? undefined : { address };
}

function partyAt(world: World, text: string, family: 4 | 6): Party | undefined {
  const address = canonicalAddress(text);
  if (address === undefined || !isOfFamily(address, family)) return undefined;
  for (const record of world.pods.values()) {
    const own = record.pod.interfaces.find(({ addresses }) => addresses.includes(address));
    const found = own === undefined ? undefined : partiesOn(record, own, family).find((party) => party.address === address);
    if (found !== undefined) return found;
  }
  return { address };
}

function partiesOn(record: PodRecord, own: Interface, family: 4 | 6): Party[] {
  const groups = record.memberships.find((membership) => membership.interface === own)?.groups ?? [];
  return own.addresses.filter((one) => isOfFamily(one, family)).map((address) => ({ address, own: { record, interface: own, groups } }));
}

function isOfFamily(address: string, family: 4 | 6): boolean {
  return readAddress(address)?.family === family;
}
