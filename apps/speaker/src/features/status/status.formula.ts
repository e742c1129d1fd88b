/** Status of the node's BgpSpeaker. Reads: peers, sessions as BIRD tells them, what is announced. */
import type { BgpSpeakerStatus } from '@kube-ovn/api';
import type { Session } from '../../bird/sessions.ts';
import type { Peer } from '../../inputs/peer.ts';
import type { Announced } from '../prefixes/prefixes.formula.ts';

/** How sessions stand, by address of the peer. */
export interface Standings {
  readonly sessions: ReadonlyMap<string, Session>;
  readonly bfd: ReadonlyMap<string, string>;
}

/** As many prefixes are named in the status. */
const NAMED = 100;

/** The status, without times that only say when somebody looked. */
export function speakerStatus(input: {
  readonly routerId: string;
  readonly peers: readonly Peer[];
  readonly standings: Standings;
  readonly prefixes: readonly Announced[];
}): BgpSpeakerStatus {
  const { standings, prefixes } = input;
  const sessions = input.peers.map((peer) => {
    const session = standings.sessions.get(peer.address);
    const bfd = peer.bfd ? (standings.bfd.get(peer.address) ?? 'Down') : undefined;
    return {
      neighbor: peer.address,
      source: peer.origin,
      peerASN: peer.peerAs,
      state: session?.state ?? 'Down',
      ...(session !== undefined && { since: session.since }),
      ...(bfd !== undefined && { bfd }),
      ...(session?.lastError !== undefined && session.state !== 'Established' && { lastError: session.lastError }),
    };
  });
  const v6 = prefixes.filter(({ prefix }) => prefix.includes(':')).length;
  return {
    routerID: input.routerId,
    sessions: sessions.toSorted((a, b) => (a.neighbor < b.neighbor ? -1 : 1)),
    established: `${sessions.filter(({ state }) => state === 'Established').length}/${sessions.length}`,
    ipv4Prefixes: prefixes.length - v6,
    ipv6Prefixes: v6,
    prefixes: prefixes.slice(0, NAMED).map(({ prefix }) => prefix),
  };
}
