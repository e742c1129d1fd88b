/**
 * The QoS of every port that the daemon makes: none of Open vSwitch's. Without it ovs-vswitchd deletes what limits a port whenever it
 * configures the port anew.
 *
 * @source Open_vSwitch QoS.type=linux-noop
 */
import { vswitchTables } from '@kube-ovn/ovn-model';
import { rowRef, wantedRow, type Fragment, type RowRef } from '@kube-ovn/ovsdb';

/** Name under which the row is known to the planner. */
export const QOS_OWNER = 'qos';
const KEY = 'unmanaged';

/** Value of Port.qos. */
export const unmanagedQos: RowRef<'QoS'> = rowRef('QoS', KEY);

/** The row that all these ports share. */
export function unmanagedFragment(): Fragment {
  return { rows: [wantedRow(vswitchTables.qos, KEY, { type: 'linux-noop' })], members: [] };
}
