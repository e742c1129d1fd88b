/**
 * Subnet → what the node needs of it. A field that cannot be read is as good as absent; the controller reports it on the object.
 */
import {
  DEFAULT_PROVIDER,
  type EgressRoute,
  type GatewayNode,
  inForce,
  isOvnProvider,
  type NatRule,
  readEgressRoute,
  readGatewayNodes,
  readNatRule,
  type Subnet,
} from '@kube-ovn/api';
import { formatPrefix, parseCidrBlock } from '@kube-ovn/ipam';

/** A subnet as the node sees it. */
export interface NodeSubnet {
  readonly name: string;
  readonly vpc: string;
  readonly blocks: readonly SubnetBlock[];
  /** Traffic of the subnet may reach the node through `ovn0`: it hangs on a router. */
  readonly isRouted: boolean;
  /** The first interface of pods may be in it. */
  readonly isPrimary: boolean;
  readonly natOutgoing: boolean;
  /** Exceptions to natOutgoing; the first that matches decides. */
  readonly natRules: readonly NatRule[];
  /** Way out by routers outside the cluster; undefined: by the node's own routes. */
  readonly egressRoute: EgressRoute | undefined;
  /** Its traffic leaves by chosen nodes. */
  readonly isCentralized: boolean;
  /** These nodes, where they are named. */
  readonly gatewayNodes: readonly GatewayNode[];
  /** Given by the user; 0 lets the node decide. */
  readonly mtuBytes: number;
  readonly checkGateway: boolean;
  /** Name of the Vlan of an underlay subnet. */
  readonly vlan: string | undefined;
}

/** One family's block. */
export interface SubnetBlock {
  readonly family: 4 | 6;
  readonly cidr: string;
}

/** Read a subnet; `clusterRouter` is the vpc of a subnet that names none. */
export function readSubnet(subnet: Subnet, clusterRouter: string): NodeSubnet {
  const spec = inForce(subnet).spec ?? {};
  const vlan = spec.vlan === undefined || spec.vlan === '' ? undefined : spec.vlan;
  const provider = spec.provider === undefined || spec.provider === '' ? DEFAULT_PROVIDER : spec.provider;
  const gateways = readGatewayNodes(spec.gatewayNode ?? '');
  const egress = readEgressRoute(spec);
  return {
    name: subnet.metadata.name,
    vpc: spec.vpc === undefined || spec.vpc === '' ? clusterRouter : spec.vpc,
    blocks: blocks(spec.cidrBlock ?? ''),
    isRouted: isOvnProvider(provider) && (vlan === undefined || spec.logicalGateway === true || spec.u2oInterconnection === true),
    isPrimary: provider === DEFAULT_PROVIDER,
    natOutgoing: spec.natOutgoing === true,
    natRules: (spec.natOutgoingPolicyRules ?? []).flatMap((rule) => {
      const reading = readNatRule(rule);
      return reading.ok ? reading.rules : [];
    }),
    egressRoute: egress.ok ? egress.route : undefined,
    isCentralized: spec.gatewayType === 'centralized',
    gatewayNodes: gateways.ok ? gateways.nodes : [],
    mtuBytes: spec.mtu ?? 0,
    checkGateway: spec.disableGatewayCheck !== true,
    vlan,
  };
}

function blocks(text: string): readonly SubnetBlock[] {
  try {
    const { v4, v6 } = parseCidrBlock(text);
    return [
      ...(v4 === undefined ? [] : [{ family: 4 as const, cidr: formatPrefix(v4) }]),
      ...(v6 === undefined ? [] : [{ family: 6 as const, cidr: formatPrefix(v6) }]),
    ];
  } catch {
    return [];
  }
}
