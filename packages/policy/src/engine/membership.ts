/** Which port groups an interface is in, given the sets that hold its pod. */
import type { Role } from '../acl/defaults.ts';
import type { Literal } from '../group/group.ts';
import type { Conditions } from '../group/implication.ts';
import { hasTraits } from '../group/traits.ts';
import type { Direction, Interface, Pod } from '../model.ts';
import type { SetEntry } from './set-entry.ts';

/** An interface, and the names of the port groups that it is in, in order. */
export interface Membership {
  readonly interface: Interface;
  readonly groups: readonly string[];
}

/** A pod, with what is known around it. */
export interface Seen {
  readonly pod: Pod;
  /** The sets that hold it. */
  readonly sets: readonly SetEntry[];
  /** The port groups of its node, when that is there. */
  readonly nodeGroups: Readonly<Record<Direction, string>> | undefined;
}

/** The role by which a node may reach its pod, and those by which a pod may reach its node. */
const guarded: Role = 'guarded.ingress';
const isolated: readonly Role[] = ['isolated.egress', 'isolated.egress.lax'];

/** The port groups of each interface. @complexity in proportion to the groups that the pod's sets decide on */
export function membershipsOf({ pod, sets, nodeGroups }: Seen): Membership[] {
  const texts = new Set(sets.map(({ text }) => text));
  return pod.interfaces.map((own) => {
    const names = new Set<string>();
    for (const { groups, roles } of sets) {
      for (const { group } of groups) {
        if (isAmong(own, group.networks) && meets({ pod, interface: own }, group, texts)) names.add(group.name);
      }
      for (const { role, networks, traits } of roles) if (isAmong(own, networks) && hasTraits(own, traits)) names.add(role);
    }
    if (nodeGroups !== undefined) {
      if (names.has(guarded)) names.add(nodeGroups.ingress);
      if (isolated.some((role) => names.has(role))) names.add(nodeGroups.egress);
    }
    return { interface: own, groups: [...names].sort() };
  });
}

/** Whether the same ports are in the same groups. */
export function areSame(one: readonly Membership[], other: readonly Membership[]): boolean {
  return one.length === other.length && one.every((membership, index) => isSame(membership, other[index]));
}

function isSame({ interface: { port }, groups }: Membership, other: Membership | undefined): boolean {
  if (other === undefined || port !== other.interface.port || groups.length !== other.groups.length) return false;
  return groups.every((name, index) => name === other.groups[index]);
}

/** An interface of a pod. */
export interface Attached {
  readonly pod: Pod;
  readonly interface: Interface;
}

/** Whether an interface is in a group, but for its network. @param sets texts of the sets that hold the pod */
export function meets(own: Attached, { all, none }: Conditions, sets: ReadonlySet<string>): boolean {
  return all.every((literal) => meetsLiteral(own, literal, sets)) && !none.some((literal) => meetsLiteral(own, literal, sets));
}

/** Whether an interface is of the networks that a policy is for. */
export function isAmong({ network }: Interface, networks: readonly string[] | undefined): boolean {
  return networks === undefined || networks.includes(network);
}

function meetsLiteral(
  { pod: { ports }, interface: own }: Attached,
  { number, setText, traits }: Literal,
  sets: ReadonlySet<string>,
): boolean {
  if (!sets.has(setText) || !hasTraits(own, traits)) return false;
  if (number === undefined) return true;
  return ports.some(({ name, protocol, port }) => name === number.name && protocol === number.protocol && port === number.port);
}
