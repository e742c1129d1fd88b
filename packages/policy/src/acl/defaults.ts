/**
 * Isolation, and what passes in spite of any policy.
 *
 * Interfaces have roles, each a port group of the whole cluster that holds its few rules, so that a policy costs its own rules and no
 * more. `guarded` are interfaces that any rule is about: neighbour discovery, multicast listening and requests to DHCP servers by
 * broadcast always pass there, and so does what a service's address sends back to the pod that called itself. ARP is no IP and never
 * meets these rules. `isolated` are those that a NetworkPolicy closes.
 *
 * Traffic that belongs to an allowed connection is known by its state; when a rule that allowed it goes, the next packet of its
 * first direction meets the rule that drops, which cuts the connection in both directions. A missing referent never opens
 * anything: an unknown peer is nobody, and a policy isolates before its rules are there.
 * @source ovn-northd(8), "Ingress Table: from-lport ACL evaluation": ct_mark.blocked; RFC 4861, RFC 2710, RFC 3810; RFC 2131 §4.1; RFC 8415 §7
 */
import { and, eq, inSet, type Match, or, portGroup, symbol } from '@kube-ovn/ovn-model';
import { contentName } from '../group/content-name.ts';
import type { Direction, Node, Policy } from '../model.ts';
import { families, prefixesOf, rangesOf } from './addresses.ts';
import { everyTraffic, trafficOf, wholeProtocol } from './protocols.ts';
import { type Acl, aclOf } from './rows.ts';
import { anyone, type Term } from './term.ts';
import { placeOf } from './tiers.ts';

export type Enforcement = Policy['enforcement'];

/** What policies make of an interface; its text is the name of the port group. */
export type Role = `guarded.${Direction}` | `isolated.${Direction}` | `isolated.${Direction}.lax`;

export const roles: readonly Role[] = [
  'guarded.ingress',
  'guarded.egress',
  'isolated.ingress',
  'isolated.egress',
  'isolated.ingress.lax',
  'isolated.egress.lax',
];

/** An ACL that no policy has for itself, and what it says of new connections, as far as terms can say it. */
export interface DefaultAcl {
  readonly acl: Acl;
  readonly terms: readonly Term[];
  /** In words, for people. */
  readonly because: string;
}

/** The roles that a policy gives its subjects. */
export function rolesOf(policy: Policy): Role[] {
  return (['ingress', 'egress'] as const).flatMap((direction): Role[] => {
    const isolates = policy.isolates.includes(direction);
    if (!isolates && policy[direction].length === 0) return [];
    if (!isolates) return [`guarded.${direction}`];
    return [`guarded.${direction}`, policy.enforcement === 'lax' ? `isolated.${direction}.lax` : `isolated.${direction}`];
  });
}

/** What holds for the whole cluster. */
export interface DefaultOptions {
  readonly hasTiers: boolean;
  /** Blocks that services have their addresses in. */
  readonly serviceBlocks: readonly string[];
}

/** The rules of a role. */
export function roleAcls(role: Role, { hasTiers, serviceBlocks }: DefaultOptions): DefaultAcl[] {
  const [kind, direction, lax] = role.split('.') as ['guarded' | 'isolated', Direction, 'lax' | undefined];
  const own = eq(direction === 'ingress' ? 'outport' : 'inport', portGroup(role));
  const common = { holder: role, direction };
  const words = { because: kind === 'guarded' ? 'neighbour discovery and DHCP' : `isolated for ${direction}` };
  if (kind === 'guarded') {
    const kept = or(...neighbours, ...(direction === 'egress' ? dhcpRequests : []));
    const place = placeOf('always', hasTiers);
    const rules: DefaultAcl[] = [
      { acl: aclOf({ ...common, key: role, place, action: 'allow', match: and(own, kept) }), terms: [], ...words },
    ];
    const within = rangesOf(serviceBlocks);
    if (direction === 'egress' || serviceBlocks.length === 0) return rules;
    const match = and(own, sourceIn(within));
    const term: Term = { subject: { all: [], none: [] }, peers: [{ all: [], none: [], within }], traffic: everyTraffic };
    const acl = aclOf({ ...common, key: `${role}/service`, place, action: 'allow', match });
    return [...rules, { acl, terms: [term], because: 'a service that leads back to its caller' }];
  }
  const ports = trafficOf((['TCP', 'UDP', 'SCTP'] as const).map(wholeProtocol));
  const term: Term = { subject: { all: [], none: [] }, peers: [anyone], traffic: lax === undefined ? everyTraffic : ports };
  const dropped = lax === undefined ? symbol('ip') : or(symbol('tcp'), symbol('udp'), symbol('sctp'));
  const drop = aclOf({ ...common, key: role, place: placeOf('isolation', hasTiers), action: 'deny', match: and(own, dropped) });
  const rules: DefaultAcl[] = [{ acl: drop, terms: [term], ...words }];
  if (lax === undefined) return rules;
  const allowed = { ...common, action: 'allow' as const };
  const dhcpAcl = aclOf({ ...allowed, key: `${role}/dhcp`, place: placeOf('allowed', hasTiers), match: and(own, or(...dhcp)) });
  const rest = aclOf({ ...allowed, key: `${role}/rest`, place: placeOf('laxRest', hasTiers), match: and(own, symbol('ip')) });
  const every: Term = { ...term, traffic: everyTraffic };
  return [...rules, { acl: dhcpAcl, terms: [], because: 'DHCP' }, { acl: rest, terms: [every], because: 'lax: no TCP, UDP or SCTP' }];
}

/** The port groups of a node's interfaces: the guarded ones for ingress, the isolated ones for egress. */
export function nodeGroups(node: string): Readonly<Record<Direction, string>> {
  const name = contentName('node', node);
  return { ingress: `${name}.ingress`, egress: `${name}.egress` };
}

/**
 * Traffic between pods and the node that they run on.
 *
 * @returns undefined for a node without addresses
 * @source Kubernetes, Network Policies: "traffic to and from the node where a Pod is running is always allowed"; for egress this is
 *   part of isolation, so that admin policies can keep pods from their node
 */
export function ownNodeAcl(
  direction: Direction,
  { name, addresses, groups }: Node & { readonly groups: Readonly<Record<Direction, string>> },
  hasTiers: boolean,
): DefaultAcl | undefined {
  if (addresses.length === 0) return undefined;
  const holder = groups[direction];
  const within = rangesOf(addresses);
  const own = eq(direction === 'ingress' ? 'outport' : 'inport', portGroup(holder));
  const side = direction === 'ingress' ? 'src' : 'dst';
  const far = or(...families.map((family) => inSet(`ip${family}.${side}`, prefixesOf(within, family))));
  const place = placeOf(direction === 'ingress' ? 'always' : 'allowed', hasTiers);
  return {
    acl: aclOf({ holder, key: holder, direction, place, action: 'allow', match: and(own, far) }),
    terms: [{ subject: { all: [], none: [] }, peers: [{ all: [], none: [], within }], traffic: everyTraffic }],
    because: `node ${name}, where the pod runs`,
  };
}

function sourceIn(within: ReturnType<typeof rangesOf>): Match {
  return or(...families.map((family) => inSet(`ip${family}.src`, prefixesOf(within, family))));
}

const multicastListening = [130, 131, 132, 143];

const neighbours: readonly Match[] = [symbol('nd'), symbol('nd_rs'), symbol('nd_ra'), inSet('icmp6.type', multicastListening)];

const dhcpRequests: readonly Match[] = [
  and(eq('ip4.dst', '255.255.255.255'), eq('udp.src', 68), eq('udp.dst', 67)),
  and(eq('ip6.dst', 'ff02::1:2'), eq('udp.src', 546), eq('udp.dst', 547)),
];

const dhcp: readonly Match[] = [
  and(eq('udp.src', 68), eq('udp.dst', 67)),
  and(eq('udp.src', 67), eq('udp.dst', 68)),
  and(eq('udp.src', 546), eq('udp.dst', 547)),
  and(eq('udp.src', 547), eq('udp.dst', 546)),
];
