/** Network policies: their model, and who may reach whom under them. The only door of the package. */
export {
  type Action,
  type Cluster,
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
export { problem, type Problem, type ProblemCode } from './problem.ts';
export type { AdminNetworkPolicyObject, ClusterNetworkPolicyObject, LabelSelector, Metadata, NetworkPolicyObject } from './read/objects.ts';
export { type ClusterObjects, type Flow, type FlowEnd, type Judgement, verdict, type Verdict } from './verdict/index.ts';
