import { column, defineTable } from '@kube-ovn/ovsdb';

/**
 * How the backends of one VIP are probed.
 * @source OVN_Northbound Load_Balancer_Health_Check
 */
export const loadBalancerHealthCheck = defineTable(
  'Load_Balancer_Health_Check',
  {
    vip: column.string(),
    options: column.map(column.string(), column.string()),
    external_ids: column.map(column.string(), column.string()),
  },
  { isRoot: false },
);
