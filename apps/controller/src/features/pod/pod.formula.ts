/**
 * Interface of a pod → its port.
 *
 * Reads: the interface, its lease, the Vips that it may hold, the pods of its virtual machine. Wants: Logical_Switch_Port
 * `<pod>.<namespace>[.<provider>]` on the lease's switch, with the machine's name in place of the pod's where there is one. An
 * interface that another plugin makes has no port.
 */
import { type Fragment, wantedRow } from '@kube-ovn/ovsdb';
import { tables } from '@kube-ovn/ovn-model';
import type { Lease } from '@kube-ovn/ipam';
import type { HeldLease } from '../../effects/demand.ts';
import type { PodInterface } from '../../inputs/pod.ts';
import { portAddresses } from '../lease.ts';
import { type Launchers, machinePortOptions } from '../virtual-machine/launchers.ts';

/** What else a port depends on. */
export interface InterfaceSurroundings {
  readonly vips?: readonly Lease[];
  /** Pods of the virtual machine that has the port. */
  readonly launchers?: Launchers | undefined;
}

/** The port of one interface. @source Kube-OVN names ports `<pod>.<namespace>[.<provider>]` and marks them with the pod */
export function interfaceFragment(
  nic: PodInterface,
  lease: HeldLease,
  { vips = [], launchers }: InterfaceSurroundings = {},
): Fragment | undefined {
  if (!nic.isOvn) return undefined;
  const addresses = portAddresses(lease);
  const port = wantedRow(
    tables.logicalSwitchPort,
    nic.port,
    {
      addresses: nic.layer2Forward ? [addresses, 'unknown'] : [addresses],
      port_security: nic.portSecurity
        ? [[addresses, ...vips.flatMap(({ v4, v6 }) => [v4, v6]).filter((text) => text !== undefined)].join(' ')]
        : [],
      ...(launchers === undefined ? {} : { options: machinePortOptions(launchers) }),
      external_ids: { pod: nic.machine ?? nic.pod, ls: lease.subnet },
    },
    { table: 'Logical_Switch', key: lease.subnet, column: 'ports' },
  );
  return { rows: [port], members: [] };
}
