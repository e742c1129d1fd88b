/**
 * Rules as products: subjects × far ends × traffic, and at times × own addresses × source ports. One rule is a union of such terms, and
 * what an earlier rule takes away from it is a union again, so that `pass` can be compiled for servers without tiers.
 */
import { areDisjoint, type Conditions, implies } from '../group/implication.ts';
import { type AddressRanges, everyAddress, hasNoAddress, rangesText, withoutAddresses } from './addresses.ts';
import {
  allPorts,
  isNoTraffic,
  type PortInterval,
  portedTraffic,
  portsText,
  type Traffic,
  trafficText,
  withoutPorts,
  withoutTraffic,
} from './protocols.ts';

/** Far ends: the addresses in `within`, of pods that meet the conditions. Without `all`, addresses that are no pod's as well. */
export interface FarEnds extends Conditions {
  readonly within: AddressRanges;
}

/** Part of a rule. */
export interface Term {
  readonly subject: Conditions;
  /** Any of them. */
  readonly peers: readonly FarEnds[];
  readonly traffic: Traffic;
  /** Addresses of the subject's own end; every one when absent. */
  readonly own?: AddressRanges;
  /** Source ports; every one when absent. Only with traffic all of which has ports. */
  readonly sources?: readonly PortInterval[];
}

/** Whoever it is. */
export const anyone: FarEnds = { all: [], none: [], within: everyAddress };

/** More pieces than anyone would want as rules. */
const maxPieces = 256;

/** What is left of terms when others are taken away; undefined when that falls into too many pieces. */
export function withoutTerms(terms: readonly Term[], taken: readonly Term[]): readonly Term[] | undefined {
  let left = terms;
  for (const term of taken) {
    left = different(left.flatMap((each) => withoutTerm(each, term)));
    if (left.reduce((sum, { peers }) => sum + peers.length, 0) > maxPieces) return undefined;
  }
  return left === terms ? left : withoutRepetition(left);
}

/**
 * Pieces overlap; here each leaves out the traffic that another has for all of its far ends. A switch has no cheap way to say "all but
 * these protocols": it takes a flow for each protocol and far end (OVN multiplies `ip.proto`), which is so many too many in each piece.
 */
function withoutRepetition(terms: readonly Term[]): readonly Term[] {
  const left = [...terms];
  for (const [index, term] of terms.entries()) {
    const others = left.filter((other, place) => place !== index && covers(other, term));
    const traffic = others.reduce((rest, other) => withoutTraffic(rest, other.traffic), term.traffic);
    left[index] = { ...term, traffic };
  }
  return left.filter(({ traffic }) => !isNoTraffic(traffic));
}

/** Whether one is known to have all packets of the other, but for traffic. */
function covers(one: Term, other: Term): boolean {
  if (one.own !== undefined || one.sources !== undefined) return false;
  if (conditionsText(one.subject) !== conditionsText(other.subject)) return false;
  return other.peers.every((ends) => one.peers.some((wider) => isWithin(ends, wider)));
}

function isWithin(ends: FarEnds, wider: FarEnds): boolean {
  const has = (own: Conditions['all'], wanted: Conditions['all']): boolean =>
    wanted.every(({ text }) => own.some((each) => each.text === text));
  return has(ends.all, wider.all) && has(ends.none, wider.none) && hasNoAddress(withoutAddresses(ends.within, wider.within));
}

/** Everything in a product that is outside of another lies outside of it in one of its factors. */
function withoutTerm(from: Term, taken: Term): readonly Term[] {
  if (areDisjoint(from.subject, taken.subject)) return [from];
  const traffic = withoutTraffic(from.traffic, taken.traffic);
  if (trafficText(traffic) === trafficText(from.traffic)) return [from];
  const own = withoutAddresses(from.own ?? everyAddress, taken.own ?? everyAddress);
  if (rangesText(own) === rangesText(from.own ?? everyAddress)) return [from];
  const sources = withoutPorts(from.sources ?? allPorts, taken.sources ?? allPorts);
  if (portsText(sources) === portsText(from.sources ?? allPorts)) return [from];
  let peers = from.peers;
  for (const ends of taken.peers) peers = differentEnds(peers.flatMap((each) => withoutFarEnds(each, ends)));
  if (peers.length === from.peers.length && peers.every((ends, index) => ends === from.peers[index])) return [from];
  const pieces: Term[] = withoutConditions(from.subject, taken.subject).map((subject) => ({ ...from, subject }));
  if (peers.length > 0) pieces.push({ ...from, peers });
  if (!isNoTraffic(traffic)) pieces.push({ ...from, traffic });
  if (!hasNoAddress(own)) pieces.push({ ...from, own });
  // Where source ports matter to what is taken, so do ports: what has none is left as traffic.
  if (sources.length > 0) pieces.push({ ...from, traffic: portedTraffic(from.traffic), sources });
  return pieces;
}

function withoutFarEnds(from: FarEnds, taken: FarEnds): readonly FarEnds[] {
  if (areDisjoint(from, taken)) return [from];
  const within = withoutAddresses(from.within, taken.within);
  if (rangesText(within) === rangesText(from.within)) return [from];
  const pieces: FarEnds[] = withoutConditions(from, taken).map((conditions) => ({ ...conditions, within: from.within }));
  if (!hasNoAddress(within)) pieces.push({ ...from, within });
  return pieces;
}

/** Some condition of `taken` must fail. Pieces that nobody can be in are left out. */
function withoutConditions(from: Conditions, taken: Conditions): Conditions[] {
  const fails = taken.all.map((literal): Conditions => ({ all: from.all, none: [...from.none, literal] }));
  const holds = taken.none.map((literal): Conditions => ({ all: [...from.all, literal], none: from.none }));
  return [...fails, ...holds].filter(({ all, none }) => !none.some((unwanted) => all.some((wanted) => implies(wanted, unwanted))));
}

function different(terms: readonly Term[]): readonly Term[] {
  return terms.length < 2 ? terms : [...new Map(terms.map((term) => [termText(term), term])).values()];
}

function differentEnds(peers: readonly FarEnds[]): readonly FarEnds[] {
  return peers.length < 2 ? peers : [...new Map(peers.map((ends) => [endsText(ends), ends])).values()];
}

function termText({ subject, peers, traffic, own, sources }: Term): string {
  const parts = [conditionsText(subject), ...peers.map(endsText), trafficText(traffic)];
  return [...parts, rangesText(own ?? everyAddress), portsText(sources ?? allPorts)].join(' | ');
}

function endsText(ends: FarEnds): string {
  return `${conditionsText(ends)} @ ${rangesText(ends.within)}`;
}

function conditionsText({ all, none }: Conditions): string {
  return `${sortedTexts(all)} ! ${sortedTexts(none)}`;
}

function sortedTexts(literals: Conditions['all']): string {
  return [...new Set(literals.map(({ text }) => text))].sort().join(' & ');
}
