import { column, defineTable } from '@kube-ovn/ovsdb';

/**
 * An L2 segment that spans chassis; a Subnet is one logical switch.
 * @source OVN_Northbound Logical_Switch
 */
export const logicalSwitch = defineTable('Logical_Switch', {
  name: column.string(),
  ports: column.set(column.uuid('Logical_Switch_Port', 'strong')),
  acls: column.set(column.uuid('ACL', 'strong')),
  qos_rules: column.set(column.uuid('QoS', 'strong')),
  load_balancer: column.set(column.uuid('Load_Balancer', 'weak')),
  load_balancer_group: column.set(column.uuid('Load_Balancer_Group', 'strong')),
  dns_records: column.set(column.uuid('DNS', 'weak')),
  copp: column.optional(column.uuid('Copp', 'weak')),
  other_config: column.map(column.string(), column.string()),
  external_ids: column.map(column.string(), column.string()),
  forwarding_groups: column.set(column.uuid('Forwarding_Group', 'strong')),
});
