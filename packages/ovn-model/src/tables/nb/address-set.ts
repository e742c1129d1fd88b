import { column, defineTable } from '@kube-ovn/ovsdb';

/**
 * A named set of addresses, written `$name` in a match.
 * @source OVN_Northbound Address_Set
 */
export const addressSet = defineTable('Address_Set', {
  name: column.string(),
  addresses: column.set(column.string()),
  external_ids: column.map(column.string(), column.string()),
});
