/** Vpc → its status. */
import type { Vpc, VpcStatus } from '@kube-ovn/api';
import type { Names } from '../graph.ts';

export interface VpcFacts {
  readonly names: Names;
  /** Sorted. */
  readonly subnets: readonly string[];
  readonly isRouterSeen: boolean;
}

/** Status of one Vpc. @source Kube-OVN Vpc.status */
export function vpcStatus(vpc: Vpc, facts: VpcFacts): VpcStatus {
  const isDefault = vpc.metadata.name === facts.names.clusterRouter;
  const ready = {
    type: 'Ready',
    status: 'True',
    reason: 'RouterCreated',
    message: '',
    observedGeneration: vpc.metadata.generation ?? 0,
  } as const;
  return {
    conditions: facts.isRouterSeen ? [ready] : [],
    default: isDefault,
    standby: facts.isRouterSeen,
    router: vpc.metadata.name,
    defaultLogicalSwitch: isDefault ? facts.names.defaultSubnet : (vpc.spec.defaultSubnet ?? ''),
    subnets: facts.subnets,
    vpcPeerings: [],
    enableExternal: false,
    enableBfd: false,
    extraExternalSubnets: [],
  };
}
