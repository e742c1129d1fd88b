/**
 * What an interface has beside its pod's labels: its security groups and its Subnet. Selectors ask for it by keys that no label can
 * have, so that the index of labels finds by traits as well; whether the very interface has the trait is asked in the end.
 */
import type { Interface, Labels, Pod, PodSet, Selector } from '../model.ts';
import { everySelector, selectorOf } from '../select/selector.ts';

/** A space: no key of a label has one. */
const groupPrefix = 'security group ';
const subnetPrefix = 'subnet ';

/** The interfaces that name a security group. */
export function membersOf(securityGroup: string): PodSet {
  return withTrait(`${groupPrefix}${securityGroup}`);
}

/** The interfaces that are in a Subnet. */
export function insideOf(subnet: string): PodSet {
  return withTrait(`${subnetPrefix}${subnet}`);
}

/** The traits that a selector asks for. */
export function traitsAsked({ requirements }: Selector): readonly string[] {
  if (requirements.length === 0) return none;
  const asked = requirements.filter(({ key }) => isTrait(key)).map(({ key }) => key);
  return asked.length === 0 ? none : asked;
}

/** Whether an interface has them all. */
export function hasTraits(own: Interface, traits: readonly string[]): boolean {
  return traits.every((trait) => traitsOf(own).includes(trait));
}

/** A pod's labels, and what any of its interfaces has. @param isGroup whether a security group is there: one that is not has no members */
export function withTraits({ labels, interfaces }: Pod, isGroup: (name: string) => boolean): Labels {
  const traits = interfaces.flatMap(({ securityGroups = [], subnet }) =>
    traitsOf({ securityGroups: securityGroups.filter(isGroup), subnet }),
  );
  return traits.length === 0 ? labels : { ...labels, ...Object.fromEntries(traits.map((trait) => [trait, ''])) };
}

interface Traits {
  readonly securityGroups?: readonly string[] | undefined;
  readonly subnet?: string | undefined;
}

const none: readonly string[] = [];

function traitsOf({ securityGroups = [], subnet }: Traits): string[] {
  const groups = securityGroups.map((name) => `${groupPrefix}${name}`);
  return subnet === undefined ? groups : [...groups, `${subnetPrefix}${subnet}`];
}

function isTrait(key: string): boolean {
  return key.startsWith(groupPrefix) || key.startsWith(subnetPrefix);
}

function withTrait(key: string): PodSet {
  const pods = selectorOf([{ key, operator: 'Exists', values: [] }]);
  return { namespaces: { kind: 'labels', selector: everySelector }, pods };
}
