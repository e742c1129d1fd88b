/**
 * Masquerading of what leaves the cluster from subnets with `natOutgoing`: one nftables table, as text.
 *
 * Reads: subnets, addresses of all nodes. Wants: table `inet kube-ovn` in the node's namespace. What stays inside the cluster's subnets keeps its source
 * address. A packet that the node itself has redirected to a pod (services do) must come back through the node. The network brings answers
 * to pods and to nodes by their own ways, so what comes from those is masqueraded as well; what comes from outside need not be.
 */
import type { NodeSubnet } from '../../inputs/subnet.ts';
import { JOIN_LINK } from '../join/join.formula.ts';

/** The table that is ours, wholly. */
export const NAT_TABLE = { family: 'inet', name: 'kube-ovn' } as const;

/** What the rules depend on. */
export interface NatInput {
  readonly subnets: readonly NodeSubnet[];
  /** Of all nodes of the cluster, as their Node objects have them. */
  readonly nodeAddresses: readonly string[];
  readonly nodeName: string;
  /** Vpc whose traffic comes by way of the node. */
  readonly clusterRouter: string;
}

/**
 * The script that replaces the table in one transaction.
 * @source nft(8): `delete table` after an empty `table` declaration never fails, and a script is applied as a whole
 */
export function natScript(input: NatInput): string {
  const routed = input.subnets.filter((subnet) => subnet.isRouted && subnet.vpc === input.clusterRouter);
  const natted = routed.filter((subnet) => subnet.natOutgoing);
  const perSubnet = natted
    .toSorted((a, b) => byText(a.name, b.name))
    .flatMap((subnet) => [...policyRules(subnet, input.nodeName), ...egressRules(subnet, input.nodeName)]);
  const table = `table ${NAT_TABLE.family} ${NAT_TABLE.name}`;
  return [
    `${table} {}`,
    `delete ${table}`,
    `${table} {`,
    set('subnets4', 'ipv4_addr', cidrs(routed, 4)),
    set('subnets6', 'ipv6_addr', cidrs(routed, 6)),
    set('cluster4', 'ipv4_addr', [...cidrs(routed, 4), ...addresses(input, 4)]),
    set('cluster6', 'ipv6_addr', [...cidrs(routed, 6), ...addresses(input, 6)]),
    set('nat4', 'ipv4_addr', cidrs(natted, 4)),
    set('nat6', 'ipv6_addr', cidrs(natted, 6)),
    '  chain postrouting {',
    '    type nat hook postrouting priority srcnat; policy accept;',
    `    iifname "${JOIN_LINK}" oifname "${JOIN_LINK}" ct status dnat masquerade comment "redirected by this node, must come back through it"`,
    ...['ip saddr @cluster4', 'ip6 saddr @cluster6', 'fib saddr type local'].map(
      (source) => `    oifname "${JOIN_LINK}" ct status dnat ${source} masquerade fully-random`,
    ),
    ...perSubnet,
    '    ip saddr @nat4 ip daddr != @subnets4 masquerade fully-random comment "natOutgoing"',
    '    ip6 saddr @nat6 ip6 daddr != @subnets6 masquerade fully-random comment "natOutgoing"',
    '  }',
    '}',
    '',
  ].join('\n');
}

function cidrs(subnets: readonly NodeSubnet[], family: 4 | 6): readonly string[] {
  return subnets.flatMap((subnet) => subnet.blocks.filter((block) => block.family === family).map((block) => block.cidr)).toSorted(byText);
}

function addresses({ nodeAddresses }: NatInput, family: 4 | 6): readonly string[] {
  return nodeAddresses.filter((address) => address.includes(':') === (family === 6)).toSorted(byText);
}

/** What the first rule that matches decides, before any other translation of its Subnet. */
function policyRules(subnet: NodeSubnet, nodeName: string): readonly string[] {
  return subnet.natRules.flatMap(({ family, sources, destinations, action }) => {
    const ip = family === 6 ? 'ip6' : 'ip';
    const among = (field: 'saddr' | 'daddr', blocks: readonly string[]): string =>
      blocks.length === 0 ? '' : ` ${ip} ${field} { ${[...new Set(blocks)].join(', ')} }`;
    const match = `${among('saddr', sources)}${among('daddr', destinations)}`;
    const verdict = action === 'forward' ? 'accept' : translation(subnet, family, nodeName);
    return cidrs([subnet], family).map(
      (cidr) => `    ${ip} saddr ${cidr} ${ip} daddr != @subnets${family}${match} ${verdict} comment "natOutgoingPolicyRules"`,
    );
  });
}

/** What leaves by this node under an address that the Subnet's author gives. */
function egressRules(subnet: NodeSubnet, nodeName: string): readonly string[] {
  const egressIp = egressAddress(subnet, nodeName);
  if (egressIp === undefined) return [];
  const [family, ip] = egressIp.includes(':') ? ([6, 'ip6'] as const) : ([4, 'ip'] as const);
  return cidrs([subnet], family).map(
    (cidr) => `    ${ip} saddr ${cidr} ${ip} daddr != @subnets${family} ${translation(subnet, family, nodeName)} comment "egress address"`,
  );
}

function egressAddress(subnet: NodeSubnet, nodeName: string): string | undefined {
  return subnet.isCentralized ? subnet.gatewayNodes.find(({ node }) => node === nodeName)?.egressIp : undefined;
}

function translation(subnet: NodeSubnet, family: 4 | 6, nodeName: string): string {
  const egressIp = egressAddress(subnet, nodeName);
  const isOfFamily = egressIp !== undefined && egressIp.includes(':') === (family === 6);
  return isOfFamily ? `snat ${family === 6 ? 'ip6' : 'ip'} to ${egressIp} fully-random` : 'masquerade fully-random';
}

/** An interval set; `auto-merge` lets blocks overlap while two subnets dispute an address range. */
function set(name: string, type: string, elements: readonly string[]): string {
  const content = elements.length === 0 ? '' : ` elements = { ${elements.join(', ')} };`;
  return `  set ${name} { type ${type}; flags interval; auto-merge;${content} }`;
}

function byText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
