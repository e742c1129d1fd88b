/** What depends on a set of pods: the roles that it gives them, the groups that it decides on, the names of ports that are asked of it. */
import type { Role } from '../acl/defaults.ts';
import type { BornNumber } from '../acl/rule-terms.ts';
import type { Remainder } from '../acl/match.ts';
import type { Group, NamedNumber } from '../group/group.ts';
import type { ContainerPort, PodSet } from '../model.ts';
import type { Filed } from '../select/label-index.ts';

/** A role that policies give some interfaces of a set's pods. */
export interface RoleUse {
  readonly role: Role;
  readonly networks: readonly string[] | undefined;
  /** What the interfaces must have. */
  readonly traits: readonly string[];
  /** How many policies give it. */
  uses: number;
}

/** A port group that is wanted. */
export interface GroupEntry {
  readonly group: Group;
  /** How many policies name it, and address sets follow from it. */
  uses: number;
  /** Address sets that follow from its members; few groups have any. */
  remainders: Set<string> | undefined;
}

/** Address sets that are wanted. */
export interface RemainderEntry {
  readonly remainder: Remainder;
  uses: number;
}

/** The numbers behind a name of container ports, among the pods of a set. */
export class NameCount {
  readonly name: string;
  /** Keys of the policies that ask. */
  readonly users: Set<string> = new Set();
  /** As told when a policy was last compiled with it. */
  told = '';
  readonly #numbers = new Map<string, { readonly number: NamedNumber; pods: number }>();

  constructor(name: string) {
    this.name = name;
  }

  /** @param step 1 for a pod that came, -1 for one that went */
  count(ports: readonly ContainerPort[], step: 1 | -1): void {
    const own = ports.filter(({ name }) => name === this.name);
    for (const [index, { name, protocol, port }] of own.entries()) {
      if (own.findIndex((other) => other.protocol === protocol && other.port === port) < index) continue;
      const key = `${protocol}/${port}`;
      const known = this.#numbers.get(key) ?? { number: { name, protocol, port }, pods: 0 };
      known.pods += step;
      if (known.pods === 0) this.#numbers.delete(key);
      else this.#numbers.set(key, known);
    }
  }

  /** In a fixed order. @param pods how many pods the set has */
  numbers(pods: number): BornNumber[] {
    const sorted = [...this.#numbers].sort(([a], [b]) => (a < b ? -1 : 1));
    return sorted.map(([, { number, pods: bearers }]) => ({ ...number, isEveryone: bearers === pods }));
  }

  /** Text that is equal while policies need not be compiled anew. */
  signature(pods: number): string {
    return this.numbers(pods)
      .map(({ protocol, port, isEveryone }) => `${protocol}/${port}${isEveryone ? '!' : ''}`)
      .join(' ');
  }
}

/** A set of pods that policies name. There is one for nearly each policy, with a role or two and a group: short lists, made anew for each change. */
export class SetEntry implements Filed {
  readonly set: PodSet;
  readonly text: string;
  /** Why it is kept: one for each role, group and name. */
  uses = 0;
  roles: readonly RoleUse[] = [];
  /** Groups whose first condition this set is. */
  groups: readonly GroupEntry[] = [];
  /** Most sets have none. */
  names: Map<string, NameCount> | undefined;
  /** Pods of the set; counted only while names are asked for. */
  pods = 0;

  constructor(set: PodSet, text: string) {
    this.set = set;
    this.text = text;
  }
}
