/**
 * What this node announces, and with which communities.
 *
 * Reads: Subnets, Pods, Services with their EndpointSlices, the Node. An object contributes *claims*; the union of all claims is
 * announced, each prefix once, with the communities of all who claim it.
 */
import type { SliceInput } from '@kube-ovn/api';
import type { AnnouncedService } from '../../inputs/service.ts';
import type { Standing } from '../../inputs/node.ts';
import type { PodInput } from '../../inputs/pod.ts';
import type { SubnetInput } from '../../inputs/subnet.ts';

/** A prefix that an object wants announced by this node. */
export interface Claim {
  readonly prefix: string;
  /** No other node announces it. */
  readonly isOwn: boolean;
  readonly communities: readonly string[];
}

/** A prefix that is announced. */
export interface Announced {
  readonly prefix: string;
  readonly communities: readonly string[];
}

/** Asks peers to prefer others. @source RFC 8326 */
const GRACEFUL_SHUTDOWN = '65535:0';

/** The blocks of a Subnet that is announced from everywhere. With `local` its pods alone are announced, each by its node. */
export function subnetClaims({ scope, communities = [], blocks }: SubnetInput): readonly Claim[] {
  return scope === 'cluster' ? blocks.map((prefix) => ({ prefix, isOwn: false, communities })) : [];
}

/** Addresses of a pod that serves; what the pod says goes before what its Subnet says. */
export function podClaims(pod: PodInput, subnetOf: (name: string) => SubnetInput | undefined, node: string): readonly Claim[] {
  if (!pod.isServing) return [];
  return pod.addresses.flatMap(({ address, subnet: name }) => {
    const subnet = name === undefined ? undefined : subnetOf(name);
    const scope = pod.scope ?? subnet?.scope ?? 'none';
    if (scope === 'none' || (scope === 'local' && pod.node !== node)) return [];
    return [{ prefix: hostPrefix(address), isOwn: scope === 'local', communities: pod.communities ?? subnet?.communities ?? [] }];
  });
}

/** What a service is announced with. */
export interface ServiceContext {
  readonly slices: readonly SliceInput[];
  readonly node: string;
  readonly announceClusterIp: boolean;
  readonly announceExternalIp: boolean;
}

/** Addresses of a service while an endpoint is ready: anywhere, or on this node where only those on it would be asked. */
export function serviceClaims(service: AnnouncedService, context: ServiceContext): readonly Claim[] {
  const { scope, communities = [] } = service;
  if (scope === undefined || scope === 'none') return [];
  const isServed = (onNode: boolean): boolean =>
    context.slices.some(({ endpoints }) => endpoints.some(({ isReady, node }) => isReady && (!onNode || node === context.node)));
  const claims = (addresses: readonly string[], isOwn: boolean): readonly Claim[] =>
    isServed(isOwn) ? addresses.map((address) => ({ prefix: hostPrefix(address), isOwn, communities })) : [];
  return [
    ...(context.announceClusterIp ? claims(service.clusterIps, scope === 'local') : []),
    ...(context.announceExternalIp ? claims(service.externalIps, scope === 'local' || service.isExternalLocal) : []),
  ];
}

/** The union of claims as the node stands, sorted. What no other node announces is announced as long as there is a claim. */
export function announcedPrefixes(claims: Iterable<Claim>, standing: Standing): readonly Announced[] {
  const found = new Map<string, { isOwn: boolean; readonly communities: Set<string> }>();
  for (const { prefix, isOwn, communities } of claims) {
    const entry = found.get(prefix) ?? { isOwn: false, communities: new Set<string>() };
    entry.isOwn ||= isOwn;
    for (const community of communities) entry.communities.add(community);
    found.set(prefix, entry);
  }
  return [...found]
    .filter(([, { isOwn }]) => isOwn || standing !== 'own')
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([prefix, { isOwn, communities }]) => ({
      prefix,
      communities: [...communities, ...(standing === 'last' && !isOwn ? [GRACEFUL_SHUTDOWN] : [])].toSorted(),
    }));
}

function hostPrefix(address: string): string {
  return `${address}/${address.includes(':') ? 128 : 32}`;
}
