import { column, defineTable } from '@kube-ovn/ovsdb';

/**
 * Where the packets of the ports that reference the row are copied to.
 * @source OVN_Northbound Mirror
 */
export const mirror = defineTable('Mirror', {
  name: column.string(),
  filter: column.enum('from-lport', 'to-lport'),
  sink: column.string(),
  type: column.enum('gre', 'erspan'),
  index: column.integer(),
  external_ids: column.map(column.string(), column.string()),
});
