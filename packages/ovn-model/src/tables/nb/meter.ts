import { column, defineTable } from '@kube-ovn/ovsdb';

/**
 * A rate limit for log records and control packets.
 * @source OVN_Northbound Meter
 */
export const meter = defineTable('Meter', {
  name: column.string(),
  unit: column.enum('kbps', 'pktps'),
  bands: column.set(column.uuid('Meter_Band', 'strong'), { min: 1 }),
  fair: column.optional(column.boolean()),
  external_ids: column.map(column.string(), column.string()),
});
