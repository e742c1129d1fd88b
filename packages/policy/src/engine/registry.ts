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
    const before = entry.roles.size;
    for (const role of given) {
      const key = networks === undefined ? role : `${role} ${networks.join(',')}`;
      const known = entry.roles.get(key) ?? { role, networks, traits: traitsAsked(subject.pods), uses: 0 };
      known.uses += step;
      if (known.uses === 0) entry.roles.delete(key);
      else entry.roles.set(key, known);
      this.#countRole(role, step);
    }
    if (entry.roles.size !== before) this.#touchPods(entry);
    if (step === -1) this.#release(entry);
  }

  /** Note that a policy asks for a name. */
  addName({ set, name }: NameUse, policy: string): void {
    const entry = this.#acquire(set, podSetText(set));
    let count = entry.names.get(name);
    if (count === undefined) {
      const pods = this.#index.podsOf(set);
      entry.names.set(name, (count = new NameCount(name)));
      entry.pods = pods.length;
      for (const { pod } of pods) count.count(pod.ports, 1);
    }
    if (count.users.has(policy)) this.#release(entry);
    count.users.add(policy);
  }

  deleteName({ set, name }: NameUse, policy: string): void {
    const entry = this.#sets.get(podSetText(set));
    const count = entry?.names.get(name);
    if (entry === undefined || count?.users.delete(policy) !== true) return;
    if (count.users.size === 0) {
      entry.names.delete(name);
      this.dirtyNames.delete(count);
    }
    this.#release(entry);
  }

  /** @throws {Error} bug: nobody asked for the name */
  nameCount({ set, name }: NameUse): { readonly count: NameCount; readonly pods: number } {
    const entry = this.#entry(podSetText(set));
    const count = entry.names.get(name);
    if (count === undefined) throw new Error(`bug: nobody asked for ${name} among ${entry.text}`);
    return { count, pods: entry.pods };
  }

  useGroup(group: Group): void {
    const known = this.groups.get(group.name);
    if (known !== undefined) {
      known.uses += 1;
      return;
    }
    const made: GroupEntry = { group, uses: 1, remainders: new Set() };
    this.groups.set(group.name, made);
    this.dirtyRows.add(group.name);
    const [first] = [...group.all, ...group.none].map(({ set, setText }) => this.#acquire(set, setText));
    first?.groups.add(made);
    if (first !== undefined) this.#touchPods(first);
  }

  releaseGroup({ name }: Group): void {
    const known = this.groups.get(name);
    if (known === undefined) return;
    known.uses -= 1;
    if (known.uses > 0) return;
    this.groups.delete(name);
    this.dirtyRows.add(name);
    const [first, ...others] = [...known.group.all, ...known.group.none].map(({ setText }) => this.#entry(setText));
    first?.groups.delete(known);
    if (first !== undefined) this.#touchPods(first);
    for (const entry of first === undefined ? [] : [first, ...others]) this.#release(entry);
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
      this.groups.get(group.name)?.remainders.add(name);
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
      this.groups.get(group.name)?.remainders.delete(name);
      this.releaseGroup(group);
    }
  }

  /** Note that interfaces came into groups, or left them. */
  noteMoved(memberships: readonly Membership[]): void {
    for (const { groups } of memberships) {
      for (const name of groups) {
        const entry = this.groups.get(name);
        if (entry !== undefined && entry.remainders.size > 0) for (const one of entry.remainders) this.dirtyRemainders.add(one);
      }
    }
  }

  #count(entry: SetEntry, { pod }: PodRecord, step: 1 | -1): void {
    if (entry.names.size === 0) return;
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

  #touchPods({ set }: SetEntry): void {
    for (const record of this.#index.podsOf(set)) this.dirtyPods.add(record);
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
    this.#sets.delete(entry.text);
    this.#index.deleteSet(entry);
  }
}
