/**
 * Whether a lease is what a request asks for: then the answer to the request is that lease.
 */
import type { Entry } from './entry.ts';
import type { AddressNumber } from './range.ts';
import type { ParsedRequest, Wanted } from './request.ts';
import type { Space } from './space.ts';

/** The subnet must have been compared already. */
export function isSatisfied(entry: Entry, request: ParsedRequest): boolean {
  const { v4, v6 } = entry.subnet;
  if (request.mac !== undefined && request.mac !== entry.mac) return false;
  if (request.families !== undefined && !hasFamilies(entry, request.families)) return false;
  const held: Wanted = { v4: unpacked(v4, entry.v4), v6: unpacked(v6, entry.v6) };
  if (!request.candidates.some((wanted) => isHeld(wanted, held))) return false;
  return isInPools(v4, held.v4, request.pools) && isInPools(v6, held.v6, request.pools);
}

function hasFamilies(entry: Entry, families: readonly (4 | 6)[]): boolean {
  return (entry.v4 !== undefined) === families.includes(4) && (entry.v6 !== undefined) === families.includes(6);
}

function isHeld(wanted: Wanted, held: Wanted): boolean {
  return (wanted.v4 === undefined || wanted.v4 === held.v4) && (wanted.v6 === undefined || wanted.v6 === held.v6);
}

function unpacked<N extends AddressNumber>(space: Space<N> | undefined, packed: N | undefined): N | undefined {
  return packed === undefined ? undefined : space?.line.unpack(packed);
}

function isInPools<N extends AddressNumber>(space: Space<N> | undefined, value: N | undefined, pools: readonly string[]): boolean {
  return pools.length === 0 || value === undefined || pools.some((pool) => space?.isInPool(pool, value) ?? false);
}
