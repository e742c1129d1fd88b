/** A lease that has ended → who had its addresses, since and until when, and why no longer. Pure. */
import { type AddressRelease, type IP, ipLabels, type KubeObject, type Pod } from '@kube-ovn/api';
import { hasEnded } from '../inputs/pod.ts';
import type { AddressDemand, HeldLease, PodType } from './demand.ts';
import { leaseOfIp } from './ip-object.ts';

/** Addresses that were given back, and what was known when that began. */
export interface EndedLease {
  readonly lease: HeldLease;
  readonly podType: PodType;
  readonly entry: IP;
  /** What the port was wanted for by then. */
  readonly demand: AddressDemand | undefined;
}

export interface ReleaseFacts {
  /** The object of the holder's name that is there now. */
  readonly object: KubeObject | undefined;
  /** RFC 3339. */
  readonly now: string;
}

/** What is to be told of it; nothing when the journal did not say these addresses, as when another leader has given them back. */
export function releaseOf(ended: EndedLease, { object, now }: ReleaseFacts): AddressRelease | undefined {
  const { lease, podType, entry } = ended;
  const known = leaseOfIp(entry);
  if (known === undefined || known.v4 !== lease.v4 || known.v6 !== lease.v6) return undefined;
  return {
    addresses: [lease.v4, lease.v6].filter((address) => address !== undefined),
    mac: lease.mac,
    subnet: lease.subnet,
    holder: holderText(lease, podType),
    node: lease.node,
    since: entry.metadata.creationTimestamp ?? '',
    until: now,
    why: why(ended, object),
  };
}

/** One sentence of several. */
export function releasesText(releases: readonly AddressRelease[]): string {
  const told = releases.slice(0, maxSentences).map(releaseText);
  const left = releases.length - told.length;
  return `${told.join('; ')}${left === 0 ? '' : `; and ${left} more: ko ip ADDRESS`}`;
}

/** Of how many a message speaks; the annotation has all. */
const maxSentences = 3;

function releaseText({ addresses, holder, node, since, why: cause }: AddressRelease): string {
  return `${holder}${node === '' ? '' : ` on ${node}`} had ${addresses.join(',')}${since === '' ? '' : ` since ${since}`}: ${cause}`;
}

function holderText({ holder: { kind, namespace, name }, subnet }: HeldLease, podType: PodType): string {
  if (kind === 'Subnet') return `Subnet ${subnet}`;
  const isOfNamespace = kind === 'Pod' && namespace !== '';
  return `${podType === 'VirtualMachine' ? podType : kind} ${isOfNamespace ? `${namespace}/` : ''}${name}`;
}

function why({ lease: { holder }, podType, entry, demand }: EndedLease, object: KubeObject | undefined): string {
  const isLeaving = entry.metadata.deletionTimestamp !== undefined;
  const isKept = podType !== '' || entry.metadata.labels?.[ipLabels.reserved] === 'true';
  if (holder.kind === 'Subnet') return demand === undefined ? 'joined to its Vpc no more' : 'joined to its Vpc by another address';
  if (holder.kind === 'Pod' && isLeaving && isKept) return 'its IP object, which kept the address, was deleted';
  const kind = holder.kind === 'Pod' || holder.kind === 'Node' ? holder.kind.toLowerCase() : holder.kind;
  if (demand !== undefined && demand.holder.uid !== holder.uid) return `${kind} deleted, and the next one of its name asks for others`;
  if (podType === 'VirtualMachine') return 'pod deleted, and its virtual machine keeps the address no more';
  if (object === undefined || object.metadata.uid !== holder.uid || object.metadata.deletionTimestamp !== undefined)
    return podType === 'StatefulSet' ? 'pod deleted, and its StatefulSet makes it no more' : `${kind} deleted`;
  const phase = holder.kind === 'Pod' && hasEnded(object as Pod) ? (object as Pod).status?.phase : undefined;
  return phase === undefined ? `${kind} asks for the address no more` : `pod has ended (${phase})`;
}
