/** Peers: from flags, and from BgpPeer objects that select the node. */
import { parseCommunity, problem, selects, type BgpPeer, type Problem } from '@kube-ovn/api';
import { canonicalAddress, readAddress } from '@kube-ovn/ipam';
import { readSeconds } from './duration.ts';

/** What holds for every peer unless its BgpPeer says otherwise. */
export interface PeerDefaults {
  readonly localAs: number | undefined;
  readonly password: string | undefined;
  readonly holdSeconds: number;
  readonly gracefulRestart: boolean;
  readonly restartSeconds: number;
  readonly passive: boolean;
  /** Hops that a peer of another AS may be away. */
  readonly hops: number;
  /** Prefixes of both families, whatever that of the session is. */
  readonly bothFamilies: boolean;
  readonly bfd: boolean;
  readonly bfdMinTxMs: number;
  readonly bfdMinRxMs: number;
  readonly bfdMultiplier: number;
  /** Addresses of this end, of which the first that the node has is used. */
  readonly sources: readonly string[];
  readonly communities: readonly string[];
}

/** A router to talk to. */
export interface Peer extends Omit<PeerDefaults, 'localAs' | 'sources'> {
  /** `flags` or `BgpPeer <name>` */
  readonly origin: string;
  readonly address: string;
  readonly family: 4 | 6;
  readonly localAs: number;
  readonly peerAs: number;
  readonly keepaliveSeconds: number | undefined;
  readonly connectSeconds: number | undefined;
  readonly source: string | undefined;
}

/** A peer, or why there is none. */
export type PeerReading = { readonly peer: Peer } | { readonly problem: Problem } | undefined;

/** @source RFC 2385: a key of up to 80 bytes; BIRD's strings know no escapes */
export function isPassword(text: string): boolean {
  return /^[\x20-\x21\x23-\x7e]{1,80}$/.test(text);
}

/** A peer that a flag names. */
export function peerOfFlag(address: string, peerAs: number, defaults: PeerDefaults & { readonly localAs: number }): Peer {
  const { sources, ...rest } = defaults;
  const family = familyOf(address);
  return {
    ...rest,
    origin: 'flags',
    address,
    family,
    peerAs,
    keepaliveSeconds: undefined,
    connectSeconds: undefined,
    source: sources.find((source) => familyOf(source) === family),
  };
}

/** What a BgpPeer is read with. */
export interface PeerContext {
  readonly defaults: PeerDefaults;
  readonly nodeLabels: Readonly<Record<string, string>>;
  /** Passwords by name of their Secret. */
  readonly passwordOf: (secret: string) => string | undefined;
}

/** A peer that an object names; undefined when it is for other nodes. One that cannot be read whole is not talked to. */
export function readPeer(object: BgpPeer, { defaults, nodeLabels, passwordOf }: PeerContext): PeerReading {
  const { spec, metadata } = object;
  if (metadata.deletionTimestamp !== undefined || !selects(spec.nodeSelector ?? {}, nodeLabels)) return undefined;
  const refuse = (field: string, value: string, hint: string): PeerReading => ({
    problem: problem({ code: 'API_BAD_FIELD', object: `BgpPeer ${metadata.name}`, field: `spec.${field}`, value, hint }),
  });
  const address = canonicalAddress(spec.neighbor);
  if (address === undefined) return refuse('neighbor', spec.neighbor, 'must be an IPv4 or IPv6 address');
  const family = familyOf(address);
  const localAs = spec.localASN ?? defaults.localAs;
  if (localAs === undefined) return refuse('localASN', '', 'must be given, since the speaker has no --cluster-as');
  const times: Record<string, number | undefined> = {};
  for (const field of ['holdTime', 'keepaliveTime', 'connectTime'] as const) {
    const text = spec[field];
    const seconds = text === undefined || text === '' ? undefined : readSeconds(text);
    const least = field === 'holdTime' ? 3 : 1;
    if (text !== undefined && text !== '' && (seconds === undefined || seconds < least || seconds > 65_535))
      return refuse(field, text, `must be a time from ${least}s to 65535s, such as 90s`);
    times[field] = seconds;
  }
  const source = spec.sourceAddress === undefined || spec.sourceAddress === '' ? undefined : canonicalAddress(spec.sourceAddress);
  if (spec.sourceAddress !== undefined && spec.sourceAddress !== '' && (source === undefined || familyOf(source) !== family))
    return refuse('sourceAddress', spec.sourceAddress, `must be an IPv${family} address, as the neighbor`);
  const communities: string[] = [];
  for (const text of spec.communities ?? []) {
    const community = parseCommunity(text);
    if (community === undefined) return refuse('communities', text, 'must be a community such as 65000:100, 65000:1:2 or no-export');
    communities.push(community);
  }
  const secret = spec.passwordSecret ?? '';
  const password = secret === '' ? undefined : passwordOf(secret);
  if (secret !== '' && (password === undefined || !isPassword(password)))
    return refuse(
      'passwordSecret',
      secret,
      'must name a Secret of type kubernetes.io/basic-auth in the speaker’s namespace whose key "password" has 1 to 80 printable ASCII characters without "',
    );
  return {
    peer: {
      origin: `BgpPeer ${metadata.name}`,
      address,
      family,
      localAs,
      peerAs: spec.peerASN,
      password,
      holdSeconds: times['holdTime'] ?? defaults.holdSeconds,
      keepaliveSeconds: times['keepaliveTime'],
      connectSeconds: times['connectTime'],
      gracefulRestart: spec.gracefulRestart ?? defaults.gracefulRestart,
      restartSeconds: defaults.restartSeconds,
      passive: spec.passive ?? defaults.passive,
      hops: spec.ebgpMultiHop ?? defaults.hops,
      bothFamilies: spec.extendedNexthop ?? defaults.bothFamilies,
      bfd: spec.bfd?.enabled ?? defaults.bfd,
      bfdMinTxMs: spec.bfd?.minTX ?? defaults.bfdMinTxMs,
      bfdMinRxMs: spec.bfd?.minRX ?? defaults.bfdMinRxMs,
      bfdMultiplier: spec.bfd?.multiplier ?? defaults.bfdMultiplier,
      source: source ?? defaults.sources.find((candidate) => familyOf(candidate) === family),
      communities: [...new Set([...defaults.communities, ...communities])],
    },
  };
}

function familyOf(address: string): 4 | 6 {
  return readAddress(address)?.family ?? 4;
}
