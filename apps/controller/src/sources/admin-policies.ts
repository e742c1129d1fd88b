/** The policies of administrators, whose kinds a cluster may have. @source policy.networking.k8s.io v1alpha1 and v1alpha2 */
import type { Resource } from '@kube-ovn/api';
import type { AdminNetworkPolicy, ClusterNetworkPolicy } from '../inputs/policies.ts';

const cluster = <T>(version: string, kind: string, plural: string): Resource<T> => ({
  apiVersion: `policy.networking.k8s.io/${version}`,
  kind,
  plural,
  namespaced: false,
});

export const adminPolicyResources = {
  adminNetworkPolicy: cluster<AdminNetworkPolicy>('v1alpha1', 'AdminNetworkPolicy', 'adminnetworkpolicies'),
  baselineAdminNetworkPolicy: cluster<AdminNetworkPolicy>('v1alpha1', 'BaselineAdminNetworkPolicy', 'baselineadminnetworkpolicies'),
  clusterNetworkPolicy: cluster<ClusterNetworkPolicy>('v1alpha2', 'ClusterNetworkPolicy', 'clusternetworkpolicies'),
};
