/**
 * BIRD's configuration, as text.
 *
 * Reads: peers, announced prefixes, the Node's addresses. Nothing is taken from peers and nothing is written to the kernel: prefixes are
 * static routes in tables of their own, so how the node routes does not depend on them.
 * @source BIRD 2 User's Guide, chapters 3, 5 and 6
 */
import type { NodeInput } from '../../inputs/node.ts';
import type { Peer } from '../../inputs/peer.ts';
import type { Announced } from '../prefixes/prefixes.formula.ts';

/** Files by name; `bird.conf` includes the others. */
export type BirdFiles = Readonly<Record<'bird.conf' | 'routes4.conf' | 'routes6.conf', string>>;

export interface ConfigurationInput {
  readonly routerId: string;
  readonly peers: readonly Peer[];
  readonly prefixes: readonly Announced[];
  readonly node: NodeInput;
  readonly nodeIps: readonly string[];
  readonly deferralSeconds: number;
}

/** Name of the protocol of a peer; BIRD takes letters, digits and `_`. */
function protocolName(address: string): string {
  return `peer_${address.replaceAll(/[^0-9a-f]/g, '_')}`;
}

/** The files; the same for the same input, whatever its order. */
export function birdFiles(input: ConfigurationInput): BirdFiles {
  const peers = input.peers.toSorted((a, b) => (a.address < b.address ? -1 : 1));
  const restarting = peers.filter(({ gracefulRestart }) => gracefulRestart).map(({ restartSeconds }) => Math.ceil(restartSeconds / 2));
  const lines = [
    'log stderr { info, remote, warning, error, auth, fatal, bug };',
    'timeformat protocol "%Y-%m-%dT%TZ";',
    `router id ${input.routerId};`,
    // Peers forget what they keep after the restart time: one that does not come back must not hold up the others until then.
    ...(restarting.length === 0 ? [] : [`graceful restart wait ${Math.min(input.deferralSeconds, ...restarting)};`]),
    'protocol device {',
    '}',
    'ipv4 table announced4;',
    'ipv6 table announced6;',
    ...[4, 6].flatMap((family) => [
      `protocol static static${family} {`,
      `  ipv${family} { table announced${family}; import all; };`,
      `include "routes${family}.conf";`,
      '}',
    ]),
    ...(peers.some(({ bfd }) => bfd) ? ['protocol bfd {', '}'] : []),
    ...peers.flatMap((peer) => peerLines(peer, input)),
    '',
  ];
  return { 'bird.conf': lines.join('\n'), 'routes4.conf': routes(input.prefixes, 4), 'routes6.conf': routes(input.prefixes, 6) };
}

function routes(prefixes: readonly Announced[], family: 4 | 6): string {
  return prefixes
    .filter(({ prefix }) => prefix.includes(':') === (family === 6))
    .map(({ prefix, communities }) => `route ${prefix} blackhole${communities.length === 0 ? '' : ` { ${additions(communities)} }`};\n`)
    .join('');
}

function additions(communities: readonly string[]): string {
  return communities
    .toSorted()
    .map((community) => `bgp_${community.split(':').length === 3 ? 'large_' : ''}community.add((${community.replaceAll(':', ', ')}));`)
    .join(' ');
}

function peerLines(peer: Peer, input: ConfigurationInput): readonly string[] {
  const isExternal = peer.localAs !== peer.peerAs;
  const isDirect = isExternal && peer.hops === 1;
  // BFD over several hops has to be told its own end.
  const source = peer.source ?? (peer.bfd && !isDirect ? input.node[peer.family === 4 ? 'v4' : 'v6'] : undefined);
  const hasBfd = peer.bfd && (isDirect || source !== undefined);
  const families = peer.bothFamilies ? ([4, 6] as const) : [peer.family];
  return [
    `protocol bgp ${protocolName(peer.address)} {`,
    `  local${source === undefined ? '' : ` ${source}`} as ${peer.localAs};`,
    `  neighbor ${peer.address} as ${peer.peerAs};`,
    ...(isExternal ? [peer.hops === 1 ? '  direct;' : `  multihop ${peer.hops};`] : []),
    ...(peer.passive ? ['  passive on;'] : []),
    ...(peer.password === undefined ? [] : [`  password "${peer.password}";`]),
    `  hold time ${peer.holdSeconds};`,
    ...(peer.keepaliveSeconds === undefined ? [] : [`  keepalive time ${peer.keepaliveSeconds};`]),
    '  connect delay time 1;',
    `  connect retry time ${peer.connectSeconds ?? RETRY_SECONDS};`,
    `  error wait time 1, ${ERROR_WAIT_SECONDS};`,
    ...(peer.gracefulRestart ? ['  graceful restart on;', `  graceful restart time ${peer.restartSeconds};`] : []),
    ...(hasBfd
      ? [`  bfd { min tx interval ${peer.bfdMinTxMs} ms; min rx interval ${peer.bfdMinRxMs} ms; multiplier ${peer.bfdMultiplier}; };`]
      : []),
    ...families.flatMap((family) => channelLines(peer, family, input)),
    '}',
  ];
}

const RETRY_SECONDS = 5;
const ERROR_WAIT_SECONDS = 10;

/** One family of a session. IPv4 in a session over IPv6 has a next hop of IPv6, unless one is given. @source RFC 8950 */
function channelLines(peer: Peer, family: 4 | 6, { node, nodeIps }: ConfigurationInput): readonly string[] {
  const given = nodeIps.find((address) => address.includes(':') === (family === 6));
  const other = family === 6 && peer.family === 4 ? node.v6 : undefined;
  const nextHop = given ?? other;
  const isExtended = family === 4 && peer.family === 6;
  return [
    `  ipv${family} {`,
    `    table announced${family};`,
    '    import none;',
    peer.communities.length === 0 ? '    export all;' : `    export filter { ${additions(peer.communities)} accept; };`,
    ...(isExtended ? ['    extended next hop on;'] : []),
    nextHop === undefined ? '    next hop self;' : `    next hop address ${nextHop};`,
    '  };',
  ];
}
