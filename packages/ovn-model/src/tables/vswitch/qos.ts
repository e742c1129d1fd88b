import { column, defineTable } from '@kube-ovn/ovsdb';

/**
 * The queueing discipline of a port.
 * @source Open_vSwitch QoS
 */
export const qos = defineTable('QoS', {
  type: column.string(),
  queues: column.map(column.integer(0, 4294967295), column.uuid('Queue', 'strong')),
  other_config: column.map(column.string(), column.string()),
  external_ids: column.map(column.string(), column.string()),
});
