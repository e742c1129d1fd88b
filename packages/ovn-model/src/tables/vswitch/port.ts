import { column, defineTable } from '@kube-ovn/ovsdb';

/**
 * A port of a bridge, made of one interface or of a bond of several.
 * @source Open_vSwitch Port
 */
export const port = defineTable(
  'Port',
  {
    name: column.string(),
    interfaces: column.set(column.uuid('Interface', 'strong'), { min: 1 }),
    trunks: column.set(column.integer(0, 4095), { max: 4096 }),
    cvlans: column.set(column.integer(0, 4095), { max: 4096 }),
    tag: column.optional(column.integer(0, 4095)),
    vlan_mode: column.optional(column.enum('trunk', 'access', 'native-tagged', 'native-untagged', 'dot1q-tunnel')),
    qos: column.optional(column.uuid('QoS', 'strong')),
    mac: column.optional(column.string()),
    bond_mode: column.optional(column.enum('balance-tcp', 'balance-slb', 'active-backup')),
    lacp: column.optional(column.enum('active', 'passive', 'off')),
    bond_updelay: column.integer(),
    bond_downdelay: column.integer(),
    bond_active_slave: column.optional(column.string()),
    bond_fake_iface: column.boolean(),
    fake_bridge: column.boolean(),
    status: column.map(column.string(), column.string()),
    rstp_status: column.map(column.string(), column.string()),
    rstp_statistics: column.map(column.string(), column.integer()),
    statistics: column.map(column.string(), column.integer()),
    protected: column.boolean(),
    other_config: column.map(column.string(), column.string()),
    external_ids: column.map(column.string(), column.string()),
  },
  { isRoot: false },
);
