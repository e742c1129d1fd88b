import { column, defineTable } from '@kube-ovn/ovsdb';

/**
 * Which packets of a bridge are copied to which port.
 * @source Open_vSwitch Mirror
 */
export const mirror = defineTable(
  'Mirror',
  {
    name: column.string(),
    select_all: column.boolean(),
    select_src_port: column.set(column.uuid('Port', 'weak')),
    select_dst_port: column.set(column.uuid('Port', 'weak')),
    select_vlan: column.set(column.integer(0, 4095), { max: 4096 }),
    output_port: column.optional(column.uuid('Port', 'weak')),
    output_vlan: column.optional(column.integer(1, 4095)),
    snaplen: column.optional(column.integer(14, 65535)),
    statistics: column.map(column.string(), column.integer()),
    external_ids: column.map(column.string(), column.string()),
  },
  { isRoot: false },
);
