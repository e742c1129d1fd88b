/** What a match expression says of a packet, with port groups and address sets looked up. @source ovn-sb(5) Logical_Flow match */
import { parseAddress, prefixContains, readAddress, readPrefix } from '@kube-ovn/ipam';
import type { Match, MatchConstant } from '@kube-ovn/ovn-model';
import type { Northbound } from './northbound.ts';

/** The fields that a packet has; a predicate that does not hold is absent, like a field of another protocol. */
export type Packet = Readonly<Record<string, string | number | true>>;

/**
 * Predicates and fields that OVN refuses to see negated, whichever way it is written.
 *
 * @source ovn-sb(5) Logical_Flow match, nominal fields; ovn-trace(8) says "may only be tested positively, e.g. `tcp' ... but not `!tcp'"
 */
const nominal: ReadonlySet<string> = new Set(
  'ip ip4 ip6 icmp nd arp tcp udp sctp icmp4 icmp6 inport outport eth.type ip.proto arp.op icmp4.type icmp4.code icmp6.type icmp6.code'.split(
    ' ',
  ),
);

/**
 * Whether the packet matches.
 *
 * A comparison brings its prerequisites along: `tcp.dst != 80` matches no UDP packet. Negation moves inwards and leaves them in place.
 * @throws {Error} on a port group or address set that is not there, on an address set with addresses of the wrong family, and where
 *   OVN refuses the expression for a negated nominal field
 */
export function matches(match: Match, packet: Packet, names: Northbound, isNegated = false): boolean {
  switch (match.kind) {
    case 'constant':
      return match.value !== isNegated;
    case 'symbol':
      if (isNegated && nominal.has(match.name)) throw new Error(`!${match.name}: a nominal predicate is tested positively alone`);
      return (packet[match.name] === true) !== isNegated;
    case 'compare': {
      if ((match.operator === '!=') !== isNegated && nominal.has(match.field))
        throw new Error(`${match.field} is tested for equality alone`);
      // Nothing is in an empty address set: OVN makes that a constant, which needs no prerequisite.
      if (match.constants.every((constant) => isEmptySet(constant, names))) return (match.operator === '!=') !== isNegated;
      const value = packet[match.field];
      if (value === undefined || value === true) return false;
      return compare(match, { value, names }) !== isNegated;
    }
    case 'range': {
      const value = packet[match.field];
      if (typeof value !== 'number') return false;
      return (match.low <= value && value <= match.high) !== isNegated;
    }
    case 'and':
    case 'or': {
      const isEvery = (match.kind === 'and') !== isNegated;
      return isEvery
        ? match.terms.every((term) => matches(term, packet, names, isNegated))
        : match.terms.some((term) => matches(term, packet, names, isNegated));
    }
    case 'not':
      return matches(match.term, packet, names, !isNegated);
    case 'raw':
      throw new Error('text was parsed already');
  }
}

function isEmptySet(constant: MatchConstant, { addressSets }: Northbound): boolean {
  return constant.kind === 'addressSet' && addressSets.get(constant.name)?.length === 0;
}

interface Looked {
  readonly value: string | number;
  readonly names: Northbound;
}

function compare({ operator, constants, field }: Match & { kind: 'compare' }, { value, names }: Looked): boolean {
  if (operator === '==' || operator === '!=') {
    return constants.some((constant) => equals(constant, { value, names })) === (operator === '==');
  }
  const [constant] = constants;
  if (constants.length !== 1 || constant?.kind !== 'text' || typeof value !== 'number')
    throw new Error(`${field} ${operator} takes one number`);
  const number = Number(constant.text);
  switch (operator) {
    case '<':
      return value < number;
    case '<=':
      return value <= number;
    case '>':
      return value > number;
    case '>=':
      return value >= number;
  }
}

function equals(constant: MatchConstant, { value, names }: Looked): boolean {
  switch (constant.kind) {
    case 'string':
      return constant.value === value;
    case 'text':
      return typeof value === 'number' ? Number(constant.text) === value : isIn(constant.text, value);
    case 'portGroup': {
      const ports = names.portGroups.get(constant.name);
      if (ports === undefined) throw new Error(`@${constant.name} is no port group`);
      return typeof value === 'string' && ports.has(value);
    }
    case 'addressSet': {
      const addresses = names.addressSets.get(constant.name);
      if (addresses === undefined) throw new Error(`$${constant.name} is no address set`);
      return typeof value === 'string' && addresses.map((address) => isIn(address, value)).includes(true);
    }
  }
}

/** Whether an address is the one given, or in the block given, which must be of its family. */
function isIn(text: string, address: string): boolean {
  const value = parseAddress(address);
  const one = readAddress(text);
  const block = readPrefix(text);
  if ((one ?? block)?.family !== value.family) throw new Error(`${text} is compared with ${address}`);
  if (block !== undefined) return prefixContains(block, value);
  return one?.value === value.value;
}
