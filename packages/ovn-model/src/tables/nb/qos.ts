import { column, defineTable } from '@kube-ovn/ovsdb';

/**
 * DSCP marking or bandwidth metering of the packets that match, on one logical switch.
 * @source OVN_Northbound QoS
 */
export const qos = defineTable(
  'QoS',
  {
    priority: column.integer(0, 32767),
    direction: column.enum('from-lport', 'to-lport'),
    match: column.string(),
    action: column.map(column.enum('dscp'), column.integer(0, 63)),
    bandwidth: column.map(column.enum('rate', 'burst'), column.integer(1, 4294967295)),
    external_ids: column.map(column.string(), column.string()),
  },
  { isRoot: false },
);
