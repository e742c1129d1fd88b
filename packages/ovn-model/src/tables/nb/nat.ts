import { column, defineTable } from '@kube-ovn/ovsdb';

/**
 * One address translation on a gateway or distributed gateway router.
 * @source OVN_Northbound NAT
 */
export const nat = defineTable(
  'NAT',
  {
    external_ip: column.string(),
    external_mac: column.optional(column.string()),
    external_port_range: column.string(),
    logical_ip: column.string(),
    logical_port: column.optional(column.string()),
    type: column.enum('dnat', 'snat', 'dnat_and_snat'),
    allowed_ext_ips: column.optional(column.uuid('Address_Set', 'strong')),
    exempted_ext_ips: column.optional(column.uuid('Address_Set', 'strong')),
    gateway_port: column.optional(column.uuid('Logical_Router_Port', 'weak')),
    options: column.map(column.string(), column.string()),
    external_ids: column.map(column.string(), column.string()),
  },
  { isRoot: false },
);
