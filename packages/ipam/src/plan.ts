/**
 * Chooses what a request gets, and changes nothing: every family and the MAC address, or a refusal.
 */
import { formatPoint } from './address.ts';
import type { HolderIndex } from './holder-index.ts';
import type { LeaseTable, Row, Slot } from './lease-table.ts';
import type { Refusal } from './lease.ts';
import { formatMac } from './mac.ts';
import type { Point, Spot } from './point.ts';
import { refuse } from './refusal.ts';
import type { ParsedRequest } from './request.ts';
import { isShared, namesFamily } from './request.ts';
import type { Space } from './space.ts';
import type { Subnet } from './subnet.ts';

/** What a request will hold. */
export interface Plan extends Row {
  readonly ok: true;
}

/** What planning reads beside the subnet. */
export interface Surroundings {
  readonly table: LeaseTable;
  readonly random: () => number;
}

/** The address of a family, none where none is asked for, or why there is none to give. */
type Choice = Spot | undefined | Refusal;

const GATEWAY = 'gateway';
const NO_POOL: readonly string[] = [''];

/** Plan a request in its subnet. */
export function plan(subnet: Subnet, request: ParsedRequest, around: Surroundings): Plan | Refusal {
  const lacking = missingFamilyOrPool(subnet, request);
  if (lacking !== undefined) return lacking;
  const mac = request.mac === undefined ? subnet.freeMac(around.random) : checkMac(subnet, request, request.mac, around.table);
  if (typeof mac !== 'number') return mac;
  let refusal: Refusal | undefined;
  for (const wanted of request.candidates) {
    const v4 = isAsked(request, 4) ? choose(subnet.v4, request, wanted.v4, around) : undefined;
    const v6 = isAsked(request, 6) ? choose(subnet.v6, request, wanted.v6, around) : undefined;
    if (isRefusal(v4)) refusal = v4;
    else if (isRefusal(v6)) refusal = v6;
    else
      return {
        ok: true,
        owner: request.owner,
        subnet,
        v4,
        v6,
        mac,
        shared: isShared(request),
        sticky: request.asked.sticky === true ? 'active' : 'no',
      };
  }
  if (refusal === undefined || request.asked.candidates === undefined)
    return refusal ?? refuse('IPAM_BAD_REQUEST', request, 'there is no candidate');
  return refuse(
    'IPAM_EXHAUSTED',
    request,
    `none of ${request.candidates.length} candidates can be given; the last: ${refusal.message}`,
    refusal.details,
  );
}

function isRefusal(choice: Choice): choice is Refusal {
  return choice !== undefined && 'code' in choice;
}

function isAsked(request: ParsedRequest, family: 4 | 6): boolean {
  return request.asked.families === undefined || request.asked.families.includes(family);
}

function missingFamilyOrPool(subnet: Subnet, request: ParsedRequest): Refusal | undefined {
  if (subnet.v4 === undefined && namesFamily(request, 4)) return refuse('IPAM_NO_FAMILY', request, 'the subnet has no IPv4 block');
  if (subnet.v6 === undefined && namesFamily(request, 6)) return refuse('IPAM_NO_FAMILY', request, 'the subnet has no IPv6 block');
  for (const pool of request.pools) {
    if (!subnet.hasPool(pool)) return refuse('IPAM_NO_POOL', request, `the subnet has no pool ${pool}`, { pool });
  }
  return undefined;
}

function checkMac(subnet: Subnet, request: ParsedRequest, mac: number, table: LeaseTable): number | Refusal {
  const rival = mac === subnet.gatewayMac ? undefined : rivalAmong(subnet.macs, { hi: 0, lo: mac }, request, table);
  if (mac !== subnet.gatewayMac && rival === undefined) return mac;
  const holder = rival === undefined ? GATEWAY : table.owner(rival);
  const text = formatMac(mac);
  const why = rival === undefined ? `the gateway has the MAC address ${text}` : `${holder} has the MAC address ${text}`;
  return refuse('IPAM_MAC_CONFLICT', request, why, { mac: text, holder });
}

function choose(space: Space | undefined, request: ParsedRequest, wanted: Point | undefined, { table, random }: Surroundings): Choice {
  if (space === undefined) return undefined;
  if (wanted !== undefined) return checkStatic(space, request, wanted, table);
  for (const pool of request.pools.length === 0 ? NO_POOL : request.pools) {
    const value = space.next(pool, random);
    if (value !== undefined) return value;
  }
  return exhausted(space, request);
}

function checkStatic(space: Space, request: ParsedRequest, point: Point, table: LeaseTable): Choice {
  if (!space.isUsable(point)) {
    const address = formatPoint(space.family, point);
    return refuse('IPAM_OUT_OF_RANGE', request, `${address} is not in ${space.boundsText}`, { address });
  }
  if (request.pools.length > 0 && !request.pools.some((pool) => space.isInPool(pool, point))) {
    const address = formatPoint(space.family, point);
    const pool = request.pools.join(',');
    return refuse('IPAM_OUT_OF_RANGE', request, `${address} is not in pool ${pool}`, { address, pool });
  }
  const isGateway = space.isGateway(point) && request.asked.allowGateway !== true;
  const rival = isGateway ? undefined : rivalAmong(space.holders, point, request, table);
  if (!isGateway && rival === undefined) return point;
  const address = formatPoint(space.family, point);
  const holder = rival === undefined ? GATEWAY : table.owner(rival);
  return refuse('IPAM_CONFLICT', request, rival === undefined ? `${address} is the gateway` : `${holder} holds ${address}`, {
    address,
    holder,
  });
}

/** Another holder of the key, beside whom the request may not stand. */
function rivalAmong(index: HolderIndex, key: Spot, request: ParsedRequest, table: LeaseTable): Slot | undefined {
  const { sharedWith } = request.asked;
  if (index.first(key.hi, key.lo) === undefined || (sharedWith === undefined && isShared(request))) return undefined;
  const others = index.all(key.hi, key.lo).filter((slot) => table.owner(slot) !== request.owner);
  return others.some((slot) => table.owner(slot) === sharedWith) ? undefined : others[0];
}

function exhausted(space: Space, request: ParsedRequest): Refusal {
  const family = `IPv${space.family}`;
  const pool = request.pools.join(',');
  if (pool !== '') return refuse('IPAM_EXHAUSTED', request, `pool ${pool} has no free ${family} address`, { pool });
  const total = space.total.toString();
  const available = space.available.toString();
  const why = `no ${family} address is free (${available} of ${total}${space.available > 0n ? ', all in pools' : ''}); release some or enlarge the subnet`;
  return refuse('IPAM_EXHAUSTED', request, why, { available, total });
}
