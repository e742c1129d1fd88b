/**
 * Pod → its port.
 *
 * Reads: Pod, its lease, its port as OVN shows it. Wants: Logical_Switch_Port `<pod>.<namespace>` on the lease's switch; once OVN shows
 * that port with the lease's addresses, the annotations that the node's daemon waits for.
 */
import { type Fragment, wantedRow } from '@kube-ovn/ovsdb';
import { tables } from '@kube-ovn/ovn-model';
import type { HeldLease } from '../../effects/demand.ts';
import type { PodInput } from '../../inputs/pod.ts';
import { portAddresses } from '../lease.ts';

/** The port of one pod. @source Kube-OVN names ports `<pod>.<namespace>` and marks them with the pod */
export function podFragment(pod: PodInput, lease: HeldLease): Fragment {
  const addresses = portAddresses(lease);
  const port = wantedRow(
    tables.logicalSwitchPort,
    pod.port,
    {
      addresses: pod.layer2Forward ? [addresses, 'unknown'] : [addresses],
      port_security: pod.portSecurity ? [addresses] : [],
      external_ids: { pod: pod.key, ls: lease.subnet },
    },
    { table: 'Logical_Switch', key: lease.subnet, column: 'ports' },
  );
  return { rows: [port], members: [] };
}
