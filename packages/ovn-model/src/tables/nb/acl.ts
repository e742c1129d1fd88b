import { column, defineTable } from '@kube-ovn/ovsdb';

/**
 * A firewall rule on a logical switch or a port group; higher `priority` wins, `match` is a match expression.
 * @source OVN_Northbound ACL
 */
export const acl = defineTable(
  'ACL',
  {
    name: column.optional(column.string({ maxLength: 63 })),
    priority: column.integer(0, 32767),
    direction: column.enum('from-lport', 'to-lport'),
    match: column.string(),
    action: column.enum('allow', 'allow-related', 'allow-stateless', 'drop', 'reject'),
    log: column.boolean(),
    severity: column.optional(column.enum('alert', 'warning', 'notice', 'info', 'debug')),
    meter: column.optional(column.string()),
    label: column.integer(0, 4294967295),
    options: column.map(column.string(), column.string()),
    external_ids: column.map(column.string(), column.string()),
  },
  { isRoot: false },
);
