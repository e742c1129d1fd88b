import { column, defineTable } from '@kube-ovn/ovsdb';

/**
 * A router that exists on every chassis at once; a VPC is one logical router.
 * @source OVN_Northbound Logical_Router
 */
export const logicalRouter = defineTable('Logical_Router', {
  name: column.string(),
  ports: column.set(column.uuid('Logical_Router_Port', 'strong')),
  static_routes: column.set(column.uuid('Logical_Router_Static_Route', 'strong')),
  policies: column.set(column.uuid('Logical_Router_Policy', 'strong')),
  enabled: column.optional(column.boolean()),
  nat: column.set(column.uuid('NAT', 'strong')),
  load_balancer: column.set(column.uuid('Load_Balancer', 'weak')),
  load_balancer_group: column.set(column.uuid('Load_Balancer_Group', 'strong')),
  copp: column.optional(column.uuid('Copp', 'weak')),
  options: column.map(column.string(), column.string()),
  external_ids: column.map(column.string(), column.string()),
});
