/** Policies of all kinds but SecurityGroups by one key, and SecurityGroups. */
import type {
  AdminNetworkPolicy,
  BaselineAdminNetworkPolicy,
  ClusterNetworkPolicy,
  KubeObject,
  NetworkPolicy,
  SecurityGroup,
} from '@kube-ovn/api';
import { deriveTable, expandTable, isSamePlainData, mergeTables, type Table } from '@kube-ovn/dataflow';
import {
  policyKey,
  type Policy,
  type Read,
  readAdminNetworkPolicy,
  readBaselineAdminNetworkPolicy,
  readClusterNetworkPolicy,
  readNetworkPolicy,
  readSecurityGroup,
  readSubnetIsolation,
} from '@kube-ovn/policy';
import { cidrOf, type SubnetInput } from './subnet.ts';

/** The tables of the kinds that are nothing but policies. */
export interface PolicySources {
  readonly networkPolicies: Table<NetworkPolicy>;
  readonly adminNetworkPolicies: Table<AdminNetworkPolicy>;
  readonly baselineAdminNetworkPolicies: Table<BaselineAdminNetworkPolicy>;
  readonly clusterNetworkPolicies: Table<ClusterNetworkPolicy>;
  readonly securityGroups: Table<SecurityGroup>;
}

/** A policy as read, and the key of its object in the table of its kind. */
export interface ReadPolicy extends Read<Policy> {
  readonly objectKey: string;
  /** metadata.generation of the object. */
  readonly generation: number;
}

/** A SecurityGroup as read: a policy for each rule, and for what its members are left with. */
export type ReadSecurityGroup = Read<readonly Policy[]>;

/** Policies of the four kinds of Kubernetes, by `policyKey`. */
export function readPolicies(sources: PolicySources): Table<ReadPolicy> {
  return mergeTables('policies', [
    read('network policies', sources.networkPolicies, readNetworkPolicy),
    read('admin network policies', sources.adminNetworkPolicies, readAdminNetworkPolicy),
    read('baseline admin network policies', sources.baselineAdminNetworkPolicies, readBaselineAdminNetworkPolicy),
    read('cluster network policies', sources.clusterNetworkPolicies, readClusterNetworkPolicy),
  ]);
}

/** SecurityGroups, by name. */
export function readSecurityGroups(groups: Table<SecurityGroup>): Table<ReadSecurityGroup> {
  return deriveTable('security groups', groups, (_name, group): ReadSecurityGroup => readSecurityGroup(group), { equals: isSamePlainData });
}

/** Policies of the private Subnets in force, by `policyKey`. */
export function readSubnetPolicies(subnets: Table<SubnetInput>, joinSubnet: string): Table<ReadPolicy> {
  const policies = deriveTable(
    'subnet isolation',
    subnets,
    (objectKey, subnet): ReadPolicy | undefined => {
      if (!subnet.isOvn || !subnet.isPrivate) return undefined;
      const spec = { cidrBlock: cidrOf(subnet), private: true, allowSubnets: subnet.allowSubnets };
      const joinBlocks = subnets.get(joinSubnet)?.blocks.map(({ cidr }) => cidr) ?? [];
      const { value, problems } = readSubnetIsolation({ metadata: { name: objectKey }, spec }, joinBlocks);
      return value && { value, problems, objectKey, generation: 0 };
    },
    { equals: isSamePlainData },
  );
  return expandTable('subnet isolation by key', policies, (_name, policy) => [[policyKey(policy.value), policy]]);
}

function read<T extends KubeObject>(name: string, from: Table<T>, reader: (object: T) => Read<Policy>): Table<ReadPolicy> {
  const readings = deriveTable(
    name,
    from,
    (objectKey, object): ReadPolicy => ({ ...reader(object), objectKey, generation: object.metadata.generation ?? 0 }),
    {
      equals: isSamePlainData,
    },
  );
  return expandTable(`${name} by key`, readings, (_key, reading) => [[policyKey(reading.value), reading]]);
}
