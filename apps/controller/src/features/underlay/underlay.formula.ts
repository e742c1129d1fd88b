/**
 * Subnet on a Vlan → the port by which its switch reaches the physical network on every node.
 *
 * Reads: Subnet, Vlan. Wants: Logical_Switch_Port `localnet.<subnet>`, and with a logical gateway an
 * option of NB_Global; nodes know by `ovn-bridge-mappings` which of their bridges it is.
 */
import { type Fragment, wantedRow } from '@kube-ovn/ovsdb';
import { tables } from '@kube-ovn/ovn-model';
import { asymmetric } from '../interconnection/interconnection.formula.ts';
import { cidrOf, type SubnetInput } from '../../inputs/subnet.ts';
import type { VlanInput } from '../../inputs/vlan.ts';

/** @source OVN_Northbound Logical_Switch_Port.type "localnet", options:network_name, tag: absent without a tag */
export function localnetFragment(subnet: SubnetInput, { network, id }: VlanInput): Fragment {
  const row = wantedRow(
    tables.logicalSwitchPort,
    `localnet.${subnet.name}`,
    {
      type: 'localnet',
      addresses: ['unknown'],
      options: { network_name: network },
      ...(id === 0 ? { tag: undefined } : { tag: id }),
      external_ids: { ls: subnet.name, network: cidrOf(subnet) },
    },
    { table: 'Logical_Switch', key: subnet.name, column: 'ports' },
  );
  return { rows: [row], members: subnet.logicalGateway ? [asymmetric] : [] };
}
