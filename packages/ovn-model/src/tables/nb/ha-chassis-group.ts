import { column, defineTable } from '@kube-ovn/ovsdb';

/**
 * Chassis among which a gateway or external port fails over.
 * @source OVN_Northbound HA_Chassis_Group
 */
export const haChassisGroup = defineTable('HA_Chassis_Group', {
  name: column.string(),
  ha_chassis: column.set(column.uuid('HA_Chassis', 'strong')),
  external_ids: column.map(column.string(), column.string()),
});
