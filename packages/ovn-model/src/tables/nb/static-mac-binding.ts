import { column, defineTable } from '@kube-ovn/ovsdb';

/**
 * An IP to MAC binding on a router port that is not learnt. The table has no external_ids.
 * @source OVN_Northbound Static_MAC_Binding
 */
export const staticMacBinding = defineTable('Static_MAC_Binding', {
  logical_port: column.string(),
  ip: column.string(),
  mac: column.string(),
  override_dynamic_mac: column.boolean(),
});
