/**
 * Subnet → its logical switch and its place in its Vpc.
 *
 * Reads: Subnet, Vpc. Wants: Logical_Switch `<subnet>`; for an overlay Subnet the link to the router (Logical_Switch_Port
 * `<subnet>-<vpc>`, Logical_Router_Port `<vpc>-<subnet>` with the gateway addresses); in the default Vpc a policy per family that keeps
 * traffic to the Subnet inside the router, ahead of the policies that send traffic to gateways. The router announces itself by IPv6 where
 * the Subnet asks for it.
 */
import { type Fragment, type WantedRow, wantedRow } from '@kube-ovn/ovsdb';
import { eq, printMatch, routerPortName, tables } from '@kube-ovn/ovn-model';
import { isRouted, type SubnetInput } from '../../inputs/subnet.ts';
import type { VpcInput } from '../../inputs/vpc.ts';
import { macOf } from '../mac.ts';
import { policyPriority } from '../policy-priorities.ts';
import { routerLink } from './router-link.ts';

/** Rows of one Subnet; none when its addresses serve another CNI plugin. */
export function subnetFragment(subnet: SubnetInput, vpc: VpcInput | undefined): Fragment | undefined {
  if (!subnet.isOvn) return undefined;
  const logicalSwitch = wantedRow(tables.logicalSwitch, subnet.name, { external_ids: { ls: subnet.name } });
  if (!isRouted(subnet) || vpc === undefined) return { rows: [logicalSwitch], members: [] };
  const policies = vpc.isDefault ? subnet.blocks.map((block) => insidePolicy(vpc.name, subnet.name, block)) : [];
  const routerPort = routerPortName(vpc.name, subnet.name);
  const link = routerLink(subnet.name, vpc.name, {
    mac: macOf(routerPort),
    networks: subnet.blocks.map((block) => `${block.gateway}/${block.prefix.length}`),
    ipv6_ra_configs: subnet.routerAdvertisements,
    options: subnet.routeTable === '' ? {} : { route_table: subnet.routeTable },
    external_ids: { subnet: subnet.name },
  });
  return { rows: [logicalSwitch, ...link, ...policies], members: [] };
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
