/**
 * Attachment → its Port and Interface in the node's database.
 *
 * ovn-controller binds the logical switch port that `external_ids:iface-id` names and then sets `ovn-installed` in the same map.
 * @source ovn-controller(8); Open_vSwitch Interface.external_ids:iface-id
 */
import { vswitchTables } from '@kube-ovn/ovn-model';
import { rowRef, wantedRow, type Fragment } from '@kube-ovn/ovsdb';
import { unmanagedQos } from '../bandwidth/unmanaged.formula.ts';
import { INTEGRATION_BRIDGE } from '../join/join.formula.ts';
import { policerColumns, type Policers } from '../bandwidth/policer.formula.ts';
import { attachmentKey, printAttachment, type Attachment } from './record.ts';

/** Type of the interfaces that connect to sockets of pods. */
export const VHOST_USER_TYPE = 'dpdkvhostuserclient';

/** Name under which an attachment's fragment is known to the planner. */
export function attachmentOwner(attachment: Pick<Attachment, 'containerId' | 'ifName'>): string {
  return `attachment/${attachmentKey(attachment)}`;
}

/**
 * The rows of an attachment.
 * @param policers what limits an interface over vhost-user
 */
export function attachmentFragment(attachment: Attachment, policers: Policers = {}): Fragment {
  return attachment.vhostUser === undefined ? linkFragment(attachment) : vhostFragment(attachment, policers);
}

/**
 * The pod makes the socket, Open vSwitch connects, and does so again when either of them has been away.
 * @source Open_vSwitch Interface.type=dpdkvhostuserclient, options:vhost-server-path
 */
function vhostFragment(attachment: Attachment, policers: Policers): Fragment {
  const { hostLink, vhostUser, answer } = attachment;
  const { qos, interfaceColumns, rows } = policerColumns(hostLink, policers);
  return {
    rows: [
      ...rows,
      wantedRow(
        vswitchTables.port,
        hostLink,
        { interfaces: [rowRef('Interface', hostLink)], qos },
        { table: 'Bridge', key: INTEGRATION_BRIDGE, column: 'ports' },
      ),
      wantedRow(vswitchTables.networkInterface, hostLink, {
        type: VHOST_USER_TYPE,
        options: { 'vhost-server-path': vhostUser?.path ?? '' },
        mtu_request: answer.mtu,
        external_ids: printAttachment(attachment),
        ...interfaceColumns,
      }),
    ],
    members: [],
  };
}

function linkFragment(attachment: Attachment): Fragment {
  const { hostLink } = attachment;
  return {
    rows: [
      wantedRow(
        vswitchTables.port,
        hostLink,
        { interfaces: [rowRef('Interface', hostLink)], qos: unmanagedQos },
        { table: 'Bridge', key: INTEGRATION_BRIDGE, column: 'ports' },
      ),
      wantedRow(vswitchTables.networkInterface, hostLink, {
        external_ids: printAttachment(attachment),
        // an earlier installation's limit; docs/adr/0012 says what limits instead
        ingress_policing_rate: 0,
      }),
    ],
    members: [],
  };
}
