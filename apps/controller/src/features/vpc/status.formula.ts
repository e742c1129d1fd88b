/** Vpc → its status. */
import type { Condition, Problem, Vpc, VpcStatus } from '@kube-ovn/api';
import type { Names } from '../graph.ts';
import { problemsText } from '../problems-text.ts';

export interface VpcFacts {
  readonly names: Names;
  /** Sorted. */
  readonly subnets: readonly string[];
  readonly isRouterSeen: boolean;
  readonly problems: readonly Problem[];
  /** Vpcs that its links lead to. */
  readonly peers: readonly string[];
  /** External Subnets that its router has a port on, the one of the cluster first. */
  readonly external: readonly string[];
  /** Whether that one is among them. */
  readonly isExternal: boolean;
}

/** Status of one Vpc. @source Kube-OVN Vpc.status */
export function vpcStatus(vpc: Vpc, facts: VpcFacts): VpcStatus {
  const isDefault = vpc.metadata.name === facts.names.clusterRouter;
  return {
    conditions: conditionsOf(vpc, facts),
    default: isDefault,
    standby: facts.isRouterSeen,
    router: vpc.metadata.name,
    defaultLogicalSwitch: isDefault ? facts.names.defaultSubnet : (vpc.spec.defaultSubnet ?? ''),
    subnets: facts.subnets,
    vpcPeerings: facts.peers,
    enableExternal: facts.isExternal,
    enableBfd: false,
    extraExternalSubnets: facts.isExternal ? facts.external.slice(1) : facts.external,
  };
}

function conditionsOf({ metadata }: Vpc, { problems, isRouterSeen }: VpcFacts): readonly Condition[] {
  const observedGeneration = metadata.generation ?? 0;
  const validated: Condition =
    problems.length > 0
      ? { type: 'Validated', status: 'False', reason: 'ValidateVpcFailed', message: problemsText(problems), observedGeneration }
      : { type: 'Validated', status: 'True', reason: 'ValidateVpcSuccess', message: '', observedGeneration };
  const ready: Condition = { type: 'Ready', status: 'True', reason: 'RouterCreated', message: '', observedGeneration };
  return isRouterSeen ? [validated, ready] : [validated];
}
