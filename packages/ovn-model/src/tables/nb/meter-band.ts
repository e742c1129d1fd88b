import { column, defineTable } from '@kube-ovn/ovsdb';

/**
 * One rate of a meter.
 * @source OVN_Northbound Meter_Band
 */
export const meterBand = defineTable(
  'Meter_Band',
  {
    action: column.enum('drop'),
    rate: column.integer(1, 4294967295),
    burst_size: column.integer(0, 4294967295),
    external_ids: column.map(column.string(), column.string()),
  },
  { isRoot: false },
);
