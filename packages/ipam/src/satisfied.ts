/**
 * Whether a lease is what a request asks for: then the answer to the request is that lease.
 */
import type { LeaseTable, Slot } from './lease-table.ts';
import type { Point, Spot } from './point.ts';
import type { Wishes } from './request.ts';
import type { Space } from './space.ts';
import type { Subnet } from './subnet.ts';

/** @param subnet that of the lease, which must be the one that is asked */
export function isSatisfied(table: LeaseTable, slot: Slot, wishes: Wishes, subnet: Subnet): boolean {
  if (wishes.mac !== undefined && wishes.mac !== table.mac.lo(slot)) return false;
  const { families, candidates, pools } = wishes;
  if (families !== undefined && ([4, 6] as const).some((family) => table.has(slot, family) !== families.includes(family))) return false;
  const v4 = table.spot(slot, 4);
  const v6 = table.spot(slot, 6);
  if (!candidates.some((wanted) => isHeld(subnet.v4, wanted.v4, v4) && isHeld(subnet.v6, wanted.v6, v6))) return false;
  return isInPools(subnet.v4, v4, pools) && isInPools(subnet.v6, v6, pools);
}

function isHeld(space: Space | undefined, wanted: Point | undefined, held: Spot | undefined): boolean {
  if (wanted === undefined) return true;
  return held?.lo === wanted.lo && held.hi === wanted.hi && space?.top === wanted.top;
}

function isInPools(space: Space | undefined, spot: Spot | undefined, pools: readonly string[]): boolean {
  return pools.length === 0 || spot === undefined || pools.some((pool) => space?.isInPool(pool, spot) ?? false);
}
