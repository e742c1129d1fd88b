/**
 * Chooses what a request gets, and changes nothing: every family and the MAC address, or a refusal.
 */
import type { Entry } from './entry.ts';
import type { HolderIndex } from './holder-index.ts';
import type { Refusal } from './lease.ts';
import { formatMac } from './mac.ts';
import type { AddressNumber } from './range.ts';
import { refuse } from './refusal.ts';
import type { ParsedRequest, Wanted } from './request.ts';
import type { Space } from './space.ts';
import type { Subnet } from './subnet.ts';

/** What a request will hold. */
export interface Plan {
  readonly v4: number | undefined;
  readonly v6: bigint | undefined;
  readonly mac: number;
}

type Choice<N> = { readonly ok: true; readonly value: N | undefined } | Refusal;

const GATEWAY = 'gateway';
const NO_POOL: readonly string[] = [''];
const NOTHING: { readonly ok: true; readonly value: undefined } = { ok: true, value: undefined };

/** Plan a request in its subnet. */
export function plan(subnet: Subnet, request: ParsedRequest, random: () => number): ({ readonly ok: true } & Plan) | Refusal {
  const lacking = missingFamilyOrPool(subnet, request);
  if (lacking !== undefined) return lacking;
  const mac = chooseMac(subnet, request, random);
  if (!mac.ok) return mac;
  let refusal: Refusal | undefined;
  for (const wanted of request.candidates) {
    const result = planCandidate(subnet, request, wanted, random);
    if (result.ok) return { ok: true, v4: result.v4, v6: result.v6, mac: mac.value };
    refusal = result;
  }
  if (refusal === undefined || !request.isChoice) return refusal ?? refuse('IPAM_BAD_REQUEST', request, 'there is no candidate');
  return refuse(
    'IPAM_EXHAUSTED',
    request,
    `none of ${request.candidates.length} candidates can be given; the last: ${refusal.message}`,
    refusal.details,
  );
}

function planCandidate(
  subnet: Subnet,
  request: ParsedRequest,
  wanted: Wanted,
  random: () => number,
): ({ readonly ok: true } & Omit<Plan, 'mac'>) | Refusal {
  const v4 = isAsked(request, 4) ? choose(subnet, subnet.v4, request, { wanted: wanted.v4, random }) : NOTHING;
  if (!v4.ok) return v4;
  const v6 = isAsked(request, 6) ? choose(subnet, subnet.v6, request, { wanted: wanted.v6, random }) : NOTHING;
  if (!v6.ok) return v6;
  return { ok: true, v4: v4.value, v6: v6.value };
}

function isAsked(request: ParsedRequest, family: 4 | 6): boolean {
  return request.families === undefined || request.families.includes(family);
}

function missingFamilyOrPool(subnet: Subnet, request: ParsedRequest): Refusal | undefined {
  for (const family of [4, 6] as const) {
    if ((family === 4 ? subnet.v4 : subnet.v6) !== undefined) continue;
    const isNamed = request.families?.includes(family) ?? false;
    const isStatic = request.candidates.some((wanted) => (family === 4 ? wanted.v4 : wanted.v6) !== undefined);
    if (isNamed || isStatic) return refuse('IPAM_NO_FAMILY', request, `the subnet has no IPv${family} block`);
  }
  const pool = request.pools.find((name) => !subnet.hasPool(name));
  return pool === undefined ? undefined : refuse('IPAM_NO_POOL', request, `the subnet has no pool ${pool}`, { pool });
}

function chooseMac(subnet: Subnet, request: ParsedRequest, random: () => number): { readonly ok: true; readonly value: number } | Refusal {
  const { mac } = request;
  if (mac === undefined) return { ok: true, value: subnet.freeMac(random) };
  if (mac === subnet.gatewayMac)
    return refuse('IPAM_MAC_CONFLICT', request, `the gateway has the MAC address ${formatMac(mac)}`, {
      mac: formatMac(mac),
      holder: 'gateway',
    });
  const holder = rivalAmong(subnet.macs, mac, request);
  if (holder === undefined) return { ok: true, value: mac };
  return refuse('IPAM_MAC_CONFLICT', request, `${holder.owner} has the MAC address ${formatMac(mac)}`, {
    mac: formatMac(mac),
    holder: holder.owner,
  });
}

function choose<N extends AddressNumber>(
  subnet: Subnet,
  space: Space<N> | undefined,
  request: ParsedRequest,
  { wanted, random }: { readonly wanted: N | undefined; readonly random: () => number },
): Choice<N> {
  if (space === undefined) return NOTHING;
  if (wanted !== undefined) return checkStatic(space, request, wanted);
  for (const pool of request.pools.length === 0 ? NO_POOL : request.pools) {
    const value = space.next(pool, subnet.strategy, random);
    if (value !== undefined) return { ok: true, value };
  }
  return exhausted(space, request);
}

function checkStatic<N extends AddressNumber>(space: Space<N>, request: ParsedRequest, value: N): Choice<N> {
  const { line, layout } = space;
  if (!space.isUsable(value)) {
    const address = line.format(value);
    const bounds = `${line.format(layout.usable.first)}-${line.format(layout.usable.last)}`;
    return refuse('IPAM_OUT_OF_RANGE', request, `${address} is not in ${bounds}`, { address });
  }
  if (request.pools.length > 0 && !request.pools.some((pool) => space.isInPool(pool, value))) {
    const address = line.format(value);
    const pool = request.pools.join(',');
    return refuse('IPAM_OUT_OF_RANGE', request, `${address} is not in pool ${pool}`, { address, pool });
  }
  const holder = rivalOf(space, request, value);
  if (holder === undefined) return { ok: true, value };
  const address = line.format(value);
  return refuse('IPAM_CONFLICT', request, holder === GATEWAY ? `${address} is the gateway` : `${holder} holds ${address}`, {
    address,
    holder,
  });
}

/** Who keeps the request from having a static address. */
function rivalOf<N extends AddressNumber>(space: Space<N>, request: ParsedRequest, value: N): string | undefined {
  if (value === space.layout.gateway && !request.allowGateway) return GATEWAY;
  return rivalAmong(space.holders, space.line.pack(value), request)?.owner;
}

/** Another holder of the key, beside whom the request may not stand. */
function rivalAmong<K>(index: HolderIndex<K, Entry>, key: K, request: ParsedRequest): Entry | undefined {
  if (index.first(key) === undefined || (request.shared && request.sharedWith === undefined)) return undefined;
  const others = index.all(key).filter((entry) => entry.owner !== request.owner);
  return others.some((entry) => entry.owner === request.sharedWith) ? undefined : others[0];
}

function exhausted<N extends AddressNumber>(space: Space<N>, request: ParsedRequest): Refusal {
  const family = `IPv${space.line.family}`;
  const pool = request.pools.join(',');
  if (pool !== '') return refuse('IPAM_EXHAUSTED', request, `pool ${pool} has no free ${family} address`, { pool });
  const total = space.total.toString();
  const available = space.available.toString();
  const why = `no ${family} address is free (${available} of ${total}${space.available > 0n ? ', all in pools' : ''}); release some or enlarge the subnet`;
  return refuse('IPAM_EXHAUSTED', request, why, { available, total });
}
