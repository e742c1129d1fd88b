/** All objects of a cluster at once → what they compile to: for files, and for whoever needs no engine that follows. */
import type { Fragment } from '@kube-ovn/ovn-model';
import { type EngineOptions, PolicyEngine } from './engine/engine.ts';
import { podKey, type Policy, policyKey } from './model.ts';
import type { Problem } from './problem.ts';
import { readAdminNetworkPolicy, readBaselineAdminNetworkPolicy, readClusterNetworkPolicy } from './read/admin-policy.ts';
import { type Inhabitants, inhabitantsOf } from './read/inhabitants.ts';
import { readNetworkPolicy } from './read/network-policy.ts';
import { missingSecurityGroup, readSecurityGroup } from './read/security-group.ts';
import { blocksOf, readSubnetIsolation } from './read/subnet.ts';
import type { ClusterObjects } from './verdict/index.ts';

/** What objects compile to. */
export interface CompiledObjects {
  /** Ready to explain, and to be told more. */
  readonly engine: PolicyEngine;
  /** By owner. */
  readonly fragments: ReadonlyMap<string, Fragment>;
  /** Of all objects. */
  readonly problems: readonly Problem[];
}

/** Objects in our own words. */
export interface ReadObjects extends Inhabitants {
  readonly policies: readonly Policy[];
  /** By name; those too that pods name and that are not there. */
  readonly securityGroups: ReadonlyMap<string, readonly Policy[]>;
  readonly problems: readonly Problem[];
}

/** Name of the Subnet that nodes are on. @source Kube-OVN, default of the option node-switch */
const joinSubnet = 'join';

/** Compile all objects of a cluster. @complexity see PolicyEngine */
export function compileObjects(objects: ClusterObjects, options: EngineOptions): CompiledObjects {
  const engine = new PolicyEngine(options);
  const { namespaces, nodes, pods, policies, securityGroups, problems } = readObjects(objects);
  for (const { name, labels } of namespaces) engine.setNamespace(name, labels);
  for (const node of nodes) engine.setNode(node.name, node);
  for (const pod of pods) engine.setPod(podKey(pod), pod);
  for (const policy of policies) engine.setPolicy(policyKey(policy), policy);
  for (const [name, own] of securityGroups) engine.setSecurityGroup(name, own);
  const changes = engine.flush();
  const wanted = [...changes.fragments].flatMap(([owner, fragment]) => (fragment === undefined ? [] : [[owner, fragment] as const]));
  return { engine, fragments: new Map(wanted), problems: [...problems, ...[...changes.problems.values()].flat()] };
}

/** Read all objects of a cluster. */
export function readObjects(objects: ClusterObjects): ReadObjects {
  const joinBlocks = blocksOf(objects.subnets.find(({ metadata }) => metadata.name === joinSubnet));
  const policies = [
    ...objects.networkPolicies.map(readNetworkPolicy),
    ...objects.adminNetworkPolicies.map(readAdminNetworkPolicy),
    ...objects.baselineAdminNetworkPolicies.map(readBaselineAdminNetworkPolicy),
    ...objects.clusterNetworkPolicies.map(readClusterNetworkPolicy),
    ...objects.subnets.map((subnet) => readSubnetIsolation(subnet, joinBlocks)),
  ];
  const groups = objects.securityGroups.map((group) => ({ name: group.metadata.name, ...readSecurityGroup(group) }));
  const inhabitants = inhabitantsOf(objects);
  const named = inhabitants.pods.flatMap(({ interfaces }) => interfaces.flatMap(({ securityGroups = [] }) => securityGroups));
  return {
    ...inhabitants,
    policies: policies.flatMap(({ value }) => value ?? []),
    securityGroups: new Map([
      ...named.map((name) => [name, missingSecurityGroup(name)] as const),
      ...groups.map(({ name, value }) => [name, value] as const),
    ]),
    problems: [...policies, ...groups].flatMap((read) => read.problems),
  };
}
