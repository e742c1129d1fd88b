import { column, defineTable } from '@kube-ovn/ovsdb';

/**
 * A node, as its ovn-controller has registered it.
 * @source OVN_Southbound Chassis
 */
export const chassis = defineTable('Chassis', {
  name: column.string(),
  hostname: column.string(),
  other_config: column.map(column.string(), column.string()),
});
