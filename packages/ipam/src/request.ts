/**
 * Reads a request: text to numbers, contradictions refused.
 */
import type { AddressLike, Family } from './address.ts';
import { readPoint } from './address.ts';
import type { AddressChoice, AllocateRequest, Refusal } from './lease.ts';
import { isUnicastMac, readMac } from './mac.ts';
import type { Point } from './point.ts';
import { refuse } from './refusal.ts';

/** A static address of each family, or none. */
export interface Wanted {
  readonly v4: Point | undefined;
  readonly v6: Point | undefined;
}

/** What is asked for beside an address of every family of the subnet; every property of a request is read once. */
export interface Wishes {
  /** The families that are named; left out for those of the subnet. */
  readonly families: readonly Family[] | undefined;
  /** Tried in order; one empty entry when nothing static is asked for. */
  readonly candidates: readonly Wanted[];
  /** True when `candidates` are those of the request. */
  readonly isChoice: boolean;
  readonly mac: number | undefined;
  /** Tried in order; the empty name is what is in no pool. Empty when a static address may be in any. */
  readonly pools: readonly string[];
  readonly shared: boolean;
  readonly sharedWith: string | undefined;
  readonly sticky: boolean | undefined;
  readonly allowGateway: boolean;
}

/** A request that has been read. */
export interface ParsedRequest {
  readonly ok: true;
  readonly owner: string;
  /** The one of its subnets that is asked. */
  readonly subnet: string;
  readonly wishes: Wishes;
}

const MAX_OWNER = 1024;
const MAX_CANDIDATES = 10_000;
const NOTHING: Wanted = { v4: undefined, v6: undefined };
/** What is tried when nothing static is asked for. */
const NO_STATIC: readonly Wanted[] = [NOTHING];
const ANY_POOL: readonly string[] = [];
/** Those of nearly every request. */
const NO_WISHES: Wishes = {
  families: undefined,
  candidates: NO_STATIC,
  isChoice: false,
  mac: undefined,
  pools: ANY_POOL,
  shared: false,
  sharedWith: undefined,
  sticky: undefined,
  allowGateway: false,
};

/**
 * Read a request.
 *
 * @param subnet the one of its subnets that is asked
 */
export function readRequest(request: AllocateRequest, subnet: string): ParsedRequest | Refusal {
  const { owner } = request;
  if (owner === '' || owner.length > MAX_OWNER) return bad(request, subnet, `the owner's name must have 1 to ${MAX_OWNER} characters`);
  const wishes = readWishes(request);
  return typeof wishes === 'string' ? bad(request, subnet, wishes) : { ok: true, owner, subnet, wishes };
}

/** @returns text that says what is wrong */
function readWishes({
  families,
  addresses,
  candidates,
  mac,
  pool,
  shared,
  sharedWith,
  sticky,
  allowGateway,
}: AllocateRequest): Wishes | string {
  const isStatic = addresses !== undefined || candidates !== undefined || mac !== undefined;
  const isShared = shared !== undefined || sharedWith !== undefined;
  if (!isStatic && !isShared && families === undefined && pool === undefined && sticky === undefined && allowGateway === undefined)
    return NO_WISHES;
  if (families?.length === 0) return 'families is empty; leave it out for all families of the subnet';
  if (shared !== undefined && sharedWith !== undefined) return 'give shared or sharedWith, not both';
  if (addresses !== undefined && candidates !== undefined) return 'give addresses or candidates, not both';
  if (candidates !== undefined && (candidates.length === 0 || candidates.length > MAX_CANDIDATES))
    return `give 1 to ${MAX_CANDIDATES} candidates`;
  const wanted = candidates === undefined ? readAddresses(addresses, families) : readCandidates(candidates, families);
  if (typeof wanted === 'string') return wanted;
  const macNumber = mac === undefined ? undefined : readMac(mac);
  if (mac !== undefined && (macNumber === undefined || !isUnicastMac(macNumber)))
    return `"${mac.slice(0, 32)}" is not a unicast MAC address`;
  return {
    families,
    candidates: wanted,
    isChoice: candidates !== undefined,
    mac: macNumber,
    pools: pool === undefined ? ANY_POOL : typeof pool === 'string' ? [pool] : pool,
    shared: shared === true || sharedWith !== undefined,
    sharedWith,
    sticky,
    allowGateway: allowGateway === true,
  };
}

/** True when the subnet must have the family: it is named, or a static address of it is given. */
export function namesFamily({ families, candidates }: Wishes, family: Family): boolean {
  if (families?.includes(family) === true) return true;
  return candidates !== NO_STATIC && candidates.some(({ v4, v6 }) => (family === 4 ? v4 : v6) !== undefined);
}

function bad({ owner }: AllocateRequest, subnet: string, why: string): Refusal {
  return refuse('IPAM_BAD_REQUEST', { owner: owner.slice(0, 64), subnet }, why);
}

function readAddresses(addresses: AddressChoice | undefined, families: readonly Family[] | undefined): readonly Wanted[] | string {
  if (addresses === undefined) return NO_STATIC;
  const wanted = readChoice(addresses, families);
  return typeof wanted === 'string' ? wanted : [wanted];
}

function readCandidates(candidates: readonly AddressChoice[], families: readonly Family[] | undefined): readonly Wanted[] | string {
  const all: Wanted[] = [];
  for (const choice of candidates) {
    const wanted = readChoice(choice, families);
    if (typeof wanted === 'string') return wanted;
    all.push(wanted);
  }
  return all;
}

function readChoice({ v4, v6 }: AddressChoice, families: readonly Family[] | undefined): Wanted | string {
  const four = readSide(v4, 4);
  const six = readSide(v6, 6);
  if (four === null || six === null) return notAnAddress(four === null ? { input: v4, family: 4 } : { input: v6, family: 6 });
  const isUnwanted = (families?.includes(4) === false && four !== undefined) || (families?.includes(6) === false && six !== undefined);
  if (isUnwanted) return `a static address is given for a family that is not among the families asked for`;
  return { v4: four, v6: six };
}

function notAnAddress({ input, family }: { readonly input: AddressLike | undefined; readonly family: Family }): string {
  const text = typeof input === 'string' ? `"${input.slice(0, 50)}"` : 'the static address';
  return `${text} is not an IPv${family} address`;
}

/** `null` for text that is no address of the family. */
function readSide(input: AddressLike | undefined, family: Family): Point | undefined | null {
  return input === undefined ? undefined : (readPoint(input, family) ?? null);
}
