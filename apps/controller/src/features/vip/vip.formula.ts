/**
 * Vip → its port.
 *
 * Reads: the Vip, its lease, the ports that may hold it, its Subnet's Vpc. Wants: of the empty type, Logical_Switch_Port `<vip>` of type
 * `virtual` (and `<vip>-ip6` for the other family of a dual-stack Vip), which is bound where a parent announces the address; of type
 * `switch_lb_vip` the address at the port that leads to the Subnet's router, which so answers for it; of `kube_host_vm_vip` nothing.
 *
 * A port of the address's own with the router's MAC address would take from the router what is sent to it: a switch has one port per MAC address.
 */
import { type Fragment, type WantedRow, wantedRow } from '@kube-ovn/ovsdb';
import { routerPortName, switchRouterPortName, tables } from '@kube-ovn/ovn-model';
import type { HeldLease } from '../../effects/demand.ts';
import type { VipInput } from '../../inputs/vip.ts';
import { portAddresses } from '../lease.ts';
import { macOf } from '../mac.ts';

export interface VipSurroundings {
  /** Ports that may hold it. */
  readonly parents: readonly string[];
  /** Router of its Subnet; empty where there is none. */
  readonly vpc: string;
}

/** Rows of one Vip. @source Kube-OVN names the port as the Vip; ovn-nb(5) Logical_Switch_Port: virtual-ip, virtual-parents */
export function vipFragment(vip: VipInput, lease: HeldLease, { parents, vpc }: VipSurroundings): Fragment | undefined {
  if (vip.type === 'kube_host_vm_vip') return undefined;
  if (vip.type === 'switch_lb_vip') {
    if (vpc === '') return undefined;
    const address = portAddresses({ ...lease, mac: macOf(routerPortName(vpc, lease.subnet)) });
    const port = { table: 'Logical_Switch_Port', key: switchRouterPortName(lease.subnet, vpc) };
    return { rows: [], members: [{ ...port, column: 'addresses', set: [address] }] };
  }
  const [first = '', ...others] = [lease.v4, lease.v6].filter((address) => address !== undefined);
  const virtual = (address: string, suffix: string): WantedRow => {
    const options = { 'virtual-ip': address, ...(parents.length === 0 ? {} : { 'virtual-parents': parents.join(',') }) };
    return row(vip, lease, { type: 'virtual', addresses: [], options }, suffix);
  };
  return { rows: [virtual(first, ''), ...others.map((address) => virtual(address, '-ip6'))], members: [] };
}

interface PortColumns {
  readonly type?: string;
  readonly addresses: readonly string[];
  readonly options: Readonly<Record<string, string>>;
}

function row(vip: VipInput, lease: HeldLease, columns: PortColumns, suffix = ''): WantedRow {
  return wantedRow(
    tables.logicalSwitchPort,
    `${vip.name}${suffix}`,
    { ...columns, external_ids: { vip: vip.name, ls: lease.subnet } },
    { table: 'Logical_Switch', key: lease.subnet, column: 'ports' },
  );
}
