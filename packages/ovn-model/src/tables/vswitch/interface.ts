import { column, defineTable } from '@kube-ovn/ovsdb';

/**
 * One network device of a port; `external_ids:iface-id` binds it to a logical switch port.
 * @source Open_vSwitch Interface
 */
export const networkInterface = defineTable(
  'Interface',
  {
    name: column.string(),
    type: column.string(),
    options: column.map(column.string(), column.string()),
    ingress_policing_rate: column.integer(0),
    ingress_policing_burst: column.integer(0),
    ingress_policing_kpkts_rate: column.integer(0),
    ingress_policing_kpkts_burst: column.integer(0),
    mac_in_use: column.optional(column.string()),
    mac: column.optional(column.string()),
    ifindex: column.optional(column.integer(0, 4294967295)),
    external_ids: column.map(column.string(), column.string()),
    ofport: column.optional(column.integer()),
    ofport_request: column.optional(column.integer(1, 65279)),
    bfd: column.map(column.string(), column.string()),
    bfd_status: column.map(column.string(), column.string()),
    cfm_mpid: column.optional(column.integer()),
    cfm_remote_mpids: column.set(column.integer()),
    cfm_flap_count: column.optional(column.integer()),
    cfm_fault: column.optional(column.boolean()),
    cfm_fault_status: column.set(column.string()),
    cfm_remote_opstate: column.optional(column.enum('up', 'down')),
    cfm_health: column.optional(column.integer(0, 100)),
    lacp_current: column.optional(column.boolean()),
    lldp: column.map(column.string(), column.string()),
    other_config: column.map(column.string(), column.string()),
    statistics: column.map(column.string(), column.integer()),
    status: column.map(column.string(), column.string()),
    admin_state: column.optional(column.enum('up', 'down')),
    link_state: column.optional(column.enum('up', 'down')),
    link_resets: column.optional(column.integer()),
    link_speed: column.optional(column.integer()),
    duplex: column.optional(column.enum('half', 'full')),
    mtu: column.optional(column.integer()),
    mtu_request: column.optional(column.integer(1)),
    error: column.optional(column.string()),
  },
  { isRoot: false },
);
