/**
 * The sets of pods, port groups and address sets that policies name, each once for as long as any policy names it, and the pods that
 * they are about. What changes is noted for the next flush; nothing is worked out here.
 */
import type { Remainder } from '../acl/match.ts';
import { type Role, rolesOf } from '../acl/defaults.ts';
import { type NameUse } from '../acl/rule-terms.ts';
import type { Group } from '../group/group.ts';
import { traitsAsked } from '../group/traits.ts';
import type { Labels, Pod, PodSet, Policy } from '../model.ts';
import { LabelIndex, type Placed } from '../select/label-index.ts';
import { podSetText } from '../select/selector.ts';
import type { Membership } from './membership.ts';
import { type GroupEntry, NameCount, type RemainderEntry, SetEntry } from './set-entry.ts';

/** A pod that policies can be about. */
export interface PodRecord extends Placed {
  readonly key: string;
  readonly pod: Pod;
  /** As of the last flush. */
  memberships: readonly Membership[];
}

export class Registry {
  readonly #index = new LabelIndex<SetEntry, PodRecord>();
  readonly #sets = new Map<string, SetEntry>();
  readonly groups: Map<string, GroupEntry> = new Map();
  readonly remainders: Map<string, RemainderEntry> = new Map();
  readonly roles: Map<Role, number> = new Map();
  /** Pods whose groups may have changed. */
  readonly dirtyPods: Set<PodRecord> = new Set();
  /** Sets of which that is true of every pod. */
  readonly #dirtySets = new Set<SetEntry>();
  /** Groups, address sets and roles that came or went. */
  readonly dirtyRows: Set<string> = new Set();
  readonly dirtyRemainders: Set<string> = new Set();
  /** Names whose numbers may have changed. */
  readonly dirtyNames: Map<NameCount, SetEntry> = new Map();

  addPod(record: PodRecord): void {
    for (const entry of this.#index.addPod(record)) this.#count(entry, record, 1);
    this.dirtyPods.add(record);
  }

  deletePod(record: PodRecord): void {
    for (const entry of this.#index.setsOf(record)) this.#count(entry, record, -1);
    this.#index.deletePod(record);
    this.dirtyPods.delete(record);
    this.noteMoved(record.memberships);
  }

  setNamespace(name: string, labels: Labels | undefined): void {
    for (const { pod, gained, lost } of this.#index.setNamespace(name, labels)) {
      for (const entry of gained) this.#count(entry, pod, 1);
      for (const entry of lost) this.#count(entry, pod, -1);
      this.dirtyPods.add(pod);
    }
  }

  /** The sets that hold a pod. */
  setsOf(record: PodRecord): SetEntry[] {
    return this.#index.setsOf(record);
  }

  podsOf(set: PodSet): PodRecord[] {
    return this.#index.podsOf(set);
  }

  /** Count the roles that a policy gives. @param step 1 for a policy that came, -1 for one that went */
  useRoles(policy: Policy, step: 1 | -1): void {
    const given = rolesOf(policy);
    if (given.length === 0) return;
    const { subject, networks } = policy;
    const text = podSetText(subject);
    const entry = step === 1 ? this.#acquire(subject, text) : this.#entry(text);
    const before = entry.roles.length;
    for (const role of given) {
      const known = entry.roles.find((use) => use.role === role && areSameNetworks(use.networks, networks));
      const use = known ?? { role, networks, traits: traitsAsked(subject.pods), uses: 0 };
      use.uses += step;
      if (known === undefined) entry.roles = [...entry.roles, use];
      else if (known.uses === 0) entry.roles = entry.roles.filter((other) => other !== known);
      this.#countRole(role, step);
    }
    if (entry.roles.length !== before) this.#dirtySets.add(entry);
    if (step === -1) this.#release(entry);
  }

  /** Note that a policy asks for a name. */
  addName({ set, name }: NameUse, policy: string): void {
    const entry = this.#acquire(set, podSetText(set));
    const names = (entry.names ??= new Map<string, NameCount>());
    let count = names.get(name);
    if (count === undefined) {
      const pods = this.#index.podsOf(set);
      names.set(name, (count = new NameCount(name)));
      entry.pods = pods.length;
      for (const { pod } of pods) count.count(pod.ports, 1);
    }
    if (count.users.has(policy)) this.#release(entry);
    count.users.add(policy);
  }

  deleteName({ set, name }: NameUse, policy: string): void {
    const entry = this.#sets.get(podSetText(set));
    const count = entry?.names?.get(name);
    if (entry?.names === undefined || count?.users.delete(policy) !== true) return;
    if (count.users.size === 0) {
      entry.names.delete(name);
      this.dirtyNames.delete(count);
    }
    this.#release(entry);
  }

  /** @throws {Error} bug: nobody asked for the name */
  nameCount({ set, name }: NameUse): { readonly count: NameCount; readonly pods: number } {
    const entry = this.#entry(podSetText(set));
    const count = entry.names?.get(name);
    if (count === undefined) throw new Error(`bug: nobody asked for ${name} among ${entry.text}`);
    return { count, pods: entry.pods };
  }

  useGroup(group: Group): void {
    const known = this.groups.get(group.name);
    if (known !== undefined) {
      known.uses += 1;
      return;
    }
    const made: GroupEntry = { group, uses: 1, remainders: undefined };
    this.groups.set(group.name, made);
    this.dirtyRows.add(group.name);
    const [first] = [...group.all, ...group.none].map(({ set, setText }) => this.#acquire(set, setText));
    if (first === undefined) return;
    first.groups = [...first.groups, made];
    this.#dirtySets.add(first);
  }

  releaseGroup({ name }: Group): void {
    const known = this.groups.get(name);
    if (known === undefined) return;
    known.uses -= 1;
    if (known.uses > 0) return;
    this.groups.delete(name);
    this.dirtyRows.add(name);
    const [first, ...others] = [...known.group.all, ...known.group.none].map(({ setText }) => this.#entry(setText));
    if (first === undefined) return;
    first.groups = first.groups.filter((entry) => entry !== known);
    this.#dirtySets.add(first);
    for (const entry of [first, ...others]) this.#release(entry);
  }

  useRemainder(remainder: Remainder): void {
    const { name, without } = remainder;
    const known = this.remainders.get(name) ?? { remainder, uses: 0 };
    known.uses += 1;
    this.remainders.set(name, known);
    if (known.uses > 1) return;
    this.dirtyRemainders.add(name);
    for (const group of without) {
      this.useGroup(group);
      const entry = this.groups.get(group.name);
      if (entry !== undefined) (entry.remainders ??= new Set()).add(name);
    }
  }

  releaseRemainder({ name, without }: Remainder): void {
    const known = this.remainders.get(name);
    if (known === undefined) return;
    known.uses -= 1;
    if (known.uses > 0) return;
    this.remainders.delete(name);
    this.dirtyRemainders.add(name);
    for (const group of without) {
      this.groups.get(group.name)?.remainders?.delete(name);
      this.releaseGroup(group);
    }
  }

  /** Note that interfaces came into groups, or left them. */
  noteMoved(memberships: readonly Membership[]): void {
    if (this.remainders.size === 0) return;
    for (const { groups } of memberships) {
      for (const name of groups) for (const one of this.groups.get(name)?.remainders ?? []) this.dirtyRemainders.add(one);
    }
  }

  /** Note the pods of all sets that changed. */
  findDirtyPods(): void {
    for (const entry of this.#dirtySets) this.#notePods(entry);
    this.#dirtySets.clear();
  }

  #notePods({ set }: SetEntry): void {
    for (const record of this.#index.podsOf(set)) this.dirtyPods.add(record);
  }

  #count(entry: SetEntry, { pod }: PodRecord, step: 1 | -1): void {
    if (entry.names === undefined || entry.names.size === 0) return;
    entry.pods += step;
    for (const count of entry.names.values()) {
      count.count(pod.ports, step);
      this.dirtyNames.set(count, entry);
    }
  }

  #countRole(role: Role, step: 1 | -1): void {
    const before = this.roles.get(role) ?? 0;
    const after = before + step;
    if (after === 0) this.roles.delete(role);
    else this.roles.set(role, after);
    if (before === 0 || after === 0) this.dirtyRows.add(role);
  }

  #acquire(set: PodSet, text: string): SetEntry {
    let entry = this.#sets.get(text);
    if (entry === undefined) {
      this.#sets.set(text, (entry = new SetEntry(set, text)));
      this.#index.addSet(entry);
    }
    entry.uses += 1;
    return entry;
  }

  #entry(text: string): SetEntry {
    const entry = this.#sets.get(text);
    if (entry === undefined) throw new Error(`bug: ${text} is released and was not acquired`);
    return entry;
  }

  #release(entry: SetEntry): void {
    entry.uses -= 1;
    if (entry.uses > 0) return;
    // Who was in a set that the index has forgotten cannot be told any more once a namespace changes.
    if (this.#dirtySets.delete(entry)) this.#notePods(entry);
    this.#sets.delete(entry.text);
    this.#index.deleteSet(entry);
  }
}

function areSameNetworks(one: readonly string[] | undefined, other: readonly string[] | undefined): boolean {
  return one === other || (one?.length === other?.length && one?.every((network, index) => network === other?.[index]) === true);
}
