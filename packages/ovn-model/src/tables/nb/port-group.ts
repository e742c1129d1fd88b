import { column, defineTable } from '@kube-ovn/ovsdb';

/**
 * A named set of ports, written `@name` in a match; OVN derives the address sets `$name_ip4` and `$name_ip6` from it.
 * @source OVN_Northbound Port_Group
 */
export const portGroup = defineTable('Port_Group', {
  name: column.string(),
  ports: column.set(column.uuid('Logical_Switch_Port', 'weak')),
  acls: column.set(column.uuid('ACL', 'strong')),
  external_ids: column.map(column.string(), column.string()),
});
