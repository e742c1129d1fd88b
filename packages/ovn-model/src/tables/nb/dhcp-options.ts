import { column, defineTable } from '@kube-ovn/ovsdb';

/**
 * What OVN's DHCP responder answers to ports that reference the row.
 * @source OVN_Northbound DHCP_Options
 */
export const dhcpOptions = defineTable('DHCP_Options', {
  cidr: column.string(),
  options: column.map(column.string(), column.string()),
  external_ids: column.map(column.string(), column.string()),
});
