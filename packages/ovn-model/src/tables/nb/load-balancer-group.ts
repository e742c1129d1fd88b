import { column, defineTable } from '@kube-ovn/ovsdb';

/**
 * Load balancers that many switches and routers share by one reference. The table has no external_ids.
 * @source OVN_Northbound Load_Balancer_Group
 */
export const loadBalancerGroup = defineTable('Load_Balancer_Group', {
  name: column.string(),
  load_balancer: column.set(column.uuid('Load_Balancer', 'weak')),
});
