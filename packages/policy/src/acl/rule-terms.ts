/**
 * Rule → terms. A named port is as many terms as there are numbers behind the name, each with the pods that have that number.
 */
import { type Literal, literalOf, type NamedNumber } from '../group/group.ts';
import type { Direction, Peer, Port, Protocol, PodSet, Rule, Selector } from '../model.ts';
import { allPods } from '../select/selector.ts';
import { type AddressRanges, everyAddress, hasNoAddress, rangesOf, unionOf, withoutAddresses } from './addresses.ts';
import { everyTraffic, icmpTraffic, isNoTraffic, type Traffic, trafficOf, unionOfTraffic, wholeProtocol } from './protocols.ts';
import { anyone, type FarEnds, type Term } from './term.ts';

/** A name of container ports that a rule asks for, among the pods that may bear it. */
export interface NameUse {
  readonly set: PodSet;
  readonly name: string;
}

/** A number that pods of a set give a name. */
export interface BornNumber extends NamedNumber {
  /** Every pod of the set does. */
  readonly isEveryone: boolean;
}

/** What a rule must know of the cluster. */
export interface Surroundings {
  /** The protocols and numbers that pods of a set give a name, in a fixed order. */
  numbersOf(use: NameUse): readonly BornNumber[];
  /** Canonical addresses of the nodes that a selector matches. */
  nodeAddresses(selector: Selector): Iterable<string>;
}

/** A rule, and whose it is. */
export interface PlacedRule {
  readonly subject: PodSet;
  readonly direction: Direction;
  readonly rule: Rule;
}

type NamedPort = Port & { readonly kind: 'name' };

/** The terms of a rule; none when it matches nothing. */
export function ruleTerms(placed: PlacedRule, surroundings: Surroundings): Term[] {
  const { local, sourcePorts } = placed.rule;
  const terms = farTerms(placed, surroundings);
  if (local === undefined && sourcePorts === undefined) return terms;
  const near = { ...(local && { own: rangesOf([local]) }), ...(sourcePorts && { sources: [sourcePorts] }) };
  return terms.map((term) => ({ ...term, ...near }));
}

/** What a rule says of its far ends and of traffic. */
function farTerms({ subject, direction, rule }: PlacedRule, surroundings: Surroundings): Term[] {
  const literal = literalOf(subject);
  const peers = farEnds(rule.peers, surroundings);
  if (peers.length === 0) return [];
  const traffic = rule.ports === 'any' ? everyTraffic : numberedTraffic(rule.ports);
  const terms: Term[] = isNoTraffic(traffic) ? [] : [{ subject: { all: [literal], none: [] }, peers, traffic }];
  for (const port of namedPorts(rule)) {
    for (const use of direction === 'ingress' ? [subject] : namedAmong(rule.peers)) {
      for (const number of surroundings.numbersOf({ set: use, name: port.name })) {
        if (port.protocol !== undefined && port.protocol !== number.protocol) continue;
        const bearer = number.isEveryone ? literalOf(use) : literalOf(use, number);
        const own = trafficOf([{ protocol: number.protocol, first: number.port, last: number.port }]);
        if (direction === 'ingress') terms.push({ subject: { all: [bearer], none: [] }, peers, traffic: own });
        else terms.push({ subject: { all: [literal], none: [] }, peers: bearersAmong(rule.peers, bearer), traffic: own });
      }
    }
  }
  return terms;
}

/** The names that a rule asks for: they decide what it compiles to. */
export function namesUsed({ subject, direction, rule }: PlacedRule): NameUse[] {
  const sets = direction === 'ingress' ? [subject] : namedAmong(rule.peers);
  return namedPorts(rule).flatMap(({ name }) => sets.map((set) => ({ set, name })));
}

function namedPorts({ ports }: Rule): NamedPort[] {
  return ports === 'any' ? [] : ports.filter((port): port is NamedPort => port.kind === 'name');
}

/** The sets whose pods may bear a name at the far end: those of the peers, and all pods where a peer is known by its address alone. */
function namedAmong(peers: Rule['peers']): PodSet[] {
  if (peers === 'any') return [allPods];
  const sets = peers.flatMap((peer) => (peer.kind === 'pods' ? [peer.set] : []));
  return peers.some(({ kind }) => kind === 'block') ? [...sets, allPods] : sets;
}

/** The pods that bear a number, as far as they are among the peers that the literal was made for. */
function bearersAmong(peers: Rule['peers'], bearer: Literal): FarEnds[] {
  const all = [bearer];
  if (peers === 'any') return [{ all, none: [], within: everyAddress }];
  const isWhole = peers.some((peer) => peer.kind === 'pods' && literalOf(peer.set, bearer.number).text === bearer.text);
  if (isWhole) return [{ all, none: [], within: everyAddress }];
  return [{ all, none: [], within: unionOf(peers.map(blockRanges)) }];
}

function blockRanges(peer: Peer): ReturnType<typeof rangesOf> {
  return peer.kind === 'block' ? withoutAddresses(rangesOf([peer.cidr]), rangesOf(peer.except)) : rangesOf([]);
}

function addressesOf(family: 4 | 6 | undefined): AddressRanges {
  return family === undefined ? everyAddress : { 4: [], 6: [], [family]: everyAddress[family] };
}

/** Everything known by address becomes one far end. */
function farEnds(peers: Rule['peers'], surroundings: Surroundings): FarEnds[] {
  if (peers === 'any') return [anyone];
  const ends = peers
    .filter((peer) => peer.kind === 'pods')
    .map(({ set, family }): FarEnds => ({ all: [literalOf(set)], none: [], within: addressesOf(family) }));
  const ranges = peers
    .filter((peer) => peer.kind !== 'pods')
    .map((peer) => (peer.kind === 'block' ? blockRanges(peer) : rangesOf(surroundings.nodeAddresses(peer.selector))));
  if (ranges.length === 0) return ends;
  const within = unionOf(ranges);
  return hasNoAddress(within) ? ends : [...ends, { all: [], none: [], within }];
}

function numberedTraffic(ports: readonly Port[]): Traffic {
  const traffic = trafficOf(ports.flatMap(numbered));
  return ports.some(({ kind }) => kind === 'icmp') ? unionOfTraffic(traffic, icmpTraffic) : traffic;
}

function numbered(port: Port): { readonly protocol: Protocol; readonly first: number; readonly last: number }[] {
  if (port.kind === 'name' || port.kind === 'icmp') return [];
  return [port.kind === 'protocol' ? wholeProtocol(port.protocol) : port];
}
