import { column, defineTable } from '@kube-ovn/ovsdb';

/**
 * One member of an HA chassis group.
 * @source OVN_Northbound HA_Chassis
 */
export const haChassis = defineTable(
  'HA_Chassis',
  {
    chassis_name: column.string(),
    priority: column.integer(0, 32767),
    external_ids: column.map(column.string(), column.string()),
  },
  { isRoot: false },
);
