import { column, defineTable } from '@kube-ovn/ovsdb';

/**
 * A port of a logical switch: a pod's NIC, a link to a router, an uplink (`type` says which).
 * @source OVN_Northbound Logical_Switch_Port
 */
export const logicalSwitchPort = defineTable(
  'Logical_Switch_Port',
  {
    name: column.string(),
    type: column.string(),
    options: column.map(column.string(), column.string()),
    parent_name: column.optional(column.string()),
    tag_request: column.optional(column.integer(0, 4095)),
    tag: column.optional(column.integer(1, 4095)),
    addresses: column.set(column.string()),
    dynamic_addresses: column.optional(column.string()),
    port_security: column.set(column.string()),
    up: column.optional(column.boolean()),
    enabled: column.optional(column.boolean()),
    dhcpv4_options: column.optional(column.uuid('DHCP_Options', 'weak')),
    dhcpv6_options: column.optional(column.uuid('DHCP_Options', 'weak')),
    mirror_rules: column.set(column.uuid('Mirror', 'weak')),
    ha_chassis_group: column.optional(column.uuid('HA_Chassis_Group', 'strong')),
    external_ids: column.map(column.string(), column.string()),
  },
  { isRoot: false },
);
