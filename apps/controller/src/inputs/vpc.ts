/** Vpc → VpcInput. */
import type { Vpc } from '@kube-ovn/api';

export interface VpcInput {
  readonly name: string;
  /** The Vpc that pods are in unless they say otherwise; it alone is joined to the nodes. */
  readonly isDefault: boolean;
  readonly namespaces: readonly string[];
  /** First subnet of the Vpc's namespaces; empty when there is none. */
  readonly defaultSubnet: string;
  readonly isTerminating: boolean;
}

/** Read one Vpc. @source Kube-OVN Vpc.spec */
export function readVpc(vpc: Vpc, clusterRouter: string): VpcInput {
  return {
    name: vpc.metadata.name,
    isDefault: vpc.metadata.name === clusterRouter,
    namespaces: vpc.spec.namespaces ?? [],
    defaultSubnet: vpc.spec.defaultSubnet ?? '',
    isTerminating: vpc.metadata.deletionTimestamp !== undefined,
  };
}
