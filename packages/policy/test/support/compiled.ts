/** Kubernetes objects through the readers and the engine. */
import type { Fragment } from '@kube-ovn/ovsdb';
import { PolicyEngine } from '../../src/engine/engine.ts';
import { policyKey, podKey, type Policy } from '../../src/model.ts';
import { inhabitantsOf } from '../../src/node/cli/inhabitants.ts';
import { readAdminNetworkPolicy, readBaselineAdminNetworkPolicy, readClusterNetworkPolicy } from '../../src/read/admin-policy.ts';
import { readNetworkPolicy } from '../../src/read/network-policy.ts';
import type { ClusterObjects, Flow } from '../../src/verdict/index.ts';

/** What objects compile to. */
export interface CompiledObjects {
  readonly fragments: ReadonlyMap<string, Fragment>;
  /** Codes of what stands against compiling the policies as they are written. */
  readonly problems: readonly string[];
  explain(flow: Flow): ReturnType<PolicyEngine['explain']>;
}

/** The policies of objects, read. */
export function policiesOf(objects: ClusterObjects): Policy[] {
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
  for (const policy of policiesOf(objects)) engine.setPolicy(policyKey(policy), policy);
  const changes = engine.flush();
  const problems = [...changes.problems.values()].flat().map(({ code }) => code);
  const fragments = new Map([...changes.fragments].flatMap(([owner, fragment]) => (fragment === undefined ? [] : [[owner, fragment]])));
  return { fragments, problems, explain: (flow) => engine.explain(flow) };
}
