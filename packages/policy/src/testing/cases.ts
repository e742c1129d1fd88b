/** Whole random clusters with policies of every kind. */
import fc from 'fast-check';
import type { ClusterObjects } from '../verdict/objects.ts';
import { adminPolicies } from './admin-policies.ts';
import { inhabitants } from './cluster.ts';
import { securityGroups, subnets } from './kube-ovn.ts';
import { networkPolicies } from './network-policies.ts';

/**
 * A cluster as the API server could hold it: NetworkPolicies and policies of administrators. It shrinks towards one pod and no policy,
 * and is plain data, fit to be applied as it is (but for the status of pods, which a network assigns).
 */
export const clusterObjects: fc.Arbitrary<ClusterObjects> = fc
  .record({ inhabitants, networkPolicies, adminPolicies })
  .map(({ inhabitants: who, networkPolicies: policies, adminPolicies: admin }) =>
    plain({ ...who, networkPolicies: policies, ...admin, securityGroups: [], subnets: [] }),
  );

/** The same with SecurityGroups, which some pods name, and private Subnets. */
export const kubeOvnClusterObjects: fc.Arbitrary<ClusterObjects> = fc
  .record({ cluster: clusterObjects, securityGroups, subnets })
  .map(({ cluster, securityGroups: groups, subnets: own }) => plain({ ...cluster, securityGroups: groups, subnets: own }));

/** Records of fast-check have no prototype at times; objects of an API have. */
function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
