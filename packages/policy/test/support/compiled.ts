/** Kubernetes objects through the readers and the engine. */
import type { Fragment } from '@kube-ovn/ovsdb';
import { PolicyEngine } from '../../src/engine/engine.ts';
import { policyKey, podKey, type Policy } from '../../src/model.ts';
import { inhabitantsOf } from '../../src/node/cli/inhabitants.ts';
import { readAdminNetworkPolicy, readBaselineAdminNetworkPolicy, readClusterNetworkPolicy } from '../../src/read/admin-policy.ts';
import { readNetworkPolicy } from '../../src/read/network-policy.ts';
import { readSecurityGroup } from '../../src/read/security-group.ts';
import { readSubnetIsolation } from '../../src/read/subnet.ts';
import type { ClusterObjects, Flow } from '../../src/verdict/index.ts';

/** What objects compile to. */
export interface CompiledObjects {
  readonly fragments: ReadonlyMap<string, Fragment>;
  /** Codes of what stands against compiling the policies as they are written. */
  readonly problems: readonly string[];
  explain(flow: Flow): ReturnType<PolicyEngine['explain']>;
}

/** What objects state beside their inhabitants: policies by key, and SecurityGroups by name. */
export interface Statements {
  readonly policies: readonly Policy[];
  readonly securityGroups: ReadonlyMap<string, readonly Policy[]>;
}

/** All that objects state. */
export function statementsOf(objects: ClusterObjects): Statements {
  const join = objects.subnets.find(({ metadata }) => metadata.name === 'join')?.spec?.cidrBlock?.split(',') ?? [];
  const subnets = objects.subnets.flatMap((subnet) => readSubnetIsolation(subnet, join).value ?? []);
  return {
    policies: [...policiesOf(objects), ...subnets],
    securityGroups: new Map(objects.securityGroups.map((group) => [group.metadata.name, readSecurityGroup(group).value])),
  };
}

/** The policies of objects, read. */
function policiesOf(objects: ClusterObjects): Policy[] {
  return [
    ...objects.networkPolicies.map(readNetworkPolicy),
    ...objects.adminNetworkPolicies.map(readAdminNetworkPolicy),
    ...objects.baselineAdminNetworkPolicies.map(readBaselineAdminNetworkPolicy),
    ...objects.clusterNetworkPolicies.map(readClusterNetworkPolicy),
  ].map(({ value }) => value);
}

/** Everything at once. */
export function compileObjects(objects: ClusterObjects, options: { readonly aclTiers: boolean }): CompiledObjects {
  const engine = new PolicyEngine(options);
  const { namespaces, pods, nodes } = inhabitantsOf(objects);
  for (const { name, labels } of namespaces) engine.setNamespace(name, labels);
  for (const node of nodes) engine.setNode(node.name, node);
  for (const pod of pods) engine.setPod(podKey(pod), pod);
  const { policies, securityGroups } = statementsOf(objects);
  for (const policy of policies) engine.setPolicy(policyKey(policy), policy);
  for (const [name, own] of securityGroups) engine.setSecurityGroup(name, own);
  const changes = engine.flush();
  const problems = [...changes.problems.values()].flat().map(({ code }) => code);
  const fragments = new Map([...changes.fragments].flatMap(([owner, fragment]) => (fragment === undefined ? [] : [[owner, fragment]])));
  return { fragments, problems, explain: (flow) => engine.explain(flow) };
}
