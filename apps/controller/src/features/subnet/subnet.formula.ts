/**
 * Subnet → its logical switch and its place in its Vpc.
 *
 * Reads: Subnet, Vpc. Wants: Logical_Switch `<subnet>`; for an overlay Subnet the link to the router (Logical_Switch_Port
 * `<subnet>-<vpc>`, Logical_Router_Port `<vpc>-<subnet>` with the gateway addresses); in the default Vpc a policy per family that keeps
 * traffic to the Subnet inside the router, ahead of the policies that send traffic to gateways. The router announces itself by IPv6 where
 * the Subnet asks for it.
 */
import { type Fragment, type WantedRow, wantedRow } from '@kube-ovn/ovsdb';
import { eq, printMatch, routerPortName, switchRouterPortName, tables } from '@kube-ovn/ovn-model';
import { isRouted, type SubnetInput } from '../../inputs/subnet.ts';
import type { VpcInput } from '../../inputs/vpc.ts';
import { macOf } from '../mac.ts';
import { policyPriority } from '../policy-priorities.ts';

/** Rows of one Subnet; none when its addresses serve another CNI plugin. */
export function subnetFragment(subnet: SubnetInput, vpc: VpcInput | undefined): Fragment | undefined {
  if (!subnet.isOvn) return undefined;
  const ids = { subnet: subnet.name };
  const logicalSwitch = wantedRow(tables.logicalSwitch, subnet.name, { external_ids: { ls: subnet.name } });
  if (!isRouted(subnet) || vpc === undefined) return { rows: [logicalSwitch], members: [] };
  const policies = vpc.isDefault ? subnet.blocks.map((block) => insidePolicy(vpc.name, subnet.name, block)) : [];
  return { rows: [logicalSwitch, ...routerLink(subnet, vpc.name, ids), ...policies], members: [] };
}

/** @source OVN_Northbound Logical_Switch_Port.type "router", options:router-port */
function routerLink(subnet: SubnetInput, router: string, ids: Readonly<Record<string, string>>): WantedRow[] {
  const routerPort = routerPortName(router, subnet.name);
  return [
    wantedRow(
      tables.logicalRouterPort,
      routerPort,
      {
        mac: macOf(routerPort),
        networks: subnet.blocks.map((block) => `${block.gateway}/${block.prefix.length}`),
        ipv6_ra_configs: subnet.routerAdvertisements,
        options: subnet.routeTable === '' ? {} : { route_table: subnet.routeTable },
        external_ids: { lr: router, ...ids },
      },
      { table: 'Logical_Router', key: router, column: 'ports' },
    ),
    wantedRow(
      tables.logicalSwitchPort,
      switchRouterPortName(subnet.name, router),
      {
        type: 'router',
        addresses: ['router'],
        options: { 'router-port': routerPort },
        external_ids: { ls: subnet.name, ...ids },
      },
      { table: 'Logical_Switch', key: subnet.name, column: 'ports' },
    ),
  ];
}

function insidePolicy(router: string, subnet: string, block: SubnetInput['blocks'][number]): WantedRow {
  const { family } = block.prefix;
  return wantedRow(
    tables.logicalRouterPolicy,
    `${router}/subnet/${subnet}/ip${family}`,
    {
      priority: policyPriority.insideVpc,
      match: printMatch(eq(`ip${family}.dst`, block.cidr)),
      action: 'allow',
      external_ids: { subnet },
    },
    { table: 'Logical_Router', key: router, column: 'policies' },
  );
}
