import { column, defineTable } from '@kube-ovn/ovsdb';

/**
 * A software switch on the node.
 * @source Open_vSwitch Bridge
 */
export const bridge = defineTable(
  'Bridge',
  {
    name: column.string(),
    datapath_type: column.string(),
    datapath_version: column.string(),
    datapath_id: column.optional(column.string()),
    stp_enable: column.boolean(),
    rstp_enable: column.boolean(),
    mcast_snooping_enable: column.boolean(),
    ports: column.set(column.uuid('Port', 'strong')),
    mirrors: column.set(column.uuid('Mirror', 'strong')),
    controller: column.set(column.uuid('Controller', 'strong')),
    protocols: column.set(column.enum('OpenFlow10', 'OpenFlow11', 'OpenFlow12', 'OpenFlow13', 'OpenFlow14', 'OpenFlow15')),
    fail_mode: column.optional(column.enum('standalone', 'secure')),
    status: column.map(column.string(), column.string()),
    rstp_status: column.map(column.string(), column.string()),
    other_config: column.map(column.string(), column.string()),
    external_ids: column.map(column.string(), column.string()),
    flood_vlans: column.set(column.integer(0, 4095), { max: 4096 }),
  },
  { isRoot: false },
);
