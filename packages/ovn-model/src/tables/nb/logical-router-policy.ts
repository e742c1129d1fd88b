import { column, defineTable } from '@kube-ovn/ovsdb';

/**
 * A policy route, consulted after the route lookup; `nexthops` holds one or several (ECMP) next hops of a reroute.
 * @source OVN_Northbound Logical_Router_Policy
 */
export const logicalRouterPolicy = defineTable(
  'Logical_Router_Policy',
  {
    priority: column.integer(0, 32767),
    match: column.string(),
    action: column.enum('allow', 'drop', 'reroute'),
    nexthop: column.optional(column.string()),
    nexthops: column.set(column.string()),
    options: column.map(column.string(), column.string()),
    external_ids: column.map(column.string(), column.string()),
  },
  { isRoot: false },
);
