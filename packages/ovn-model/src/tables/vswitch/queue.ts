import { column, defineTable } from '@kube-ovn/ovsdb';

/**
 * One queue of a QoS row.
 * @source Open_vSwitch Queue
 */
export const queue = defineTable('Queue', {
  dscp: column.optional(column.integer(0, 63)),
  other_config: column.map(column.string(), column.string()),
  external_ids: column.map(column.string(), column.string()),
});
