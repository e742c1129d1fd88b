/**
 * What keeps a Subnet that is sound by itself from being used beside the others: overlaps, addresses that belong to nodes or to the
 * API server, a Vpc that is not there.
 *
 * Of two Subnets that overlap one stays, and which one follows from what the API shows now, not from what happened to be seen first:
 * a Subnet whose spec has been accepted as it stands (condition Validated) goes before one that has not, then the older one, then
 * the name. So an edit that makes an old Subnet overlap a young one is refused and harms nobody.
 */
import type { Problem } from '@kube-ovn/api';
import { type Address, formatAddress, prefixContains } from '@kube-ovn/ipam';
import { problem } from '../../inputs/problem.ts';
import { cidrOf, isRouted, type SubnetInput } from '../../inputs/subnet.ts';
import type { VpcInput } from '../../inputs/vpc.ts';
import { Occupied, type Span } from '../occupied.ts';
import { byRank } from '../rank.ts';
import type { JudgedVlan } from '../underlay/judge.ts';

/** What Subnets are held against. */
export interface Surroundings {
  readonly vpcs: ReadonlyMap<string, VpcInput>;
  readonly vlans: ReadonlyMap<string, Pick<JudgedVlan, 'problems' | 'isHeld'>>;
  readonly nodeAddresses: readonly { readonly node: string; readonly address: Address }[];
  /** ClusterIPs of the API server, one per family of the service range. */
  readonly apiServerAddresses: readonly Address[];
}

/**
 * Problems by Subnet name; a Subnet without problems is not in the map.
 *
 * @param subnets the specs as they stand
 * @param held    by name, the specs that are in force: the ones accepted last, of Subnets that have been edited since
 */
export function findClashes(
  subnets: readonly SubnetInput[],
  held: ReadonlyMap<string, SubnetInput>,
  surroundings: Surroundings,
): ReadonlyMap<string, readonly Problem[]> {
  const found = new Map<string, readonly Problem[]>();
  const occupied = new Occupied(held.values(), spansOf);
  const tables = new Occupied(held.values(), tableOf);
  for (const subnet of subnets.toSorted(byRank)) {
    const before = held.get(subnet.name);
    if (before !== undefined) for (const each of [occupied, tables]) each.remove(before);
    const problems = [
      ...overlaps(subnet, occupied),
      ...tableProblems(subnet, tables),
      ...foreignAddresses(subnet, surroundings),
      ...vpcProblems(subnet, surroundings.vpcs),
      ...vlanProblems(subnet, surroundings.vlans),
    ];
    if (problems.length > 0) found.set(subnet.name, problems);
    const inForce = problems.length === 0 ? subnet : before;
    if (inForce !== undefined) for (const each of [occupied, tables]) each.place(inForce);
  }
  return found;
}

/** Subnets overlap only where they share a Vpc, and a vlan or the router. @source Kube-OVN, ValidateCidrConflict */
export function spansOf(subnet: SubnetInput): readonly Span[] {
  const { vpc, vlan, blocks } = subnet;
  const isOnRouter = vlan !== '' && (isRouted(subnet) || subnet.junction !== undefined);
  return [vlan, ...(isOnRouter ? [''] : [])].flatMap((network) =>
    blocks.map(({ prefix }) => ({ network: `${vpc}|${network}|${prefix.family}`, first: prefix.first, last: prefix.last })),
  );
}

/** Each has its routing table for itself. */
function tableOf({ egressRoute }: SubnetInput): readonly Span[] {
  return egressRoute === undefined ? [] : [{ network: 'routing tables', first: egressRoute.table, last: egressRoute.table }];
}

function tableProblems(subnet: SubnetInput, tables: Occupied<SubnetInput>): Problem[] {
  const other = tables.overlapping(subnet);
  if (other === undefined) return [];
  return [
    problem('SUBNET_TABLE_TAKEN', {
      object: `Subnet ${subnet.name}`,
      field: 'spec.policyRoutingTableID',
      value: `${subnet.egressRoute?.table ?? 0}`,
      what: `is the routing table of Subnet ${other.name}`,
      hint: 'give each Subnet with externalEgressGateway a table of its own',
    }),
  ];
}

function overlaps(subnet: SubnetInput, occupied: Occupied<SubnetInput>): Problem[] {
  const other = occupied.overlapping(subnet);
  if (other === undefined) return [];
  return [
    problem('SUBNET_OVERLAP', {
      object: `Subnet ${subnet.name}`,
      field: 'spec.cidrBlock',
      value: cidrOf(subnet),
      what: `overlaps Subnet ${other.name} (${cidrOf(other)}) of the same Vpc`,
      hint: 'choose a free range, or put the Subnet into another Vpc',
    }),
  ];
}

/** An accepted Subnet is not refused because a Node came later: the Node is told instead. */
function foreignAddresses(subnet: SubnetInput, surroundings: Surroundings): Problem[] {
  const isOverlay = subnet.isOvn && subnet.vlan === '' && surroundings.vpcs.get(subnet.vpc)?.isDefault === true;
  if (!isOverlay) return [];
  const contains = (address: Address): boolean => subnet.blocks.some((block) => prefixContains(block.prefix, address));
  const about = { object: `Subnet ${subnet.name}`, field: 'spec.cidrBlock', value: cidrOf(subnet) };
  const node = subnet.isAccepted ? undefined : surroundings.nodeAddresses.find(({ address }) => contains(address));
  const server = surroundings.apiServerAddresses.find(contains);
  return [
    ...(node === undefined
      ? []
      : [
          problem('SUBNET_NODE_ADDRESS', {
            ...about,
            what: `holds ${formatAddress(node.address)}, the address of Node ${node.node}`,
            hint: 'choose a range without addresses of nodes: pods would lose their way to that node',
          }),
        ]),
    ...(server === undefined
      ? []
      : [
          problem('SUBNET_SERVICE_ADDRESS', {
            ...about,
            what: `holds ${formatAddress(server)}, the ClusterIP of the API server`,
            hint: 'choose a range outside the service range',
          }),
        ]),
  ];
}

/** @source Kube-OVN: a Subnet waits for its Vlan */
function vlanProblems({ name, vlan }: SubnetInput, vlans: Surroundings['vlans']): Problem[] {
  if (vlan === '') return [];
  const about = { object: `Subnet ${name}`, field: 'spec.vlan', value: vlan };
  const found = vlans.get(vlan);
  if (found === undefined)
    return [problem('SUBNET_NO_VLAN', { ...about, what: 'does not exist', hint: 'create that Vlan, or name another one' })];
  if (found.isHeld) return [];
  return found.problems.map(({ message, hint }) => problem('SUBNET_NO_VLAN', { ...about, what: `can not be used: ${message}`, hint }));
}

/** @source Kube-OVN: namespaces of a Subnet belong to its Vpc; those of a custom Vpc are not the default Vpc's */
function vpcProblems(subnet: SubnetInput, vpcs: ReadonlyMap<string, VpcInput>): Problem[] {
  if (subnet.vpc === '') return [];
  const object = `Subnet ${subnet.name}`;
  const vpc = vpcs.get(subnet.vpc);
  if (vpc === undefined) {
    return [
      problem('SUBNET_NO_VPC', {
        object,
        field: 'spec.vpc',
        value: subnet.vpc,
        what: 'does not exist',
        hint: 'create that Vpc, or name another one',
      }),
    ];
  }
  const stray = vpc.isDefault
    ? subnet.namespaces.find((namespace) => [...vpcs.values()].some((other) => !other.isDefault && other.namespaces.includes(namespace)))
    : subnet.namespaces.find((namespace) => !vpc.namespaces.includes(namespace));
  if (stray === undefined) return [];
  return [
    problem('SUBNET_NAMESPACE_NOT_IN_VPC', {
      object,
      field: 'spec.namespaces',
      value: stray,
      what: vpc.isDefault ? 'belongs to another Vpc' : `is not among the namespaces of Vpc ${vpc.name}`,
      hint: vpc.isDefault
        ? 'leave that namespace out, or put the Subnet into its Vpc'
        : 'add it to spec.namespaces of the Vpc, or leave it out here',
    }),
  ];
}
