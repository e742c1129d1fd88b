/**
 * Policies, pods, namespaces and nodes, as they come and go → fragments, as they change.
 *
 * Objects are stated by key, and `flush` works out what all statements since the last one change. What is wanted follows from the
 * objects alone, never from the order in which they were stated. A pod costs time in proportion to the groups that it is in, a policy
 * in proportion to its rules, and to the pods of a set that no other policy names. Owners of fragments:
 *
 * - `pod/<namespace>/<name>`: the memberships of the pod's ports in port groups
 * - `policy/<kind>[/<namespace>]/<name>`: the ACLs of its rules, and meters
 * - `policy-group/<name>`: a port group or address set that policies share, and what holds for all of it
 * - `policy-node/<name>`: what passes between a node and its own pods
 */
import type { Fragment } from '@kube-ovn/ovn-model';
import { compilePolicy, type Compiled, policyNames, ruleName } from '../acl/compile.ts';
import { type DefaultAcl, type DefaultOptions, nodeGroups, ownNodeAcl, type Role, roleAcls, roles } from '../acl/defaults.ts';
import { aclRow, meterRows } from '../acl/rows.ts';
import type { Surroundings } from '../acl/rule-terms.ts';
import type { Direction, Labels, Node, Pod, Policy } from '../model.ts';
import type { Flow } from '../verdict/flow.ts';
import { policyKey } from '../model.ts';
import type { Problem } from '../problem.ts';
import { withTraits } from '../group/traits.ts';
import { matchesSelector } from '../select/selector.ts';
import { JudgedTiers, type PolicyRecord } from './judged-tiers.ts';
import { areSame, membershipsOf } from './membership.ts';
import { type PodRecord, Registry } from './registry.ts';
import { type Cost, costOf } from './cost.ts';
import { type Candidate, explainFlow, type Explanation } from './explain.ts';
import { groupFragment, nodeFragment, podFragment, remainderFragment } from './fragments.ts';

/** How an engine compiles. */
export interface EngineOptions {
  /** Whether the Northbound server has ACL.tier. @source NorthboundFeatures.aclTiers */
  readonly aclTiers: boolean;
  /** Blocks that services have their addresses in: a pod may reach itself through a service. Default: none. */
  readonly serviceBlocks?: readonly string[];
}

/** What statements have changed. */
export interface Changes {
  /** By owner; undefined when the owner wants nothing any more. */
  readonly fragments: ReadonlyMap<string, Fragment | undefined>;
  /** By key of a policy, what stands against compiling it as it is written; empty when that is mended. */
  readonly problems: ReadonlyMap<string, readonly Problem[]>;
}

interface NodeRecord extends Node {
  /** Port groups of its pods. */
  readonly groups: Readonly<Record<Direction, string>>;
}

/** Keeps the indexes. */
export class PolicyEngine {
  readonly #options: DefaultOptions;
  readonly #registry = new Registry();
  readonly #pods = new Map<string, PodRecord>();
  readonly #podsByNode = new Map<string, Set<PodRecord>>();
  readonly #podsByGroup = new Map<string, Set<PodRecord>>();
  readonly #hostPods = new Map<string, string>();
  readonly #nodes = new Map<string, NodeRecord>();
  readonly #policies = new Map<string, PolicyRecord>();
  readonly #judged: JudgedTiers;
  /** Keys of the policies of each SecurityGroup. */
  readonly #securityGroups = new Map<string, ReadonlySet<string>>();
  readonly #dirtyPolicies = new Set<string>();
  readonly #dirtyNodes = new Set<string>();
  readonly #gone = new Set<string>();
  /** Policies that name nodes. */
  readonly #nodeUsers = new Set<string>();
  readonly #problems = new Map<string, readonly Problem[]>();
  readonly #surroundings: Surroundings;

  constructor({ aclTiers, serviceBlocks = [] }: EngineOptions) {
    this.#options = { hasTiers: aclTiers, serviceBlocks };
    this.#judged = new JudgedTiers(aclTiers);
    this.#surroundings = {
      numbersOf: (use) => {
        const { count, pods } = this.#registry.nameCount(use);
        return count.numbers(pods);
      },
      nodeAddresses: (selector) =>
        [...this.#nodes.values()].filter(({ labels }) => matchesSelector(selector, labels)).flatMap(({ addresses }) => addresses),
    };
  }

  /** State a pod by `namespace/name`; undefined when it is gone. Its ports must be wanted by someone: the engine wants none. */
  setPod(key: string, pod: Pod | undefined): void {
    const known = this.#pods.get(key);
    if (known !== undefined) {
      this.#registry.deletePod(known);
      this.#pods.delete(key);
      if (known.pod.node !== undefined) drop(this.#podsByNode, known.pod.node, known);
      for (const name of groupsOf(known.pod)) drop(this.#podsByGroup, name, known);
      this.#gone.add(key);
    }
    if (pod?.hostNetwork === true && pod.node !== undefined) this.#hostPods.set(key, pod.node);
    else this.#hostPods.delete(key);
    if (pod === undefined || pod.hostNetwork || pod.completed) return;
    const labels = withTraits(pod, (name) => this.#securityGroups.has(name));
    const record: PodRecord = { key, pod, namespace: pod.namespace, labels, memberships: known?.memberships ?? [] };
    this.#pods.set(key, record);
    if (pod.node !== undefined) put(this.#podsByNode, pod.node, record);
    for (const name of groupsOf(pod)) put(this.#podsByGroup, name, record);
    this.#registry.addPod(record);
  }

  /** State a namespace's labels; undefined when it is gone. */
  setNamespace(name: string, labels: Labels | undefined): void {
    this.#registry.setNamespace(name, labels);
  }

  /** State a node; undefined when it is gone. */
  setNode(name: string, node: Node | undefined): void {
    const wasThere = this.#nodes.has(name);
    if (node === undefined) this.#nodes.delete(name);
    else this.#nodes.set(name, { ...node, groups: nodeGroups(name) });
    this.#dirtyNodes.add(name);
    for (const key of this.#nodeUsers) this.#dirtyPolicies.add(key);
    if (wasThere !== (node !== undefined)) for (const record of this.#podsByNode.get(name) ?? []) this.#registry.dirtyPods.add(record);
  }

  /** State a policy; undefined when it is gone. @param key of the policy (`policyKey`) */
  setPolicy(key: string, policy: Policy | undefined): void {
    const known = this.#policies.get(key);
    if (policy !== undefined) this.#registry.useRoles(policy, 1);
    if (known !== undefined) {
      this.#registry.useRoles(known.policy, -1);
      this.#judged.delete(known);
    }
    if (policy === undefined) {
      this.#policies.delete(key);
      this.#nodeUsers.delete(key);
      if (known !== undefined) this.#forget(known);
    } else {
      for (const use of policyNames(policy)) this.#registry.addName(use, key);
      if (namesNodes(policy)) this.#nodeUsers.add(key);
      else this.#nodeUsers.delete(key);
      if (known !== undefined) this.#forgetNames(known.policy, policy);
      const record = { key, policy, compiled: known?.compiled, standing: '' };
      this.#policies.set(key, record);
      this.#judged.add(record);
    }
    this.#dirtyPolicies.add(key);
    if ((known === undefined) !== (policy === undefined) && this.#policies.size <= 1)
      for (const name of this.#nodes.keys()) this.#dirtyNodes.add(name);
  }

  /** State the policies that a SecurityGroup is; undefined when it is gone. */
  setSecurityGroup(name: string, policies: readonly Policy[] | undefined): void {
    const known = this.#securityGroups.get(name);
    const keys = new Set((policies ?? []).map(policyKey));
    for (const key of known ?? []) if (!keys.has(key)) this.setPolicy(key, undefined);
    for (const policy of policies ?? []) this.setPolicy(policyKey(policy), policy);
    if (policies === undefined) this.#securityGroups.delete(name);
    else this.#securityGroups.set(name, keys);
    if ((known === undefined) === (policies === undefined)) return;
    // What names the group has it now, or has it no more.
    const named = [...(this.#podsByGroup.get(name) ?? [])];
    for (const { key, pod } of named) this.setPod(key, pod);
  }

  /** What has changed since the last flush. The first one brings everything. */
  flush(): Changes {
    const fragments = new Map<string, Fragment | undefined>();
    const problems = new Map<string, readonly Problem[]>();
    this.#noteNames();
    const affected = this.#dirtyPolicies;
    this.#judged.plan(affected);
    for (const key of this.#judged.inOrder(affected)) this.#compile(key, { fragments, problems });
    affected.clear();
    this.#flushPods(fragments);
    this.#flushGroups(fragments);
    this.#flushNodes(fragments);
    return { fragments, problems };
  }

  /** Whether a connection is let through as of the last flush, and why; undefined when an end is not there. @complexity in proportion to all ACLs */
  explain(flow: Flow): Explanation | undefined {
    const setsOf = (record: PodRecord): ReadonlySet<string> => new Set(this.#registry.setsOf(record).map(({ text }) => text));
    const aclsOf = (groups: readonly string[], direction: Direction): Candidate[] => this.#candidates(new Set(groups), direction);
    return explainFlow({ pods: this.#pods, nodes: this.#nodes, hostPods: this.#hostPods, setsOf, aclsOf }, flow);
  }

  /** What the policies cost as of the last flush. @complexity in proportion to all ACLs and memberships */
  cost(): Cost {
    return costOf(
      this.#policies.values(),
      [...this.#pods.values()].flatMap(({ memberships }) => memberships),
    );
  }

  #candidates(groups: ReadonlySet<string>, direction: Direction): Candidate[] {
    const own = [...this.#policies.values()].flatMap(({ key, policy, compiled }) =>
      (compiled?.acls ?? []).map(({ acl, rule, terms }): Candidate => {
        return { acl, terms, because: ruleName(policy, acl.direction, rule), policy: key, networks: policy.networks, rule };
      }),
    );
    const shared = [
      ...[...this.#registry.roles.keys()].flatMap((role) => this.#roleAcls(role)),
      ...[...this.#nodes.values()].flatMap((node) => this.#nodeAcls(node)),
    ];
    return [...own, ...shared].filter(({ acl }) => acl.direction === direction && groups.has(acl.holder));
  }

  #noteNames(): void {
    const { dirtyNames } = this.#registry;
    for (const [count, { pods }] of dirtyNames) {
      if (count.signature(pods) !== count.told) for (const key of count.users) this.#dirtyPolicies.add(key);
    }
    dirtyNames.clear();
  }

  #compile(key: string, told: Told): void {
    const record = this.#policies.get(key);
    if (record === undefined) {
      told.fragments.set(`policy/${key}`, undefined);
      this.#tell(told, key, []);
      return;
    }
    const { policy } = record;
    for (const use of policyNames(policy)) {
      const { count, pods } = this.#registry.nameCount(use);
      count.told = count.signature(pods);
    }
    const before = record.compiled;
    const compiled = compilePolicy(policy, {
      surroundings: this.#surroundings,
      hasTiers: this.#options.hasTiers,
      places: this.#judged.placesOf(record),
      passed: this.#judged.passedBefore(record),
    });
    for (const group of compiled.groups) this.#registry.useGroup(group);
    for (const remainder of compiled.remainders) this.#registry.useRemainder(remainder);
    if (before !== undefined) this.#releaseRows(before);
    record.compiled = compiled;
    record.standing = this.#judged.standingOf(record);
    told.fragments.set(`policy/${key}`, policyFragment(policy, compiled));
    this.#tell(told, key, [...this.#judged.problemsOf(record), ...compiled.problems]);
  }

  #forget({ policy, key, compiled }: PolicyRecord): void {
    for (const use of policyNames(policy)) this.#registry.deleteName(use, key);
    if (compiled !== undefined) this.#releaseRows(compiled);
  }

  #forgetNames(before: Policy, after: Policy): void {
    const kept = new Set(policyNames(after).map(({ set, name }) => JSON.stringify([set, name])));
    for (const use of policyNames(before)) {
      if (!kept.has(JSON.stringify([use.set, use.name]))) this.#registry.deleteName(use, policyKey(before));
    }
  }

  #releaseRows({ groups, remainders }: Compiled): void {
    for (const remainder of remainders) this.#registry.releaseRemainder(remainder);
    for (const group of groups) this.#registry.releaseGroup(group);
  }

  #tell({ problems }: Told, key: string, found: readonly Problem[]): void {
    if (found.length === 0 && !this.#problems.has(key)) return;
    if (found.length === 0) this.#problems.delete(key);
    else this.#problems.set(key, found);
    problems.set(key, found);
  }

  #flushPods(fragments: Map<string, Fragment | undefined>): void {
    const registry = this.#registry;
    registry.findDirtyPods();
    for (const record of registry.dirtyPods) {
      const { pod, key } = record;
      this.#gone.delete(key);
      const before = record.memberships;
      record.memberships = membershipsOf({ pod, sets: registry.setsOf(record), nodeGroups: this.#nodes.get(pod.node ?? '')?.groups });
      registry.noteMoved(before);
      registry.noteMoved(record.memberships);
      if (areSame(before, record.memberships)) continue;
      fragments.set(`pod/${key}`, podFragment(record.memberships));
    }
    registry.dirtyPods.clear();
    for (const key of this.#gone) fragments.set(`pod/${key}`, undefined);
    this.#gone.clear();
  }

  #flushGroups(fragments: Map<string, Fragment | undefined>): void {
    const { dirtyRows, groups, dirtyRemainders, remainders } = this.#registry;
    for (const name of dirtyRows) {
      const acls = roles.includes(name as Role) ? this.#roleAcls(name as Role) : undefined;
      const group = groups.get(name)?.group;
      const isWanted = acls === undefined ? group !== undefined : acls.length > 0;
      fragments.set(`policy-group/${name}`, isWanted ? groupFragment({ name, text: group?.text }, acls) : undefined);
    }
    dirtyRows.clear();
    for (const name of dirtyRemainders) {
      const entry = remainders.get(name);
      const taken = (entry?.remainder.without ?? []).flatMap((group) => this.#addressesIn(group.name));
      fragments.set(`policy-group/${name}`, entry === undefined ? undefined : remainderFragment(entry.remainder, taken));
    }
    dirtyRemainders.clear();
  }

  #roleAcls(role: Role): readonly DefaultAcl[] {
    return this.#registry.roles.has(role) ? roleAcls(role, this.#options) : [];
  }

  #addressesIn(name: string): string[] {
    const set = this.#registry.groups.get(name)?.group.all[0]?.set;
    return (set === undefined ? [] : this.#registry.podsOf(set)).flatMap(({ memberships }) =>
      memberships.filter(({ groups }) => groups.includes(name)).flatMap((own) => own.interface.addresses),
    );
  }

  #flushNodes(fragments: Map<string, Fragment | undefined>): void {
    for (const name of this.#dirtyNodes) {
      const node = this.#policies.size === 0 ? undefined : this.#nodes.get(name);
      fragments.set(`policy-node/${name}`, node === undefined ? undefined : nodeFragment(node, this.#nodeAcls(node)));
    }
    this.#dirtyNodes.clear();
  }

  #nodeAcls(node: NodeRecord): DefaultAcl[] {
    return (['ingress', 'egress'] as const).flatMap((direction) => {
      const acl = ownNodeAcl(direction, node, this.#options.hasTiers);
      return acl === undefined ? [] : [acl];
    });
  }
}

interface Told {
  readonly fragments: Map<string, Fragment | undefined>;
  readonly problems: Map<string, readonly Problem[]>;
}

function namesNodes({ ingress, egress }: Policy): boolean {
  return [...ingress, ...egress].some(({ peers }) => peers !== 'any' && peers.some(({ kind }) => kind === 'nodes'));
}

function policyFragment(policy: Policy, { acls }: Compiled): Fragment {
  const rows = acls.map(({ acl, rule }) => aclRow(acl, ruleName(policy, acl.direction, rule)));
  const rates = new Set(acls.flatMap(({ acl }) => (acl.log === undefined ? [] : [acl.log.rate])));
  return { rows: [...rows, ...[...rates].flatMap(meterRows)], members: [] };
}

function groupsOf({ interfaces }: Pod): readonly string[] {
  return interfaces.flatMap(({ securityGroups = [] }) => securityGroups);
}

function put<K, V>(map: Map<K, Set<V>>, key: K, value: V): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, new Set([value]));
  else values.add(value);
}

function drop<K, V>(map: Map<K, Set<V>>, key: K, value: V): void {
  const values = map.get(key);
  values?.delete(value);
  if (values?.size === 0) map.delete(key);
}
