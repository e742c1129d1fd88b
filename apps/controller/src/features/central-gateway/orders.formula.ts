/**
 * Which nodes the traffic of a centralized Subnet leaves by, and what is made of that: a way out per order of nodes. Subnets with the same
 * nodes in the same order share one.
 */
import { selects } from '@kube-ovn/api';
import type { NodeInput } from '../../inputs/node.ts';
import type { SubnetInput } from '../../inputs/subnet.ts';
import { fnv64 } from '../fnv.ts';

/** Names of nodes, the preferred one first, separated by commas. */
export type Order = string;

type Gateways = Pick<SubnetInput, 'gatewayNodes' | 'gatewayNodeSelectors'>;

/**
 * As many orders as there are nodes, each of which begins with another one, the wanted one first: whichever is in use, the others are ready.
 * @param nodes in order of their names
 */
export function ordersOf(subnet: Gateways, nodes: readonly Pick<NodeInput, 'name' | 'labels' | 'chassis'>[]): readonly Order[] {
  const selected = nodes.filter(({ labels }) => subnet.gatewayNodeSelectors.some((selector) => selects(selector, labels)));
  const wanted = subnet.gatewayNodes.length > 0 ? subnet.gatewayNodes.map(({ node }) => node) : selected.map(({ name }) => name);
  const known = wanted.filter((name) => nodes.some((node) => node.name === name && node.chassis !== undefined));
  if (known.length === 0) return [];
  const rotated = (by: number): Order => [...known.slice(by), ...known.slice(0, by)].join(',');
  return known.map((_, by) => rotated(by));
}

/**
 * The orders by which traffic goes now: the first one, or all of them where all nodes take their share. Those that begin with a node that is
 * away are left out, and those whose node is being emptied, as long as there are others. Where all have been away a moment ago, it is the
 * one that was away for the shortest time.
 */
export function inUse(
  orders: readonly Order[],
  isEcmp: boolean,
  is: {
    readonly cordoned: (node: string) => boolean;
    readonly away: (order: Order) => boolean;
    readonly absence: (order: Order) => number | undefined;
  },
): readonly Order[] {
  const here = orders.filter((order) => !is.away(order));
  const open = here.filter((order) => !is.cordoned(firstOf(order)));
  const back = orders
    .flatMap((order) => {
      const ms = is.absence(order);
      return ms === undefined ? [] : [{ order, ms }];
    })
    .toSorted((a, b) => a.ms - b.ms)
    .map(({ order }) => order);
  const usable = [open, here, back, orders].find((some) => some.length > 0) ?? orders;
  return isEcmp ? usable : usable.slice(0, 1);
}

/** The node that is preferred. */
export function firstOf(order: Order): string {
  return order.split(',')[0] ?? '';
}

/** Links of four addresses in 198.18.0.0/15; the first one is for `GATEWAY_PORT.prefix`. @source RFC 2544 C.2.2: for tests between devices, so that nothing else is reached there */
const SLOTS = 2 ** 15;
const FIRST_ADDRESS = 0xc612_0000;

/**
 * A number for each order, from 1 to 32767: by its hash, and the next free one where two meet, so that an order keeps its number whatever
 * others come and go, but for such a meeting.
 */
export function slotsOf(orders: readonly Order[]): Readonly<Record<Order, number>> {
  const taken = new Set<number>();
  const slots: Record<Order, number> = {};
  for (const order of [...new Set(orders)].toSorted()) {
    let slot = 1 + Number(fnv64(order) % BigInt(SLOTS - 1));
    while (taken.has(slot)) slot = (slot % (SLOTS - 1)) + 1;
    taken.add(slot);
    slots[order] = slot;
  }
  return slots;
}

/** A side's addresses on the link of a slot. @source RFC 4193: the IPv6 ones are unique local, of a fixed number */
export function linkAddress(slot: number, side: 'router' | 'node', family: 4 | 6): string {
  const host = side === 'router' ? 1 : 2;
  if (family === 6) return `fd6b:6f67:7700:${slot.toString(16)}::${host}`;
  const address = FIRST_ADDRESS + slot * 4 + host;
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join('.');
}
