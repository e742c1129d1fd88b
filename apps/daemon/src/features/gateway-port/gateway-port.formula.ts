/**
 * The node's end of the way out of centralized Subnets: `ovn-gw0` on br-int. Traffic comes in by it when OVN has chosen this node; what comes
 * back goes by `ovn0`, as to any pod.
 *
 * Reads: Subnets, the MTU. Wants: a Port and an Interface in the node's database while there are such Subnets.
 */
import { GATEWAY_PORT } from '@kube-ovn/api';
import { rowRef, wantedRow, type Fragment } from '@kube-ovn/ovsdb';
import { vswitchTables } from '@kube-ovn/ovn-model';
import type { NodeSubnet } from '../../inputs/subnet.ts';
import { INTEGRATION_BRIDGE } from '../join/join.formula.ts';

/** Name under which the planner knows it. */
export const GATEWAY_OWNER = 'gateway';

/** Whether traffic of some Subnet may leave by this node. */
export function needsGatewayPort(subnets: readonly NodeSubnet[], clusterRouter: string): boolean {
  return subnets.some((subnet) => subnet.isRouted && subnet.isCentralized && subnet.vpc === clusterRouter);
}

/** @source Open_vSwitch Interface.type=internal; OVN_Northbound Logical_Switch_Port.type=localport */
export function gatewayPortFragment(mtuBytes: number): Fragment {
  return {
    rows: [
      wantedRow(
        vswitchTables.port,
        GATEWAY_PORT.link,
        { interfaces: [rowRef('Interface', GATEWAY_PORT.link)] },
        { table: 'Bridge', key: INTEGRATION_BRIDGE, column: 'ports' },
      ),
      wantedRow(vswitchTables.networkInterface, GATEWAY_PORT.link, {
        type: 'internal',
        mac: GATEWAY_PORT.mac,
        mtu_request: mtuBytes,
        external_ids: { 'iface-id': GATEWAY_PORT.name },
      }),
    ],
    members: [],
  };
}
