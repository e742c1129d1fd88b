import { column, defineTable } from '@kube-ovn/ovsdb';

/**
 * The one row of the node's OVS configuration.
 * @source Open_vSwitch Open_vSwitch
 */
export const openVswitch = defineTable('Open_vSwitch', {
  bridges: column.set(column.uuid('Bridge', 'strong')),
  datapaths: column.map(column.string(), column.uuid('Datapath', 'strong')),
  other_config: column.map(column.string(), column.string()),
  external_ids: column.map(column.string(), column.string()),
  next_cfg: column.integer(),
  cur_cfg: column.integer(),
  statistics: column.map(column.string(), column.string()),
  ovs_version: column.optional(column.string()),
  db_version: column.optional(column.string()),
  system_type: column.optional(column.string()),
  system_version: column.optional(column.string()),
  datapath_types: column.set(column.string()),
  iface_types: column.set(column.string()),
  dpdk_initialized: column.boolean(),
  dpdk_version: column.optional(column.string()),
});
