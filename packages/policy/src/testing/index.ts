/** Random clusters and connections, for property tests; needs fast-check. */
export { clusterObjects, kubeOvnClusterObjects } from './cases.ts';
export { endsOf, flowIn, pick, type Pick } from './flows.ts';
export { inhabitants, type Inhabitants, subnetBlocks } from './cluster.ts';
export { networkPolicies } from './network-policies.ts';
export { adminPolicies, type AdminPolicies } from './admin-policies.ts';
