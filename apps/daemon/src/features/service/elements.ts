/** The vocabulary of the node's table of services: maps and sets of nftables, and what is in them. */
import type { TransportProtocol } from '@kube-ovn/api';
import type { Family } from '@kube-ovn/ipam';

/** One element of a map, or of a set, whose elements have an empty value. In nft's own text, so that it can be compared with a listing. */
export interface Element {
  /** Name of the map, without the family. */
  readonly map: ElementMap;
  readonly family: Family;
  readonly key: string;
  readonly value: string;
}

/**
 * - `vips`, `ports`: an address or a port of the node's own addresses → what becomes of a connection to it
 * - `outside-…`: the same, asked first for what comes from outside the cluster
 * - `refused-…`: nobody serves there
 * - `restricted-vips`: asked from outside only by those in `allowed-vips`, which are the same keys with a block of addresses
 * - `sticky-…`: the same keys → for how long a client's backend is remembered; of IPv4 alone (remembered.ts)
 * - `…-backends`: the same keys with the number of a backend → its address and port
 */
export type ElementMap =
  | 'vips'
  | 'ports'
  | 'outside-vips'
  | 'outside-ports'
  | 'refused-vips'
  | 'refused-ports'
  | 'restricted-vips'
  | 'allowed-vips'
  | 'sticky-vips'
  | 'sticky-ports'
  | 'vip-backends'
  | 'port-backends';

/** Elements by the name of their map, with the family, and by key. */
export type Elements = ReadonlyMap<string, ReadonlyMap<string, string>>;

/**
 * How one of several backends is chosen. `local` ones are on this node, so the client's address can stay; `sticky` is the one that is
 * remembered for that address, or else one by a hash of it.
 */
export type Choice = 'cluster' | 'cluster-sticky' | 'local' | 'local-sticky';

/** A number that local backends of an address begin with, so that those of the whole cluster can be beside them. */
export const FIRST_LOCAL = 65_536;

/** An address, or the node's own ones, and a port. */
export interface Front {
  readonly family: Family;
  /** Undefined: any address of the node. */
  readonly address: string | undefined;
  readonly protocol: TransportProtocol;
  readonly port: number;
}

/** The key of a front in maps of fronts. */
export function frontKey({ address, protocol, port }: Front): string {
  return [...(address === undefined ? [] : [address]), protocol, String(port)].join(' . ');
}

/** The chain that remembers the backend of a client for so many seconds. */
export function rememberName(seconds: number): string {
  return `remember-${seconds}`;
}

/** The chain that chooses one of so many backends. */
export function chainName(choice: Choice, count: number): string {
  return `${choice}-${count}`;
}

/** Union over owners. What two want goes to the first by name, whatever order they came in. */
export function unionElements(owners: Iterable<readonly [string, readonly Element[]]>): Elements {
  const union = new Map<string, Map<string, string>>();
  for (const [, elements] of [...owners].toSorted(([a], [b]) => (a < b ? -1 : 1)))
    for (const { map, family, key, value } of elements) {
      const name = `${map}${family}`;
      const inMap = union.get(name) ?? new Map<string, string>();
      union.set(name, inMap);
      if (!inMap.has(key)) inMap.set(key, value);
    }
  return union;
}
