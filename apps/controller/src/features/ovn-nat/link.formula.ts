/**
 * A Vpc's port on an external Subnet → rows.
 *
 * Reads: the link, the address of its OvnEip, the Subnet, the nodes that the port may be on. Wants: Logical_Router_Port `<vpc>-<subnet>`
 * bound to an HA_Chassis_Group of the same name; Logical_Switch_Port `<subnet>-<vpc>`, which announces the router's external addresses;
 * in a Vpc of a user the routes 0.0.0.0/0 and ::/0 to the Subnet's gateway, unless its author has others. The default Vpc has its own: there
 * policies lead here what is translated (nat.formula.ts).
 */
import type { Lease } from '@kube-ovn/ipam';
import { rowRef, type WantedRow, wantedRow } from '@kube-ovn/ovsdb';
import { routerPortName, switchRouterPortName, tables } from '@kube-ovn/ovn-model';
import type { NodeInput } from '../../inputs/node.ts';
import type { AddressBlock, SubnetInput } from '../../inputs/subnet.ts';
import type { VpcInput } from '../../inputs/vpc.ts';
import { addressOf } from '../lease.ts';
import { neighbourRoute } from '../vpc/neighbour-route.ts';
import { hasOwnDefault } from '../vpc/vpc.formula.ts';
import type { ExternalLink } from './links.ts';

const HIGHEST_PRIORITY = 1000;

export interface LinkSurroundings {
  readonly vpc: VpcInput;
  readonly subnet: SubnetInput;
  readonly lease: Lease;
  /** In order of preference. */
  readonly chassis: readonly NodeInput[];
}

export function linkRows(link: ExternalLink, surroundings: LinkSurroundings): readonly WantedRow[] {
  const { vpc, subnet, lease, chassis } = surroundings;
  const routerPort = routerPortName(vpc.name, subnet.name);
  const ids = { subnet: subnet.name, eip: link.eip };
  const blocks = subnet.blocks.filter(({ prefix: { family } }) => addressOf(lease, family) !== undefined);
  return [
    wantedRow(tables.haChassisGroup, routerPort, { external_ids: { lr: vpc.name } }),
    ...chassis.map(({ name, chassis: id = '' }, index) =>
      wantedRow(
        tables.haChassis,
        `${routerPort}/${name}`,
        { chassis_name: id, priority: HIGHEST_PRIORITY - index, external_ids: { node: name } },
        { table: 'HA_Chassis_Group', key: routerPort, column: 'ha_chassis' },
      ),
    ),
    wantedRow(
      tables.logicalRouterPort,
      routerPort,
      {
        mac: lease.mac,
        networks: blocks.map(({ prefix }) => `${addressOf(lease, prefix.family)}/${prefix.length}`),
        ha_chassis_group: rowRef('HA_Chassis_Group', routerPort),
        external_ids: { lr: vpc.name, ...ids },
      },
      { table: 'Logical_Router', key: vpc.name, column: 'ports' },
    ),
    wantedRow(
      tables.logicalSwitchPort,
      switchRouterPortName(subnet.name, vpc.name),
      {
        type: 'router',
        addresses: ['router'],
        options: { 'router-port': routerPort, 'nat-addresses': 'router' },
        external_ids: { ls: subnet.name, ...ids },
      },
      { table: 'Logical_Switch', key: subnet.name, column: 'ports' },
    ),
    ...(vpc.isDefault ? blocks.flatMap(({ gateway }) => neighbourRoute({ router: vpc.name, port: routerPort, gateway })) : []),
    ...(link.isDefault && !vpc.isDefault ? blocks.flatMap((block) => defaultRoute(vpc, block, routerPort)) : []),
  ];
}

function defaultRoute(vpc: VpcInput, { prefix: { family }, gateway }: AddressBlock, routerPort: string): readonly WantedRow[] {
  if (hasOwnDefault(vpc, family, '')) return [];
  return [
    wantedRow(
      tables.logicalRouterStaticRoute,
      `${vpc.name}/external/ip${family}`,
      { ip_prefix: family === 4 ? '0.0.0.0/0' : '::/0', nexthop: gateway, policy: 'dst-ip', output_port: routerPort },
      { table: 'Logical_Router', key: vpc.name, column: 'static_routes' },
    ),
  ];
}
