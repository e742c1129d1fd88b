/** Policies of all kinds, by one key. */
import type { KubeObject, NetworkPolicy } from '@kube-ovn/api';
import { deriveTable, expandTable, isSamePlainData, mergeTables, type Table } from '@kube-ovn/dataflow';
import {
  type AdminNetworkPolicyObject,
  type ClusterNetworkPolicyObject,
  policyKey,
  type Policy,
  type Read,
  readAdminNetworkPolicy,
  readBaselineAdminNetworkPolicy,
  readClusterNetworkPolicy,
  readNetworkPolicy,
} from '@kube-ovn/policy';

export type AdminNetworkPolicy = KubeObject & AdminNetworkPolicyObject;
export type ClusterNetworkPolicy = KubeObject & ClusterNetworkPolicyObject;

/** The tables of the four kinds. */
export interface PolicySources {
  readonly networkPolicies: Table<NetworkPolicy>;
  readonly adminNetworkPolicies: Table<AdminNetworkPolicy>;
  readonly baselineAdminNetworkPolicies: Table<AdminNetworkPolicy>;
  readonly clusterNetworkPolicies: Table<ClusterNetworkPolicy>;
}

/** A policy as read, and the key of its object in the table of its kind. */
export interface ReadPolicy extends Read<Policy> {
  readonly objectKey: string;
}

/** All policies, by `policyKey`. */
export function readPolicies(sources: PolicySources): Table<ReadPolicy> {
  return mergeTables('policies', [
    read('network policies', sources.networkPolicies, readNetworkPolicy),
    read('admin network policies', sources.adminNetworkPolicies, readAdminNetworkPolicy),
    read('baseline admin network policies', sources.baselineAdminNetworkPolicies, readBaselineAdminNetworkPolicy),
    read('cluster network policies', sources.clusterNetworkPolicies, readClusterNetworkPolicy),
  ]);
}

function read<T>(name: string, from: Table<T>, reader: (object: T) => Read<Policy>): Table<ReadPolicy> {
  const readings = deriveTable(name, from, (objectKey, object): ReadPolicy => ({ ...reader(object), objectKey }), {
    equals: isSamePlainData,
  });
  return expandTable(`${name} by key`, readings, (_key, reading) => [[policyKey(reading.value), reading]]);
}
