import { column, defineTable } from '@kube-ovn/ovsdb';

/**
 * Names that OVN answers itself for the switches that reference the row.
 * @source OVN_Northbound DNS
 */
export const dns = defineTable('DNS', {
  records: column.map(column.string(), column.string()),
  external_ids: column.map(column.string(), column.string()),
});
