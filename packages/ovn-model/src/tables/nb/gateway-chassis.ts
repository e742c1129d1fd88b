import { column, defineTable } from '@kube-ovn/ovsdb';

/**
 * One candidate chassis for a distributed gateway port; the highest live priority carries it.
 * @source OVN_Northbound Gateway_Chassis
 */
export const gatewayChassis = defineTable(
  'Gateway_Chassis',
  {
    name: column.string(),
    chassis_name: column.string(),
    priority: column.integer(0, 32767),
    external_ids: column.map(column.string(), column.string()),
    options: column.map(column.string(), column.string()),
  },
  { isRoot: false },
);
