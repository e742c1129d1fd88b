/**
 * Chooses what a request gets: every family and the MAC address, or a refusal. Nobody's holdings change.
 */
import { formatPoint } from './address.ts';
import type { HolderIndex } from './holder-index.ts';
import type { LeaseTable, Slot } from './lease-table.ts';
import { HAS_V4, HAS_V6, SHARED, STICKY } from './lease-table.ts';
import type { Refusal } from './lease.ts';
import { formatMac } from './mac.ts';
import type { Point, Spot } from './point.ts';
import { refuse } from './refusal.ts';
import type { ParsedRequest, Wishes } from './request.ts';
import { namesFamily } from './request.ts';
import type { Space } from './space.ts';
import type { Subnet } from './subnet.ts';

/** What planning reads beside the subnet. */
export interface Surroundings {
  readonly table: LeaseTable;
  readonly random: () => number;
}

const GATEWAY = 'gateway';
const NO_POOL: readonly string[] = [''];

/**
 * Plan a request in its subnet.
 *
 * @returns the row that was made for it, which must be held at once; a refusal leaves no row
 */
export function plan(subnet: Subnet, request: ParsedRequest, around: Surroundings): Slot | Refusal {
  const { owner, wishes } = request;
  const { table } = around;
  const lacking = missingFamilyOrPool(subnet, request) ?? chooseMac(subnet, request, around);
  if (lacking !== undefined) return lacking;
  const v4 = isAsked(wishes, 4) ? subnet.v4 : undefined;
  const v6 = isAsked(wishes, 6) ? subnet.v6 : undefined;
  let refusal: Refusal | undefined;
  for (const wanted of wishes.candidates) {
    refusal = (v4 && choose(v4, request, wanted.v4, around)) ?? (v6 && choose(v6, request, wanted.v6, around));
    if (refusal === undefined) {
      const flags = (v4 === undefined ? 0 : HAS_V4) + (v6 === undefined ? 0 : HAS_V6);
      return table.add(owner, subnet, flags + (wishes.shared ? SHARED : 0) + (wishes.sticky === true ? STICKY : 0));
    }
  }
  if (refusal === undefined || !wishes.isChoice) return refusal ?? refuse('IPAM_BAD_REQUEST', request, 'there is no candidate');
  return refuse(
    'IPAM_EXHAUSTED',
    request,
    `none of ${wishes.candidates.length} candidates can be given; the last: ${refusal.message}`,
    refusal.details,
  );
}

function isAsked({ families }: Wishes, family: 4 | 6): boolean {
  return families === undefined || families.includes(family);
}

function missingFamilyOrPool(subnet: Subnet, request: ParsedRequest): Refusal | undefined {
  const { wishes } = request;
  if (subnet.v4 === undefined && namesFamily(wishes, 4)) return refuse('IPAM_NO_FAMILY', request, 'the subnet has no IPv4 block');
  if (subnet.v6 === undefined && namesFamily(wishes, 6)) return refuse('IPAM_NO_FAMILY', request, 'the subnet has no IPv6 block');
  for (const pool of wishes.pools) {
    if (!subnet.hasPool(pool)) return refuse('IPAM_NO_POOL', request, `the subnet has no pool ${pool}`, { pool });
  }
  return undefined;
}

/** Write a MAC address into the spare row, or say why not. */
function chooseMac(subnet: Subnet, request: ParsedRequest, { table, random }: Surroundings): Refusal | undefined {
  const { mac } = request.wishes;
  const refusal = mac === undefined ? undefined : checkMac(subnet, request, mac, table);
  if (refusal === undefined) table.mac.set(table.spare, 0, mac ?? subnet.freeMac(random));
  return refusal;
}

function checkMac(subnet: Subnet, request: ParsedRequest, mac: number, table: LeaseTable): Refusal | undefined {
  const rival = mac === subnet.gatewayMac ? undefined : rivalAmong(subnet.macs, { hi: 0, lo: mac }, request, table);
  if (mac !== subnet.gatewayMac && rival === undefined) return undefined;
  const holder = rival === undefined ? GATEWAY : table.owner(rival);
  const text = formatMac(mac);
  const why = rival === undefined ? `the gateway has the MAC address ${text}` : `${holder} has the MAC address ${text}`;
  return refuse('IPAM_MAC_CONFLICT', request, why, { mac: text, holder });
}

/** Write an address into the spare row, or say why not. */
function choose(space: Space, request: ParsedRequest, wanted: Point | undefined, { table, random }: Surroundings): Refusal | undefined {
  const slot = table.spare;
  if (wanted !== undefined) {
    const refusal = checkStatic(space, request, wanted, table);
    if (refusal === undefined) space.write(slot, wanted);
    return refusal;
  }
  const { pools } = request.wishes;
  for (const pool of pools.length === 0 ? NO_POOL : pools) if (space.writeNext(slot, pool, random)) return undefined;
  return exhausted(space, request);
}

function checkStatic(space: Space, request: ParsedRequest, point: Point, table: LeaseTable): Refusal | undefined {
  const { pools, allowGateway } = request.wishes;
  if (!space.isUsable(point)) {
    const address = formatPoint(space.family, point);
    return refuse('IPAM_OUT_OF_RANGE', request, `${address} is not in ${space.boundsText}`, { address });
  }
  if (pools.length > 0 && !pools.some((pool) => space.isInPool(pool, point))) {
    const address = formatPoint(space.family, point);
    const pool = pools.join(',');
    return refuse('IPAM_OUT_OF_RANGE', request, `${address} is not in pool ${pool}`, { address, pool });
  }
  const isGateway = !allowGateway && space.isGateway(point);
  const rival = isGateway ? undefined : rivalAmong(space.holders, point, request, table);
  if (!isGateway && rival === undefined) return undefined;
  const address = formatPoint(space.family, point);
  const holder = rival === undefined ? GATEWAY : table.owner(rival);
  return refuse('IPAM_CONFLICT', request, rival === undefined ? `${address} is the gateway` : `${holder} holds ${address}`, {
    address,
    holder,
  });
}

/** Another holder of the key, beside whom the request may not stand. */
function rivalAmong(index: HolderIndex, key: Spot, { owner, wishes }: ParsedRequest, table: LeaseTable): Slot | undefined {
  const { shared, sharedWith } = wishes;
  if (index.first(key.hi, key.lo) === undefined || (sharedWith === undefined && shared)) return undefined;
  const others = index.all(key.hi, key.lo).filter((slot) => table.owner(slot) !== owner);
  return others.some((slot) => table.owner(slot) === sharedWith) ? undefined : others[0];
}

function exhausted(space: Space, request: ParsedRequest): Refusal {
  const family = `IPv${space.family}`;
  const pool = request.wishes.pools.join(',');
  if (pool !== '') return refuse('IPAM_EXHAUSTED', request, `pool ${pool} has no free ${family} address`, { pool });
  const total = space.total.toString();
  const available = space.available.toString();
  const why = `no ${family} address is free (${available} of ${total}${space.available > 0n ? ', all in pools' : ''}); release some or enlarge the subnet`;
  return refuse('IPAM_EXHAUSTED', request, why, { available, total });
}
