import { column, defineTable } from '@kube-ovn/ovsdb';

/**
 * VIPs and their backends for one protocol; attached to switches and routers.
 * @source OVN_Northbound Load_Balancer
 */
export const loadBalancer = defineTable('Load_Balancer', {
  name: column.string(),
  vips: column.map(column.string(), column.string()),
  protocol: column.optional(column.enum('tcp', 'udp', 'sctp')),
  health_check: column.set(column.uuid('Load_Balancer_Health_Check', 'strong')),
  ip_port_mappings: column.map(column.string(), column.string()),
  selection_fields: column.set(column.enum('eth_src', 'eth_dst', 'ip_src', 'ip_dst', 'tp_src', 'tp_dst')),
  options: column.map(column.string(), column.string()),
  external_ids: column.map(column.string(), column.string()),
});
