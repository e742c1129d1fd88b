import { column, defineTable } from '@kube-ovn/ovsdb';

/**
 * A port of a logical router; `networks` holds its addresses with prefix lengths.
 * @source OVN_Northbound Logical_Router_Port
 */
export const logicalRouterPort = defineTable(
  'Logical_Router_Port',
  {
    name: column.string(),
    gateway_chassis: column.set(column.uuid('Gateway_Chassis', 'strong')),
    ha_chassis_group: column.optional(column.uuid('HA_Chassis_Group', 'strong')),
    options: column.map(column.string(), column.string()),
    networks: column.set(column.string(), { min: 1 }),
    mac: column.string(),
    peer: column.optional(column.string()),
    enabled: column.optional(column.boolean()),
    ipv6_ra_configs: column.map(column.string(), column.string()),
    ipv6_prefix: column.set(column.string()),
    external_ids: column.map(column.string(), column.string()),
  },
  { isRoot: false },
);
