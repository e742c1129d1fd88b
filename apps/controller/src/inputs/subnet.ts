/**
 * Subnet → SubnetInput: what the rest of the controller knows of a Subnet, with every default filled in, or the problems that keep it
 * from being one. Judged here is what one Subnet can tell by itself; clashes with others are in features/subnet/clashes.ts.
 */
import {
  type EgressRoute,
  FINALIZER,
  type GatewayNode,
  isOvnProvider,
  type LabelSelector,
  type Problem,
  readEgressRoute,
  readGatewayNodes,
  readNatRule,
  type Subnet,
  type SubnetSpec,
} from '@kube-ovn/api';
import { type Prefix, readPrefix } from '@kube-ovn/ipam';
import { type AddressBlock, type AddressesReading, readAddresses } from './subnet-addresses.ts';
import { problem } from './problem.ts';
import { type RouterAdvertisements, readRouterAdvertisements } from './router-advertisements.ts';
import { readAcls, type SubnetAcl } from './subnet-acls.ts';
import { type Junction, readJunction } from './subnet-junction.ts';

export type { AddressBlock } from './subnet-addresses.ts';

export interface SubnetInput {
  readonly name: string;
  readonly vpc: string;
  readonly vlan: string;
  /** On a vlan: its gateway is a port of OVN's router, as that of any other Subnet. */
  readonly logicalGateway: boolean;
  /** On a vlan: it is joined to the router of its Vpc all the same. */
  readonly junction: Junction | undefined;
  readonly provider: string;
  /** The addresses are used on OVN ports; else they are only lent to another CNI plugin. */
  readonly isOvn: boolean;
  readonly protocol: 'IPv4' | 'IPv6' | 'Dual';
  /** One per family, IPv4 first. */
  readonly blocks: readonly AddressBlock[];
  readonly excludeIps: readonly string[];
  readonly gatewayType: 'distributed' | 'centralized';
  /** Of a centralized one, in order of preference; empty: those that `gatewayNodeSelectors` select. */
  readonly gatewayNodes: readonly GatewayNode[];
  readonly gatewayNodeSelectors: readonly LabelSelector[];
  /** Every gateway node takes its share, instead of the first that there is. */
  readonly enableEcmp: boolean;
  readonly natOutgoing: boolean;
  /** Exceptions to it, in their order. */
  readonly natOutgoingPolicyRules: NonNullable<SubnetSpec['natOutgoingPolicyRules']>;
  /** Way out by routers outside the cluster; undefined: by the node's own routes. */
  readonly egressRoute: EgressRoute | undefined;
  /** Rules of its author on the logical switch. */
  readonly acls: readonly SubnetAcl[];
  /** With rules: traffic inside the Subnet passes ahead of them. */
  readonly allowEWTraffic: boolean;
  /** Refuses traffic from outside of itself, but for nodes and `allowSubnets`. */
  readonly isPrivate: boolean;
  /** Blocks. */
  readonly allowSubnets: readonly string[];
  readonly routeTable: string;
  /** What its router tells interfaces about IPv6; empty: nothing. */
  readonly routerAdvertisements: RouterAdvertisements;
  readonly namespaces: readonly string[];
  readonly namespaceSelectors: readonly LabelSelector[];
  /** Being deleted: keeps what it has, takes nothing new. */
  readonly isTerminating: boolean;
  /** Bears our finalizer: from now on it does not go before we let it. */
  readonly isKept: boolean;
  /** RFC 3339; decides which of two overlapping Subnets stays. */
  readonly created: string;
  /** The spec as it stands has been accepted before (condition Validated). */
  readonly isAccepted: boolean;
}

export interface SubnetDefaults {
  readonly clusterRouter: string;
  readonly defaultSubnet: string;
  readonly joinSubnet: string;
}

export type SubnetReading =
  | {
      readonly ok: true;
      readonly input: SubnetInput;
      /** Fields of the spec that the controller writes back. */ readonly spec: Partial<SubnetSpec>;
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Read one Subnet. @source Kube-OVN Subnet.spec */
export function readSubnet(subnet: Subnet, defaults: SubnetDefaults): SubnetReading {
  const object = `Subnet ${subnet.metadata.name}`;
  const addresses = readAddresses(subnet.metadata.name, subnet.spec);
  const { acls, problems: aclProblems } = readAcls(object, subnet.spec);
  const advertised = readRouterAdvertisements(object, subnet.spec, addresses.ok ? addresses.blocks : []);
  const joined = readJunction(object, subnet.spec, addresses.ok ? addresses.blocks : []);
  const problems = [
    ...(addresses.ok ? [] : addresses.problems),
    ...fieldProblems(object, subnet, defaults),
    ...aclProblems,
    ...advertised.problems,
    ...joined.problems,
  ];
  if (!addresses.ok || problems.length > 0) return { ok: false, problems };
  const input = { ...inputOf(subnet, defaults, addresses), acls, routerAdvertisements: advertised.configs, junction: joined.junction };
  return { ok: true, input, spec: writtenBack(input, defaults) };
}

function inputOf(
  subnet: Subnet,
  defaults: SubnetDefaults,
  addresses: Extract<AddressesReading, { ok: true }>,
): Omit<SubnetInput, 'acls' | 'routerAdvertisements' | 'junction'> {
  const { spec, metadata } = subnet;
  const provider = orElse(spec.provider, 'ovn');
  const isOvn = isOvnProvider(provider);
  return {
    name: metadata.name,
    vpc: orElse(spec.vpc, isOvn ? defaults.clusterRouter : ''),
    vlan: spec.vlan ?? '',
    logicalGateway: spec.logicalGateway ?? false,
    provider,
    isOvn,
    protocol: addresses.protocol,
    blocks: addresses.blocks,
    excludeIps: addresses.excludeIps,
    gatewayType: spec.gatewayType === 'centralized' ? 'centralized' : 'distributed',
    gatewayNodes: gatewayNodesOf(spec),
    gatewayNodeSelectors: spec.gatewayNodeSelectors ?? [],
    enableEcmp: spec.enableEcmp ?? false,
    natOutgoing: spec.natOutgoing ?? false,
    natOutgoingPolicyRules: spec.natOutgoing === true ? (spec.natOutgoingPolicyRules ?? []) : [],
    egressRoute: egressRouteOf(spec),
    allowEWTraffic: spec.allowEWTraffic ?? false,
    isPrivate: spec.private ?? false,
    allowSubnets: spec.allowSubnets ?? [],
    routeTable: spec.routeTable ?? '',
    namespaces: spec.namespaces ?? [],
    namespaceSelectors: spec.namespaceSelectors ?? [],
    isTerminating: metadata.deletionTimestamp !== undefined,
    isKept: metadata.finalizers?.includes(FINALIZER) === true,
    created: metadata.creationTimestamp ?? '',
    isAccepted: (subnet.status?.conditions ?? []).some(
      (condition) => condition.type === 'Validated' && condition.status === 'True' && condition.observedGeneration === metadata.generation,
    ),
  };
}

function gatewayNodesOf(spec: SubnetSpec): readonly GatewayNode[] {
  const reading = readGatewayNodes(spec.gatewayNode ?? '');
  return reading.ok ? reading.nodes : [];
}

function egressRouteOf(spec: SubnetSpec): EgressRoute | undefined {
  const reading = readEgressRoute(spec);
  return reading.ok ? reading.route : undefined;
}

/** Computed fields that users see in the spec. @source Kube-OVN formats Subnet.spec and writes it back */
function writtenBack(input: SubnetInput, defaults: SubnetDefaults): Partial<SubnetSpec> {
  return {
    protocol: input.protocol,
    cidrBlock: cidrOf(input),
    gateway: gatewayOf(input),
    excludeIps: input.excludeIps,
    provider: input.provider,
    ...(input.vpc === '' ? {} : { vpc: input.vpc }),
    gatewayType: input.gatewayType,
    default: input.name === defaults.defaultSubnet,
  };
}

/** `v4`, `v6` or `v4,v6`. */
export function cidrOf(input: Pick<SubnetInput, 'blocks'>): string {
  return input.blocks.map((block) => block.cidr).join(',');
}

/** The gateways, one per family, in the order of the blocks. */
export function gatewayOf(input: Pick<SubnetInput, 'blocks'>): string {
  return input.blocks.map((block) => block.gateway).join(',');
}

/** The block of one family. */
export function blockOf(input: Pick<SubnetInput, 'blocks'>, family: Prefix['family']): AddressBlock | undefined {
  return input.blocks.find((block) => block.prefix.family === family);
}

function fieldProblems(object: string, subnet: Subnet, defaults: SubnetDefaults): Problem[] {
  const { spec, metadata } = subnet;
  const bad = (field: string, value: string, what: string, hint: string): Problem =>
    problem('SUBNET_BAD_FIELD', { object, field: `spec.${field}`, value, what, hint });
  const problems: Problem[] = [];
  if (metadata.name === orElse(spec.vpc, defaults.clusterRouter)) {
    problems.push(
      problem('SUBNET_BAD_FIELD', {
        object,
        field: 'metadata.name',
        value: metadata.name,
        what: 'is also the name of its Vpc',
        hint: 'give the Subnet another name: a switch and a router of one name can not be told apart',
      }),
    );
  }
  if (spec.mtu !== undefined && spec.mtu > 0 && spec.mtu < 1280 && (spec.cidrBlock ?? '').includes(':')) {
    problems.push(bad('mtu', String(spec.mtu), 'is below the smallest MTU of IPv6', 'use 1280 or more, or leave it out'));
  }
  if (spec.natOutgoing === true && orElse(spec.externalEgressGateway, '') !== '') {
    problems.push(bad('externalEgressGateway', spec.externalEgressGateway ?? '', 'excludes natOutgoing', 'set one of the two'));
  }
  problems.push(...egressProblems(object, spec));
  const gateways = readGatewayNodes(spec.gatewayNode ?? '');
  if (!gateways.ok) {
    problems.push(
      bad('gatewayNode', gateways.bad, 'is no gateway node', 'write node1 or node1:192.168.1.5, more of them separated by commas'),
    );
  }
  if (spec.gatewayType === 'centralized' && orElse(spec.gatewayNode, '') === '' && (spec.gatewayNodeSelectors ?? []).length === 0) {
    problems.push(
      bad(
        'gatewayNode',
        '',
        'is empty on a centralized Subnet',
        'name the gateway nodes in gatewayNode or select them with gatewayNodeSelectors',
      ),
    );
  }
  for (const [index, block] of (spec.allowSubnets ?? []).entries()) {
    if (readPrefix(block) === undefined)
      problems.push(bad(`allowSubnets[${index}]`, block, 'is no block', 'write one such as 10.16.0.0/16 or fd00::/64'));
  }
  return problems;
}

const egressHints = {
  externalEgressGateway: ['is no next hop', 'give one address, or one of each family as 192.168.0.1,fd00::1'],
  policyRoutingPriority: ['is no priority of a routing rule', 'give a number from 1 to 32765 together with externalEgressGateway'],
  policyRoutingTableID: ['is no routing table of its own', 'give a number that nothing else on the nodes uses, not 0, 253, 254 or 255'],
} as const;

function egressProblems(object: string, spec: SubnetSpec): Problem[] {
  const bad = (field: string, value: string, [what, hint]: readonly [string, string]): Problem =>
    problem('SUBNET_BAD_FIELD', { object, field: `spec.${field}`, value, what, hint });
  const route = readEgressRoute(spec);
  const rules = (spec.natOutgoingPolicyRules ?? []).flatMap((rule, index): Problem[] => {
    const reading = readNatRule(rule);
    if (reading.ok) return [];
    const [place, hint] =
      reading.field === 'action'
        ? (['action', 'write nat or forward'] as const)
        : ([`match.${reading.field}`, 'write addresses or blocks of one family as in the other list, separated by commas'] as const);
    return [bad(`natOutgoingPolicyRules[${index}].${place}`, reading.bad, ['can not be used', hint])];
  });
  return [...(route.ok ? [] : [bad(route.field, route.bad, egressHints[route.field])]), ...rules];
}

function orElse(value: string | undefined, fallback: string): string {
  return value === undefined || value === '' ? fallback : value;
}

/** Whether its gateway is a port of the router of its Vpc. */
export function isRouted({ isOvn, vlan, logicalGateway }: Pick<SubnetInput, 'isOvn' | 'vlan' | 'logicalGateway'>): boolean {
  return isOvn && (vlan === '' || logicalGateway);
}
