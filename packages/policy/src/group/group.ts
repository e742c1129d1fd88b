/**
 * Groups of pods, as rules name them: those that some sets hold and others do not, perhaps by the number that they give a port.
 *
 * A group is a port group. OVN derives its addresses from it (`$name_ip4`, `$name_ip6`), so one row and one membership per pod serve
 * subjects and peers alike.
 * @source ovn-nb(5) Port_Group: "For each port group, there are two address sets generated"
 */
import type { PodSet, Protocol } from '../model.ts';
import { podSetText } from '../select/selector.ts';
import { contentName } from './content-name.ts';
import { traitsAsked } from './traits.ts';

/** A container port by name, and the number and protocol that it has. */
export interface NamedNumber {
  readonly name: string;
  readonly protocol: Protocol;
  readonly port: number;
}

/** A condition on a pod: a set holds it and, where a number is stated, its containers give a port that name and number. */
export interface Literal {
  readonly set: PodSet;
  readonly number?: NamedNumber;
  /** What an interface must have beside its pod. */
  readonly traits: readonly string[];
  /** Equal for equal sets and for no others. */
  readonly setText: string;
  /** Equal for equal literals and for no others. */
  readonly text: string;
}

/** Pods that meet all of some conditions and none of others. */
export interface Group {
  /** At least one. */
  readonly all: readonly Literal[];
  readonly none: readonly Literal[];
  /** Which interfaces of the pods; all when absent. */
  readonly networks?: readonly string[];
  /** Name of the Port_Group. */
  readonly name: string;
  /** What it holds, in words. */
  readonly text: string;
}

export function literalOf(set: PodSet, number?: NamedNumber): Literal {
  const setText = podSetText(set);
  const traits = traitsAsked(set.pods);
  return number === undefined
    ? { set, traits, setText, text: setText }
    : { set, number, traits, setText, text: `${setText} ${number.name}=${number.protocol}/${number.port}` };
}

/** Equal conditions in any order make one group. */
export function groupOf(all: readonly Literal[], none: readonly Literal[], networks?: readonly string[]): Group {
  const wanted = sorted(all);
  const unwanted = sorted(none);
  const parts = [wanted.map(({ text }) => text).join(' & '), ...unwanted.map(({ text }) => `! ${text}`)];
  if (networks !== undefined) parts.push(`@ ${networks.toSorted().join(',')}`);
  const text = parts.join(' ');
  const group = { all: wanted, none: unwanted, name: contentName('pods', text), text };
  return networks === undefined ? group : { ...group, networks };
}

function sorted(literals: readonly Literal[]): Literal[] {
  if (literals.length < 2) return [...literals];
  const byText = new Map(literals.map((literal) => [literal.text, literal]));
  return [...byText.values()].sort((a, b) => (a.text < b.text ? -1 : 1));
}
