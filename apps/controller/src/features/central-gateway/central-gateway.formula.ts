/**
 * Centralized gateways: traffic of a Subnet leaves the cluster by chosen nodes.
 *
 * Reads: Subnets in force, Nodes. Wants: the switch `kube-ovn.gateways` with one port that is on every node at once; per order of nodes a
 * port of the router to that switch, bound to the first of these nodes that is alive (HA_Chassis_Group), which OVN finds out by itself; per
 * Subnet and family a policy that sends what leaves through such ports (docs/adr/0010).
 */
import { GATEWAY_PORT } from '@kube-ovn/api';
import { type Fragment, rowRef, type WantedRow, wantedRow } from '@kube-ovn/ovsdb';
import { eq, gatewaySwitchName, printMatch, routerPortName, switchRouterPortName, tables } from '@kube-ovn/ovn-model';
import type { NodeInput } from '../../inputs/node.ts';
import { isRouted, type SubnetInput } from '../../inputs/subnet.ts';
import { bfdMembership } from '../bfd.ts';
import { fnv64 } from '../fnv.ts';
import { macOf } from '../mac.ts';
import { policyPriority } from '../policy-priorities.ts';
import { linkAddress, type Order } from './orders.formula.ts';

const FAMILIES = [4, 6] as const;
const HIGHEST_PRIORITY = 1000;

/** Whether a Subnet leaves by chosen nodes. */
export function hasCentralGateway(subnet: SubnetInput, clusterRouter: string): boolean {
  return isRouted(subnet) && subnet.vpc === clusterRouter && subnet.gatewayType === 'centralized';
}

/** What all orders share, and their router ports. */
export function gatewaySwitchFragment(
  slots: Readonly<Record<Order, number>>,
  nodes: ReadonlyMap<string, NodeInput>,
  router: string,
): Fragment {
  const orders = Object.entries(slots).toSorted(([a], [b]) => (a < b ? -1 : 1));
  if (orders.length === 0) return { rows: [], members: [] };
  const ports = orders.flatMap(([, slot]) => FAMILIES.map((family) => linkAddress(slot, 'node', family)));
  const rows = [
    wantedRow(tables.logicalSwitch, gatewaySwitchName, {}),
    wantedRow(
      tables.logicalSwitchPort,
      GATEWAY_PORT.name,
      { type: 'localport', addresses: [[GATEWAY_PORT.mac, ...ports].join(' ')] },
      { table: 'Logical_Switch', key: gatewaySwitchName, column: 'ports' },
    ),
    ...orders.flatMap(([order, slot]) => orderRows(order, slot, { nodes, router })),
  ];
  return { rows, members: [bfdMembership] };
}

/** What an order's rows are called. */
function nameOf(order: Order): string {
  return `gateway.${fnv64(order).toString(16).padStart(16, '0')}`;
}

/** The port by which traffic of an order leaves the router. */
export function gatewayRouterPort(order: Order, router: string): string {
  return routerPortName(router, nameOf(order));
}

/** @source OVN_Northbound Logical_Router_Port.ha_chassis_group */
function orderRows(
  order: Order,
  slot: number,
  { nodes, router }: { readonly nodes: ReadonlyMap<string, NodeInput>; readonly router: string },
): WantedRow[] {
  const name = nameOf(order);
  const routerPort = gatewayRouterPort(order, router);
  const ids = { nodes: order };
  return [
    wantedRow(tables.haChassisGroup, name, { external_ids: ids }),
    ...order
      .split(',')
      .map((node, index) =>
        wantedRow(
          tables.haChassis,
          `${name}/${node}`,
          { chassis_name: nodes.get(node)?.chassis ?? '', priority: HIGHEST_PRIORITY - index, external_ids: { node } },
          { table: 'HA_Chassis_Group', key: name, column: 'ha_chassis' },
        ),
      ),
    wantedRow(
      tables.logicalRouterPort,
      routerPort,
      {
        mac: macOf(routerPort),
        networks: [`${linkAddress(slot, 'router', 4)}/30`, `${linkAddress(slot, 'router', 6)}/64`],
        ha_chassis_group: rowRef('HA_Chassis_Group', name),
        external_ids: { lr: router, ...ids },
      },
      { table: 'Logical_Router', key: router, column: 'ports' },
    ),
    wantedRow(
      tables.logicalSwitchPort,
      switchRouterPortName(name, router),
      { type: 'router', addresses: ['router'], options: { 'router-port': routerPort }, external_ids: ids },
      { table: 'Logical_Switch', key: gatewaySwitchName, column: 'ports' },
    ),
  ];
}

/** Where one Subnet's traffic goes. Without a gateway node it goes nowhere. */
export function centralPolicies(
  subnet: Pick<SubnetInput, 'name' | 'blocks'>,
  links: readonly number[],
  router: string,
): Fragment | undefined {
  if (links.length === 0) return undefined;
  const rows = subnet.blocks.map(({ cidr, prefix: { family } }) =>
    wantedRow(
      tables.logicalRouterPolicy,
      `${router}/gateway/subnet/${subnet.name}/ip${family}`,
      {
        priority: policyPriority.gateway,
        match: printMatch(eq(`ip${family}.src`, cidr)),
        action: 'reroute',
        nexthops: links.map((slot) => linkAddress(slot, 'node', family)).toSorted(),
        external_ids: { subnet: subnet.name },
      },
      { table: 'Logical_Router', key: router, column: 'policies' },
    ),
  );
  return { rows, members: [] };
}
