/** Addresses for several ports in one step: each from the first of its Subnets that serves, all or none. */
import type { Allocator, Lease, Refusal } from '@kube-ovn/ipam';
import type { AddressSpace } from './address-space.ts';
import type { AddressDemand } from './demand.ts';
import { requestFor } from './request.ts';

/** A port that takes addresses. */
export interface Taker {
  readonly name: string;
  readonly demand: AddressDemand;
}

export type TakeAllResult =
  | { readonly ok: true; readonly taken: readonly (Taker & { readonly lease: Lease })[] }
  | {
      readonly ok: false;
      /** Who could not be served. */
      readonly taker: Taker;
      readonly refusal: Pick<Refusal, 'code' | 'message'>;
    };

export type LendResult =
  | { readonly ok: true; readonly lease: Lease }
  | { readonly ok: false; readonly refusal: Pick<Refusal, 'code' | 'message'> };

/** What is allocated from. */
export interface TakeFrom {
  readonly allocator: Pick<Allocator, 'allocateAll'>;
  readonly space: Pick<AddressSpace, 'isSubnetClosed' | 'isPoolClosed'>;
  /** The addresses of a Vip for who asks for them. */
  readonly lend: (taker: Taker, lender: string) => LendResult;
}

/**
 * Take addresses for all, or for none.
 *
 * A taker that a Subnet refuses goes on to its next one; the refusal that is told is that of the last Subnet that exists.
 */
export function takeAll(takers: readonly Taker[], from: TakeFrom): TakeAllResult {
  const lent: (Taker & { readonly lease: Lease })[] = [];
  for (const taker of takers) {
    if (taker.demand.lender === undefined) continue;
    const result = from.lend(taker, taker.demand.lender);
    if (!result.ok) return { ok: false, taker, refusal: result.refusal };
    lent.push({ ...taker, lease: result.lease });
  }
  const result = takeOwn(
    takers.filter(({ demand }) => demand.lender === undefined),
    from,
  );
  return result.ok ? { ok: true, taken: [...result.taken, ...lent] } : result;
}

function takeOwn(takers: readonly Taker[], { allocator, space }: TakeFrom): TakeAllResult {
  const places = takers.map((taker) => placesOf(taker, space));
  const refusals = new Map<number, Refusal>();
  for (;;) {
    const without = places.findIndex((left) => left.length === 0);
    const stopped = takers[without];
    if (stopped !== undefined) return { ok: false, taker: stopped, refusal: refusals.get(without) ?? noPlace(stopped) };
    const result = allocator.allocateAll(places.flatMap(([first]) => first ?? []));
    if (result.ok) return { ok: true, taken: takers.flatMap((taker, index) => withLease(taker, result.leases[index])) };
    if (!refusals.has(result.index) || result.code !== 'IPAM_NO_SUBNET') refusals.set(result.index, result);
    places[result.index]?.shift();
  }
}

type Request = ReturnType<typeof requestFor>;

/** One request for each Subnet that is open, with the pools that are. */
function placesOf({ name, demand }: Taker, space: TakeFrom['space']): Request[] {
  return demand.subnets.flatMap((subnet) => {
    const pools = demand.pools?.[subnet];
    const open = pools?.names.filter((pool) => !space.isPoolClosed(pool));
    if (space.isSubnetClosed(subnet) || open?.length === 0) return [];
    const narrowed = pools === undefined || open === undefined ? demand : { ...demand, pools: { [subnet]: { ...pools, names: open } } };
    return [requestFor(name, subnet, narrowed)];
  });
}

function withLease(taker: Taker, lease: Lease | undefined): readonly (Taker & { readonly lease: Lease })[] {
  return lease === undefined ? [] : [{ ...taker, lease }];
}

/** All that could serve is being deleted, or there is nothing. */
function noPlace({ name, demand: { subnets, pools = {} } }: Taker): Pick<Refusal, 'code' | 'message'> {
  const names = Object.values(pools).flatMap((choice) => choice.names);
  const closed = names.length > 0 ? `IPPool ${names.join(', ')}` : `Subnet ${subnets.join(', ')}`;
  const why = subnets.length === 0 ? 'no Subnet serves its namespace' : `no new addresses from ${closed}, which is being deleted`;
  return { code: 'IPAM_NO_SUBNET', message: `no address for ${name}: ${why}` };
}
