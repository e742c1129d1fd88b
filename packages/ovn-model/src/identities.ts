/**
 * Which rows of the databases are ours, and by what name the planner knows them.
 *
 * A row with a `name` column is known by that name and bears `external_ids:vendor=kube-ovn`; a row without one (an ACL, a route)
 * bears its key in `external_ids:ko-id` as well. Rows without these marks belong to somebody else and are never touched.
 *
 * A table that has no external_ids says by the names of its rows which are ours (Load_Balancer_Group); Static_MAC_Binding, which has neither,
 * joins this list together with the first feature that writes it.
 */
import { isServiceGroupName } from './names.ts';
import { keyedIdentity, namedIdentity, singletonIdentity, type TableIdentity } from '@kube-ovn/ovsdb';

/** The value of `external_ids:vendor` of every row that we own. */
export const owner = 'kube-ovn';

const named: TableIdentity = namedIdentity({ owner });
const keyed: TableIdentity = keyedIdentity({ owner });

const loadBalancerGroups: TableIdentity = {
  keyOf: ({ name }) => (typeof name === 'string' && isServiceGroupName(name) ? name : undefined),
  mark: (key) => ({ name: key }),
};

/** Options of NB_Global that are ours: they are removed when no feature wants them any more. */
const ownedGlobalOptions: readonly string[] = ['use_ct_inv_match', 'use_logical_dp_groups', 'bfd-min-rx', 'bfd-min-tx', 'bfd-mult'];

/** Identities of the rows that we own in OVN_Northbound, by table. */
export const nbIdentities: Readonly<Record<string, TableIdentity>> = {
  NB_Global: singletonIdentity({ declaredKeys: { options: ownedGlobalOptions } }),
  Logical_Switch: named,
  Logical_Switch_Port: named,
  Logical_Router: named,
  Logical_Router_Port: named,
  Load_Balancer: named,
  Load_Balancer_Group: loadBalancerGroups,
  Port_Group: named,
  Address_Set: named,
  Meter: named,
  Chassis_Template_Var: namedIdentity({ name: 'chassis', owner }),
  Gateway_Chassis: named,
  HA_Chassis_Group: named,
  Mirror: named,
  ACL: keyed,
  QoS: keyed,
  NAT: keyed,
  Logical_Router_Static_Route: keyed,
  Logical_Router_Policy: keyed,
  DHCP_Options: keyed,
  DNS: keyed,
  BFD: keyed,
  HA_Chassis: keyed,
  Meter_Band: keyed,
  Load_Balancer_Health_Check: keyed,
};

/**
 * Keys of `Open_vSwitch.external_ids` that the node daemon sets, and removes when it no longer wants them. What the installation of
 * the node may have set (system-id, ovn-remote, ovn-monitor-all) is not among them: the daemon writes such a key, but never removes it.
 * @source ovn-controller(8) CONFIGURATION
 */
const ovsGlobalKeys: Readonly<Record<string, readonly string[]>> = {
  external_ids: [
    'ovn-encap-type',
    'ovn-encap-ip',
    'ovn-encap-ip-default',
    'ovn-encap-csum',
    'ovn-openflow-probe-interval',
    'ovn-remote-probe-interval',
  ],
};

/** ovn-controller and ovs-vswitchd note things of their own there, such as `ovn-installed`. */
const namedAmongOthers: TableIdentity = namedIdentity({ owner, openColumns: ['external_ids', 'other_config'] });

/** Bridges by name, whoever made them: ovn-controller makes br-int. */
const bridges: TableIdentity = {
  keyOf: (row) => (typeof row['name'] === 'string' ? row['name'] : undefined),
  mark: (key) => ({ name: key }),
  shared: true,
};

/**
 * Identities of the rows that the node daemon owns in Open_vSwitch (conf.db), by table. Ports and interfaces that others made (a
 * provider's bridge, a CNI of another vendor) bear no mark of ours and stay as they are.
 */
export const ovsIdentities: Readonly<Record<string, TableIdentity>> = {
  Open_vSwitch: singletonIdentity({ declaredKeys: ovsGlobalKeys }),
  Bridge: bridges,
  Port: namedAmongOthers,
  Interface: namedAmongOthers,
  Mirror: named,
  QoS: keyed,
  Queue: keyed,
};
