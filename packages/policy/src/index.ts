/** Network policies: their model, what they compile to, and who may reach whom under them. The only door of the package. */
export { compileObjects, type CompiledObjects } from './compile-objects.ts';
export type { Cost, PolicyCost } from './engine/cost.ts';
export { type Changes, type EngineOptions, PolicyEngine } from './engine/engine.ts';
export type { Explanation, Reason } from './engine/explain.ts';
export {
  type Action,
  type ContainerPort,
  type Direction,
  type Interface,
  type Labels,
  type Logging,
  type Namespace,
  type NamespaceScope,
  type Node,
  type Peer,
  type Pod,
  podKey,
  type PodSet,
  type Policy,
  policyKey,
  type PolicyKind,
  type Port,
  type Protocol,
  type Requirement,
  type Rule,
  type Selector,
  type Tier,
} from './model.ts';
export type { Problem, ProblemCode } from './problem.ts';
export { readAdminNetworkPolicy, readBaselineAdminNetworkPolicy, readClusterNetworkPolicy } from './read/admin-policy.ts';
export { readNetworkPolicy } from './read/network-policy.ts';
export type { Read } from './read/report.ts';
export { defaultSecurityGroup, groupsInEffect, missingSecurityGroup, readSecurityGroup } from './read/security-group.ts';
export { readSubnetIsolation } from './read/subnet.ts';
export { matchesSelector } from './select/selector.ts';
export type { AdminNetworkPolicyObject, ClusterNetworkPolicyObject, LabelSelector, Metadata, NetworkPolicyObject } from './read/objects.ts';
export { type ClusterObjects, type Flow, type FlowEnd, type Judgement, verdict, type Verdict } from './verdict/index.ts';
