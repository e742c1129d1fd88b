/**
 * Underlay Subnet with u2oInterconnection → its place on the router of its Vpc, beside its physical gateway.
 *
 * Reads: Subnet, Vpc, the address of the junction, addresses of nodes. Wants: Logical_Router_Port `<vpc>-<subnet>` with that address and
 * Logical_Switch_Port `<subnet>-<vpc>`. Pods have the junction as their gateway (features/pod/annotations.ts): what they send to Subnets of the Vpc
 * stays inside, everything else the router hands on to the physical gateway. In the default Vpc policies say so, as for all of its Subnets; in
 * a Vpc of a user the port has a table of routes of its own, with that gateway as the default and the routes of the Vpc's author.
 */
import { type Fragment, type Membership, type WantedRow, wantedRow } from '@kube-ovn/ovsdb';
import { and, eq, inSet, type Match, printMatch, routerPortName, tables } from '@kube-ovn/ovn-model';
import { prefixContains, readAddress } from '@kube-ovn/ipam';
import type { HeldLease } from '../../effects/demand.ts';
import type { AddressBlock, SubnetInput } from '../../inputs/subnet.ts';
import type { VpcInput } from '../../inputs/vpc.ts';
import { addressOf } from '../lease.ts';
import { policyPriority } from '../policy-priorities.ts';
import { routerLink } from '../subnet/router-link.ts';
import { neighbourRoute } from '../vpc/neighbour-route.ts';
import { staticRouteRow } from '../vpc/routes.formula.ts';
import { hasOwnDefault } from '../vpc/vpc.formula.ts';

export interface JunctionSurroundings {
  readonly vpc: VpcInput;
  /** Whose owner is the junction. */
  readonly lease: HeldLease;
  /** Internal addresses of all nodes. */
  readonly nodeAddresses: readonly string[];
}

/**
 * Between nodes what goes to an underlay pod takes the physical network, and what it answers a tunnel. So the switch's port to that network sees one
 * direction of a connection; without this OVN drops there what its connection tracking calls invalid. What policies forbid is dropped all the same:
 * they let pass new and established connections alone.
 *
 * @source ovn-nb(5) NB_Global options:use_ct_inv_match; Kube-OVN sets it always
 */
export const asymmetric: Membership = { table: 'NB_Global', key: '.', column: 'options', map: { use_ct_inv_match: 'false' } };

/** Rows of one junction. */
export function junctionFragment(subnet: SubnetInput, { vpc, lease, nodeAddresses }: JunctionSurroundings): Fragment {
  const blocks = subnet.blocks.filter(({ prefix: { family } }) => addressOf(lease, family) !== undefined);
  const table = vpc.isDefault || subnet.routeTable !== '' ? subnet.routeTable : `u2o.${subnet.name}`;
  const link = routerLink(subnet.name, vpc.name, {
    mac: lease.mac,
    networks: blocks.map(({ prefix }) => `${addressOf(lease, prefix.family)}/${prefix.length}`),
    options: table === '' ? {} : { route_table: table },
    external_ids: { subnet: subnet.name, u2o: lease.owner },
  });
  const ways = vpc.isDefault
    ? blocks.flatMap((block) => [
        ...policies(subnet, block, { router: vpc.name, nodeAddresses }),
        ...neighbourRoute({ router: vpc.name, port: routerPortName(vpc.name, subnet.name), gateway: block.gateway }),
      ])
    : routes(subnet, blocks, { vpc, table });
  return { rows: [...link, ...ways], members: [asymmetric] };
}

/** @source Kube-OVN, policies of u2oInterconnection: 29400, 31000 and 29000; with overlayOnlyRouting 30060 and 30050 */
function policies(
  { name, junction }: SubnetInput,
  { cidr, gateway, prefix }: AddressBlock,
  { router, nodeAddresses }: { readonly router: string; readonly nodeAddresses: readonly string[] },
): readonly WantedRow[] {
  const { family } = prefix;
  const [from, to]: readonly Match[] = [eq(`ip${family}.src`, cidr), eq(`ip${family}.dst`, cidr)] as const;
  const row = (what: string, priority: number, match: Match, nexthops: readonly string[] = []): WantedRow =>
    wantedRow(
      tables.logicalRouterPolicy,
      `${router}/u2o/${name}/${what}/ip${family}`,
      {
        priority,
        match: printMatch(match),
        action: nexthops.length === 0 ? 'allow' : 'reroute',
        nexthops: [...nexthops],
        external_ids: { subnet: name, u2o: what },
      },
      { table: 'Logical_Router', key: router, column: 'policies' },
    );
  const inside = nodeAddresses.filter((text) => isIn(text, prefix)).toSorted();
  const toUnderlay = row('to', policyPriority.toUnderlay, to);
  if (junction?.isOverlayOnly === true) {
    return [
      toUnderlay,
      row('inside', policyPriority.insideUnderlay, and(from, to)),
      row('out', policyPriority.underlayOut, from, [gateway]),
    ];
  }
  return [
    toUnderlay,
    // Nodes on the same network are neighbours: not by their ports on the join Subnet, whose answers would come another way.
    ...(inside.length === 0 ? [] : [row('nodes', policyPriority.insideVpc, and(from, inSet(`ip${family}.dst`, inside)))]),
    row('out', policyPriority.gateway, from, [gateway]),
  ];
}

function isIn(text: string, prefix: AddressBlock['prefix']): boolean {
  const address = readAddress(text);
  return address !== undefined && address.family === prefix.family && prefixContains(prefix, address);
}

/** @source ovn-nb(5) Logical_Router_Port options:route_table: connected networks come before what a table has, and routes of other tables do not count */
function routes(
  subnet: SubnetInput,
  blocks: readonly AddressBlock[],
  { vpc, table }: { readonly vpc: VpcInput; readonly table: string },
): readonly WantedRow[] {
  const own = blocks
    .filter(({ prefix: { family } }) => !hasOwnDefault(vpc, family, table))
    .map(({ gateway, prefix: { family } }) =>
      wantedRow(
        tables.logicalRouterStaticRoute,
        `${vpc.name}/u2o/${subnet.name}/ip${family}`,
        {
          ip_prefix: family === 4 ? '0.0.0.0/0' : '::/0',
          nexthop: gateway,
          policy: 'dst-ip',
          route_table: table,
          output_port: routerPortName(vpc.name, subnet.name),
          external_ids: { subnet: subnet.name },
        },
        { table: 'Logical_Router', key: vpc.name, column: 'static_routes' },
      ),
    );
  if (subnet.routeTable !== '') return own;
  const ofAuthor = vpc.routes.staticRoutes.filter(
    ({ policy, prefix, routeTable }) => routeTable === '' && policy === 'dst-ip' && prefix !== '0.0.0.0/0' && prefix !== '::/0',
  );
  return [...own, ...ofAuthor.map((route) => staticRouteRow(vpc.name, { ...route, routeTable: table }))];
}
