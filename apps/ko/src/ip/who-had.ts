/** Who had an address, from what Events tell of addresses that were given back. Pure. */
import { type AddressRelease, type Event, readReleases } from '@kube-ovn/api';
import { canonicalAddress } from '@kube-ovn/ipam';

export interface History {
  /** Of this address, the oldest first. */
  readonly releases: readonly AddressRelease[];
  /** RFC 3339: when the oldest release was of any address that Events still tell of; null: they tell of none. */
  readonly reachesBackTo: string | null;
}

/** What Events say of addresses that were given back. */
export const releaseReason = 'AddressReleased';

/** @param address canonical text */
export function whoHad(address: string, events: readonly Event[]): History {
  const all = events.filter(({ reason }) => reason === releaseReason).flatMap(readReleases);
  const sorted = all.toSorted((a, b) => (a.until === b.until ? 0 : a.until < b.until ? -1 : 1));
  return {
    releases: sorted.filter(({ addresses }) => addresses.some((text) => canonicalAddress(text) === address)),
    reachesBackTo: sorted[0]?.until ?? null,
  };
}

/** One line a holder, and how far back is seen. */
export function printHistory({ releases, reachesBackTo }: History): readonly string[] {
  return [...releases.map(printRelease), reachesBackTo === null ? `${kept}, and now of none` : `${kept}, now from ${reachesBackTo} on`];
}

/** @source kube-apiserver --event-ttl, default 1h */
const kept = 'history: Events tell of addresses that were given back, for as long as Kubernetes keeps them (an hour by default)';

function printRelease({ holder, node, subnet, since, until, why }: AddressRelease): string {
  const from = since === '' ? '' : `from ${since} `;
  const place = [...(node === '' ? [] : [`on ${node}`]), `subnet ${subnet}`].join(', ');
  return `${holder}: had it ${from}until ${until} (${place}): ${why}`;
}
