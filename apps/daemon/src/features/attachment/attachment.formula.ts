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
import { attachmentKey, printAttachment, type Attachment } from './record.ts';

/** Name under which an attachment's fragment is known to the planner. */
export function attachmentOwner(attachment: Pick<Attachment, 'containerId' | 'ifName'>): string {
  return `attachment/${attachmentKey(attachment)}`;
}

/** The rows of an attachment. */
export function attachmentFragment(attachment: Attachment): Fragment {
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
