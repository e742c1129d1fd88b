/** What conditions on pods say of each other, as far as their texts tell. What is not known to follow is taken not to. */
import type { NamespaceScope, Requirement, Selector } from '../model.ts';
import { selectorText } from '../select/selector.ts';
import type { Literal } from './group.ts';

/** True when every pod that meets the one condition is known to meet the other. */
export function implies(one: Literal, other: Literal): boolean {
  if (one.text === other.text) return true;
  if (other.number !== undefined && other.text.slice(other.setText.length) !== one.text.slice(one.setText.length)) return false;
  return isNarrower(one.set.pods, other.set.pods) && isScopeNarrower(one.set.namespaces, other.set.namespaces);
}

/** True when no pod can be in both: one asks for all of what the other has none of. */
export function areDisjoint(one: Conditions, other: Conditions): boolean {
  const contradict = (all: readonly Literal[], none: readonly Literal[]): boolean =>
    none.some((unwanted) => all.some((wanted) => implies(wanted, unwanted)));
  return contradict(one.all, other.none) || contradict(other.all, one.none);
}

/** All of some conditions, none of others. */
export interface Conditions {
  readonly all: readonly Literal[];
  readonly none: readonly Literal[];
}

function isNarrower(one: Selector, other: Selector): boolean {
  const known = new Set(one.requirements.map(textOf));
  return other.requirements.every((requirement) => known.has(textOf(requirement)));
}

function isScopeNarrower(one: NamespaceScope, other: NamespaceScope): boolean {
  if (other.kind === 'name') return one.kind === 'name' && one.name === other.name;
  if (one.kind === 'name') return other.selector.requirements.length === 0;
  return isNarrower(one.selector, other.selector);
}

function textOf(requirement: Requirement): string {
  return selectorText({ requirements: [requirement] });
}
