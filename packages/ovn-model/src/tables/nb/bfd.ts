import { column, defineTable } from '@kube-ovn/ovsdb';

/**
 * A BFD session on a logical router port; a static route that names it is withdrawn while it is down.
 * @source OVN_Northbound BFD
 */
export const bfd = defineTable('BFD', {
  logical_port: column.string(),
  dst_ip: column.string(),
  min_tx: column.optional(column.integer(1)),
  min_rx: column.optional(column.integer()),
  detect_mult: column.optional(column.integer(1)),
  status: column.optional(column.enum('down', 'init', 'up', 'admin_down')),
  external_ids: column.map(column.string(), column.string()),
  options: column.map(column.string(), column.string()),
});
