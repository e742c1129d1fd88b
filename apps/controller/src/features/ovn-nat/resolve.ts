/** What a rule of NAT asks for → which addresses of which router it is about, or why it can not be. */
import type { Problem } from '@kube-ovn/api';
import type { Table } from '@kube-ovn/dataflow';
import { type HeldLease, eipKey, vipKey } from '../../effects/demand.ts';
import type { EipInput } from '../../inputs/ovn-eip.ts';
import type { NatInput, NatTarget } from '../../inputs/ovn-nat.ts';
import { problem, type ProblemCode } from '../../inputs/problem.ts';
import { blockOf, type SubnetInput } from '../../inputs/subnet.ts';
import type { VpcInput } from '../../inputs/vpc.ts';
import { type ExternalLink, linkKey } from './links.ts';

/** A rule that can be a row. */
export interface ResolvedNat {
  readonly vpc: string;
  readonly link: ExternalLink;
  readonly eip: HeldLease;
  /** Addresses of the workload, or blocks of the source; only of families that the external address has too. */
  readonly v4: string | undefined;
  readonly v6: string | undefined;
  /** Port of the workload, where it has one. */
  readonly port: string | undefined;
  /** Its MAC address. */
  readonly mac: string;
}

export type NatReading = { readonly ok: true; readonly nat: ResolvedNat } | { readonly ok: false; readonly problems: readonly Problem[] };

export interface NatSurroundings {
  readonly eips: Table<EipInput>;
  readonly subnets: Table<SubnetInput>;
  readonly vpcs: Table<VpcInput>;
  readonly leases: Table<HeldLease>;
  readonly links: Table<ExternalLink>;
  /** How many ports of a Vpc's router are bound to chassis. */
  readonly gatewayPorts: (vpc: string) => number;
}

/** Resolve a rule that is sound by itself. Who else has the same address is judged in claims.ts. */
export function resolveNat(nat: NatInput, around: NatSurroundings): NatReading {
  if (nat.problems.length > 0 || nat.target === undefined) return { ok: false, problems: nat.problems };
  const wrong = (code: ProblemCode, field: string, value: string, told: Told): NatReading => ({
    ok: false,
    problems: [problem(code, { object: `${nat.kind} ${nat.name}`, field: field === '' ? '' : `spec.${field}`, value, ...told })],
  });
  const eip = around.eips.get(nat.eip);
  const lease = around.leases.get(eipKey(nat.eip));
  if (eip === undefined)
    return wrong('NAT_NO_EIP', 'ovnEip', nat.eip, { what: 'does not exist', hint: 'create that OvnEip, or name another one' });
  const useless = uselessEip(nat, eip);
  if (useless !== undefined) return wrong('NAT_WRONG_EIP', 'ovnEip', nat.eip, useless);
  if (lease === undefined) return wrong('NAT_NO_EIP', 'ovnEip', nat.eip, { what: 'has no address yet', hint: 'its condition says why' });
  const workload = workloadOf(nat.target, around);
  if (workload === undefined) {
    const [field, value] = fieldOf(nat.target);
    return wrong('NAT_NO_TARGET', field, value, { what: 'is not there, or has no address yet', hint: 'create it, or name another one' });
  }
  const { vpc } = workload;
  const link = around.links.get(linkKey(vpc, eip.subnet));
  if (!around.vpcs.has(vpc))
    return wrong('NAT_NO_TARGET', 'vpc', vpc, { what: 'does not exist', hint: 'create that Vpc, or name another one' });
  if (link === undefined || (eip.type === 'lrp' && link.eip !== eip.name)) {
    const what =
      link === undefined ? `is of Subnet ${eip.subnet}, on which Vpc ${vpc} has no port` : `is the port of another Vpc than ${vpc}`;
    const hint = `set spec.enableExternal of Vpc ${vpc}, and name the Subnet in spec.extraExternalSubnets if it is not the external one of the cluster`;
    return wrong('NAT_NOT_JOINED', 'ovnEip', nat.eip, { what, hint });
  }
  if (nat.kind === 'OvnDnatRule' && around.gatewayPorts(vpc) > 1) {
    const what = `is of Vpc ${vpc}, whose router has several ports on gateways: OVN leads no ports of an address through such a router`;
    return wrong('NAT_SEVERAL_PORTS', 'ovnEip', nat.eip, { what, hint: 'use an OvnFip, or another Vpc' });
  }
  const v4 = lease.v4 === undefined ? undefined : workload.v4;
  const v6 = lease.v6 === undefined ? undefined : workload.v6;
  if (v4 === undefined && v6 === undefined) {
    return wrong('NAT_NO_FAMILY', 'ovnEip', nat.eip, {
      what: 'has no address of a family that the workload has',
      hint: 'name an OvnEip of the same family',
    });
  }
  const { port, mac } = workload;
  return { ok: true, nat: { vpc, link, eip: lease, v4, v6, port, mac } };
}

interface Told {
  readonly what: string;
  readonly hint: string;
}

/** @source Kube-OVN: lsp-type EIPs are not for NAT; an address in both directions can not be the router's own */
function uselessEip({ kind }: NatInput, { type }: EipInput): Told | undefined {
  if (type === 'lsp') return { what: 'is of type lsp, which is no address for NAT', hint: 'name an OvnEip of type nat' };
  if (type === 'lrp' && kind === 'OvnFip') return { what: 'is the address of a router itself', hint: 'name an OvnEip of type nat' };
  return undefined;
}

interface Workload {
  readonly vpc: string;
  readonly v4: string | undefined;
  readonly v6: string | undefined;
  readonly port: string | undefined;
  readonly mac: string;
}

function workloadOf(target: NatTarget, { subnets, leases }: NatSurroundings): Workload | undefined {
  if (target.kind === 'direct') return { vpc: target.vpc, v4: target.v4, v6: target.v6, port: undefined, mac: '' };
  if (target.kind === 'subnet') {
    const subnet = subnets.get(target.name);
    if (subnet === undefined) return undefined;
    return { vpc: subnet.vpc, v4: blockOf(subnet, 4)?.cidr, v6: blockOf(subnet, 6)?.cidr, port: undefined, mac: '' };
  }
  const lease = leases.get(target.kind === 'ip' ? target.name : vipKey(target.name));
  const subnet = lease === undefined ? undefined : subnets.get(lease.subnet);
  if (subnet === undefined || lease === undefined) return undefined;
  return { vpc: subnet.vpc, v4: lease.v4, v6: lease.v6, port: target.name, mac: lease.mac };
}

function fieldOf(target: NatTarget): readonly [string, string] {
  switch (target.kind) {
    case 'direct':
      return ['vpc', target.vpc];
    case 'subnet':
      return ['vpcSubnet', target.name];
    case 'ip':
    case 'vip':
      return ['ipName', target.name];
  }
}
