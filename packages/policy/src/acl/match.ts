/**
 * Terms → matches, one per group of subjects, and the port groups and address sets that they name.
 *
 * A match names one port group, the one that holds the rule: on a switch where a second one had no port, OVN would lose the rule. Far
 * ends are address sets, those that OVN derives from port groups among them, which may be empty.
 */
import type { Family } from '@kube-ovn/ipam';
import { addressSet, and, eq, inSet, type Match, type MatchField, or, portGroup, portGroupAddressSet, symbol } from '@kube-ovn/ovn-model';
import { contentName } from '../group/content-name.ts';
import { type Group, groupOf } from '../group/group.ts';
import type { Conditions } from '../group/implication.ts';
import type { Direction } from '../model.ts';
import { type AddressRanges, everyAddress, families, isEveryAddress, prefixesOf, rangesText } from './addresses.ts';
import { trafficMatch } from './protocols.ts';
import type { FarEnds, Term } from './term.ts';

/** Addresses that are in some ranges and of no pod of some groups: two address sets, `name_ip4` and `name_ip6`. */
export interface Remainder {
  readonly name: string;
  readonly within: AddressRanges;
  readonly without: readonly Group[];
}

/** What one group of subjects is told. */
export interface SubjectMatch {
  /** Holds the rule. */
  readonly subject: Group;
  readonly match: Match;
  readonly terms: readonly Term[];
}

/** Matches, with what must exist for them to parse. */
export interface TermsMatch {
  readonly subjects: readonly SubjectMatch[];
  readonly groups: readonly Group[];
  readonly remainders: readonly Remainder[];
}

/** How terms are to be read. */
export interface Reading {
  readonly direction: Direction;
  /** Interfaces of subjects and peers; all when absent. */
  readonly networks?: readonly string[] | undefined;
}

/** One match per group of subjects, for all of its terms. */
export function termsMatch(terms: readonly Term[], { direction, networks }: Reading): TermsMatch {
  const groups = new Map<string, Group>();
  const remainders = new Map<string, Remainder>();
  // A far end is read once for each family; a name costs a hash.
  const known = new Map<Conditions, Group>();
  const group = (conditions: Conditions): Group => {
    const made = known.get(conditions) ?? groupOf(conditions.all, conditions.none, networks);
    known.set(conditions, made);
    groups.set(made.name, made);
    return made;
  };
  const remainder = ({ none, within }: FarEnds): Remainder => {
    const without = none.map((literal) => group({ all: [literal], none: [] }));
    const name = contentName('others', `${rangesText(within)} ! ${without.map(({ name: own }) => own).join(' ! ')}`);
    const made = { name, within, without };
    remainders.set(name, made);
    return made;
  };
  const bySubject = new Map<string, { readonly subject: Group; readonly terms: Term[] }>();
  for (const term of terms) {
    const subject = group(term.subject);
    const same = bySubject.get(subject.name);
    if (same === undefined) bySubject.set(subject.name, { subject, terms: [term] });
    else same.terms.push(term);
  }
  const subjects = [...bySubject.values()].map(({ subject, terms: own }): SubjectMatch => {
    const port = eq(direction === 'ingress' ? 'outport' : 'inport', portGroup(subject.name));
    const parts = own.map((term) => partMatch(endMatches(term, { direction, group, remainder }), trafficMatch(term.traffic, term.sources)));
    return { subject, terms: own, match: and(port, or(...parts)) };
  });
  // What only IPv4 comes to and only IPv6 comes from is nothing.
  const possible = subjects.filter(({ match }) => match.kind !== 'constant');
  return { subjects: possible, groups: [...groups.values()], remainders: [...remainders.values()] };
}

/** Only IP packets are judged; where neither a far end nor a port says so, it must be said. */
function partMatch(far: Readonly<Record<Family, Match>>, kind: Match): Match {
  const isAnyone = families.every((family) => far[family].kind === 'symbol');
  if (!isAnyone) return and(or(far[4], far[6]), kind);
  return kind.kind === 'constant' && kind.value ? symbol('ip') : kind;
}

interface Far {
  readonly direction: Direction;
  readonly group: (conditions: Conditions) => Group;
  readonly remainder: (ends: FarEnds) => Remainder;
}

function endMatches({ peers, own = everyAddress }: Term, far: Far): Record<Family, Match> {
  const match = (family: Family): Match => {
    const farEnd = farMatch(peers, far, family);
    if (isEveryAddress(own, family)) return farEnd;
    return and(farEnd, inSet(`ip${family}.${far.direction === 'ingress' ? 'dst' : 'src'}`, prefixesOf(own, family)));
  };
  return { 4: match(4), 6: match(6) };
}

/** The far ends of one family: one comparison with everything that is a plain set, and one more for each that is cut to ranges. */
function farMatch(peers: readonly FarEnds[], { direction, group, remainder }: Far, family: Family): Match {
  const field: MatchField = `ip${family}.${direction === 'ingress' ? 'src' : 'dst'}`;
  const plain = new Set<string>();
  const sets = new Set<string>();
  const cut: Match[] = [];
  for (const ends of peers) {
    const { all, none, within } = ends;
    if (within[family].length === 0) continue;
    if (all.length === 0 && none.length === 0) {
      if (isEveryAddress(within, family)) return symbol(`ip${family}`);
      for (const prefix of prefixesOf(within, family)) plain.add(prefix);
    } else if (all.length === 0) {
      sets.add(portGroupAddressSet(remainder(ends).name, family));
    } else {
      const name = portGroupAddressSet(group(ends).name, family);
      if (isEveryAddress(within, family)) sets.add(name);
      else cut.push(and(eq(field, addressSet(name)), inSet(field, prefixesOf(within, family))));
    }
  }
  return or(inSet(field, [...[...sets].sort().map(addressSet), ...plain]), ...cut);
}
