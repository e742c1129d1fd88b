import { column, defineTable } from '@kube-ovn/ovsdb';

/**
 * An OpenFlow controller of a bridge.
 * @source Open_vSwitch Controller
 */
export const controller = defineTable(
  'Controller',
  {
    type: column.optional(column.enum('primary', 'service')),
    target: column.string(),
    max_backoff: column.optional(column.integer(1000)),
    inactivity_probe: column.optional(column.integer()),
    connection_mode: column.optional(column.enum('in-band', 'out-of-band')),
    local_ip: column.optional(column.string()),
    local_netmask: column.optional(column.string()),
    local_gateway: column.optional(column.string()),
    enable_async_messages: column.optional(column.boolean()),
    controller_queue_size: column.optional(column.integer(1, 512)),
    controller_rate_limit: column.optional(column.integer(100)),
    controller_burst_limit: column.optional(column.integer(25)),
    other_config: column.map(column.string(), column.string()),
    external_ids: column.map(column.string(), column.string()),
    is_connected: column.boolean(),
    role: column.optional(column.enum('other', 'master', 'slave')),
    status: column.map(column.string(), column.string()),
  },
  { isRoot: false },
);
