import { column, defineTable } from '@kube-ovn/ovsdb';

/**
 * Where a port is.
 * @source OVN_Southbound Port_Binding
 */
export const portBinding = defineTable('Port_Binding', {
  logical_port: column.string(),
  type: column.string(),
  chassis: column.optional(column.uuid('Chassis', 'weak')),
});
