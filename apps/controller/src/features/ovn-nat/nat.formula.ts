/**
 * OvnFip, OvnSnatRule, OvnDnatRule → rows of their Vpc's router.
 *
 * Reads: the rule, the addresses that it is about, the link to the external Subnet. Wants: per family a NAT row; of an OvnDnatRule a
 * Load_Balancer `<name>` on the router; in the default Vpc, whose traffic leaves by nodes, a policy that leads what is translated to the
 * external Subnet's gateway instead.
 */
import { type Membership, rowRef, type WantedRow, wantedRow } from '@kube-ovn/ovsdb';
import { and, eq, type Match, printMatch, routerPortName, tables } from '@kube-ovn/ovn-model';
import type { NatInput } from '../../inputs/ovn-nat.ts';
import { blockOf, type SubnetInput } from '../../inputs/subnet.ts';
import { addressOf } from '../lease.ts';
import { policyPriority } from '../policy-priorities.ts';
import type { ResolvedNat } from './resolve.ts';

const FAMILIES = [4, 6] as const;

export interface NatRows {
  readonly rows: readonly WantedRow[];
  readonly members: readonly Membership[];
}

/** @param isDefaultVpc the rule's Vpc is the one whose traffic leaves by nodes */
export function natRows(
  nat: NatInput,
  resolved: ResolvedNat,
  { subnet, isDefaultVpc }: { readonly subnet: SubnetInput; readonly isDefaultVpc: boolean },
): NatRows {
  const policies = isDefaultVpc ? FAMILIES.flatMap((family) => policyRow(nat, resolved, { subnet, family })) : [];
  if (nat.kind === 'OvnDnatRule') {
    const member = { table: 'Logical_Router', key: resolved.vpc, column: 'load_balancer', set: [rowRef('Load_Balancer', nat.name)] };
    return { rows: [balancerRow(nat, resolved), ...policies], members: [member] };
  }
  return { rows: [...FAMILIES.flatMap((family) => natRow(nat, resolved, family)), ...policies], members: [] };
}

/**
 * @source ovn-nb(5) NAT: external_mac and logical_port make it distributed; options:stateless, for an address that is one workload's
 * alone, needs no memory of connections; gateway_port, since a router may have several ports on gateways
 */
function natRow(nat: NatInput, { vpc, link, eip, port, ...logical }: ResolvedNat, family: 4 | 6): readonly WantedRow[] {
  const [externalIp, logicalIp] = [addressOf(eip, family), family === 4 ? logical.v4 : logical.v6];
  if (externalIp === undefined || logicalIp === undefined) return [];
  const isFip = nat.kind === 'OvnFip';
  return [
    wantedRow(
      tables.nat,
      `${nat.key}/ip${family}`,
      {
        type: isFip ? 'dnat_and_snat' : 'snat',
        external_ip: externalIp,
        logical_ip: logicalIp,
        gateway_port: rowRef('Logical_Router_Port', routerPortName(vpc, link.subnet)),
        options: isFip ? { stateless: 'true' } : {},
        ...(nat.isDistributed && port !== undefined
          ? { logical_port: port, external_mac: eip.mac }
          : { logical_port: undefined, external_mac: undefined }),
        external_ids: { eip: nat.eip, nat: nat.key },
      },
      { table: 'Logical_Router', key: vpc, column: 'nat' },
    ),
  ];
}

/** @source Kube-OVN: a load balancer named as the rule, on the router */
function balancerRow({ key, name, ports, eip: eipName }: NatInput, { eip, v4, v6 }: ResolvedNat): WantedRow {
  const { protocol, internal, external } = ports ?? { protocol: 'tcp' as const, internal: 0, external: 0 };
  const vips = FAMILIES.flatMap((family) => {
    const [outside, inside] = [addressOf(eip, family), family === 4 ? v4 : v6];
    return outside === undefined || inside === undefined ? [] : [[socket(outside, external), socket(inside, internal)] as const];
  });
  return wantedRow(tables.loadBalancer, name, { protocol, vips: Object.fromEntries(vips), external_ids: { eip: eipName, nat: key } });
}

function socket(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Only answers of a port are led back by a rule about that port. */
function policyRow(
  nat: NatInput,
  { vpc, v4, v6 }: ResolvedNat,
  { subnet, family }: { readonly subnet: SubnetInput; readonly family: 4 | 6 },
): readonly WantedRow[] {
  const [source, gateway] = [family === 4 ? v4 : v6, blockOf(subnet, family)?.gateway];
  if (source === undefined || gateway === undefined) return [];
  const from: Match = eq(`ip${family}.src`, source);
  const match = nat.ports === undefined ? from : and(from, eq(`${nat.ports.protocol}.src`, String(nat.ports.internal)));
  return [
    wantedRow(
      tables.logicalRouterPolicy,
      `${vpc}/${nat.key}/ip${family}`,
      {
        priority: policyPriority.external,
        match: printMatch(match),
        action: 'reroute',
        nexthops: [gateway],
        external_ids: { nat: nat.key },
      },
      { table: 'Logical_Router', key: vpc, column: 'policies' },
    ),
  ];
}
