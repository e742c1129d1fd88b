/**
 * OVN match expressions as trees: what a rule matches is built and compared as data, and printed once at the end.
 *
 * The builders only build; `printMatch` (print.ts) writes the text and decides about parentheses.
 *
 * @source ovn-sb(5) Logical_Flow match
 */

/** A constant on the right-hand side of a comparison. */
export type MatchConstant =
  | { readonly kind: 'text'; readonly text: string } // an address, prefix, MAC or number, printed as it is
  | { readonly kind: 'string'; readonly value: string } // a port name, printed in double quotes
  | { readonly kind: 'addressSet'; readonly name: string } // $name
  | { readonly kind: 'portGroup'; readonly name: string }; // @name

export type MatchOperator = '==' | '!=' | '<' | '<=' | '>' | '>=';

/** A match expression. Trees are plain values: equal trees print equally. */
export type Match =
  | { readonly kind: 'constant'; readonly value: boolean }
  | { readonly kind: 'symbol'; readonly name: MatchSymbol }
  | { readonly kind: 'compare'; readonly field: MatchField; readonly operator: MatchOperator; readonly constants: readonly MatchConstant[] }
  | { readonly kind: 'range'; readonly field: MatchField; readonly low: number; readonly high: number }
  | { readonly kind: 'and' | 'or'; readonly terms: readonly Match[] }
  | { readonly kind: 'not'; readonly term: Match }
  | { readonly kind: 'raw'; readonly text: string };

/** Predicates: one-bit symbols that stand for a comparison, `ip4` for `eth.type == 0x800`. */
export type MatchSymbol =
  | 'ip'
  | 'ip4'
  | 'ip6'
  | 'arp'
  | 'nd'
  | 'nd_ns'
  | 'nd_na'
  | 'nd_rs'
  | 'nd_ra'
  | 'icmp'
  | 'icmp4'
  | 'icmp6'
  | 'tcp'
  | 'udp'
  | 'sctp'
  | 'eth.bcast'
  | 'eth.mcast'
  | 'ip4.mcast'
  | 'ip6.mcast'
  | 'ct.new'
  | 'ct.est'
  | 'ct.rel'
  | 'ct.rpl'
  | 'ct.inv'
  | 'ct.trk';

/** Fields that can be compared. */
export type MatchField =
  | 'inport'
  | 'outport'
  | 'eth.src'
  | 'eth.dst'
  | 'eth.type'
  | 'vlan.vid'
  | 'ip.proto'
  | 'ip.ttl'
  | 'ip.dscp'
  | 'ip4.src'
  | 'ip4.dst'
  | 'ip6.src'
  | 'ip6.dst'
  | 'arp.op'
  | 'arp.spa'
  | 'arp.tpa'
  | 'nd.target'
  | 'icmp4.type'
  | 'icmp4.code'
  | 'icmp6.type'
  | 'icmp6.code'
  | 'tcp.src'
  | 'tcp.dst'
  | 'udp.src'
  | 'udp.dst'
  | 'sctp.src'
  | 'sctp.dst'
  | 'pkt.mark'
  | 'ct_label'
  | 'ct_mark';

/** Matches every packet. */
export const everything: Match = { kind: 'constant', value: true };
/** Matches no packet. */
export const nothing: Match = { kind: 'constant', value: false };

/** A predicate, for example `symbol('ip4')`. */
export function symbol(name: MatchSymbol): Match {
  return { kind: 'symbol', name };
}

/** All of the terms; no terms match everything. Nested conjunctions are flattened. */
export function and(...terms: readonly Match[]): Match {
  return join('and', terms);
}

/** Any of the terms; no terms match nothing. Nested disjunctions are flattened. */
export function or(...terms: readonly Match[]): Match {
  return join('or', terms);
}

/** The opposite of the term. */
export function not(term: Match): Match {
  if (term.kind === 'constant') return term.value ? nothing : everything;
  return term.kind === 'not' ? term.term : { kind: 'not', term };
}

/** `field == constant`. */
export function eq(field: MatchField, constant: MatchConstant | string | number): Match {
  return { kind: 'compare', field, operator: '==', constants: [toConstant(constant)] };
}

/** `field != constant`. */
export function notEq(field: MatchField, constant: MatchConstant | string | number): Match {
  return { kind: 'compare', field, operator: '!=', constants: [toConstant(constant)] };
}

/** `field == {a, b, ...}`; an empty list matches nothing. */
export function inSet(field: MatchField, constants: readonly (MatchConstant | string | number)[]): Match {
  return constants.length === 0 ? nothing : { kind: 'compare', field, operator: '==', constants: constants.map(toConstant) };
}

/** `low <= field <= high`; one value when they are equal. */
export function inRange(field: MatchField, low: number, high: number): Match {
  return low === high ? eq(field, low) : { kind: 'range', field, low, high };
}

/** The address set `$name`. */
export function addressSet(name: string): MatchConstant {
  return { kind: 'addressSet', name };
}

/** The port group `@name`. */
export function portGroup(name: string): MatchConstant {
  return { kind: 'portGroup', name };
}

/** A logical port by name. */
export function port(name: string): MatchConstant {
  return { kind: 'string', value: name };
}

/** Text that a user wrote (Subnet.spec.acls[].match); it is put in parentheses wherever it is not alone. */
export function raw(text: string): Match {
  return { kind: 'raw', text };
}

function toConstant(constant: MatchConstant | string | number): MatchConstant {
  return typeof constant === 'object' ? constant : { kind: 'text', text: String(constant) };
}

function join(kind: 'and' | 'or', terms: readonly Match[]): Match {
  const neutral = kind === 'and';
  const flat = terms
    .flatMap((term) => (term.kind === kind ? term.terms : [term]))
    .filter((term) => !(term.kind === 'constant' && term.value === neutral));
  if (flat.some((term) => term.kind === 'constant')) return neutral ? nothing : everything;
  const [only] = flat;
  if (only === undefined) return neutral ? everything : nothing;
  return flat.length === 1 ? only : { kind, terms: flat };
}
