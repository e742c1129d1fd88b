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

/** A request in numbers. What needs no reading stands in `asked` alone. */
export interface ParsedRequest {
  readonly ok: true;
  readonly asked: AllocateRequest;
  readonly owner: string;
  /** The one of its subnets that is asked. */
  readonly subnet: string;
  /** Tried in order; one empty entry when nothing static is asked for. */
  readonly candidates: readonly Wanted[];
  readonly mac: number | undefined;
  /** Tried in order; the empty name is what is in no pool. Empty when a static address may be in any. */
  readonly pools: readonly string[];
}

const MAX_OWNER = 1024;
const MAX_CANDIDATES = 10_000;
const NOTHING: Wanted = { v4: undefined, v6: undefined };
/** What is tried when nothing static is asked for. */
const NO_STATIC: readonly Wanted[] = [NOTHING];
const ANY_POOL: readonly string[] = [];

/**
 * Read a request.
 *
 * @param subnet the one of its subnets that is asked
 */
export function readRequest(request: AllocateRequest, subnet: string): ParsedRequest | Refusal {
  const { owner, families, addresses, candidates, mac, pool } = request;
  if (owner === '' || owner.length > MAX_OWNER) return bad(request, subnet, `the owner's name must have 1 to ${MAX_OWNER} characters`);
  if (families?.length === 0) return bad(request, subnet, 'families is empty; leave it out for all families of the subnet');
  if (request.shared !== undefined && request.sharedWith !== undefined) return bad(request, subnet, 'give shared or sharedWith, not both');
  if (addresses !== undefined && candidates !== undefined) return bad(request, subnet, 'give addresses or candidates, not both');
  if (candidates !== undefined && (candidates.length === 0 || candidates.length > MAX_CANDIDATES))
    return bad(request, subnet, `give 1 to ${MAX_CANDIDATES} candidates`);
  const wanted = readChoices(request);
  if (typeof wanted === 'string') return bad(request, subnet, wanted);
  const macNumber = mac === undefined ? undefined : readMac(mac);
  if (mac !== undefined && (macNumber === undefined || !isUnicastMac(macNumber)))
    return bad(request, subnet, `"${mac.slice(0, 32)}" is not a unicast MAC address`);
  const pools = pool === undefined ? ANY_POOL : typeof pool === 'string' ? [pool] : pool;
  return { ok: true, asked: request, owner, subnet, candidates: wanted, mac: macNumber, pools };
}

/** True when the subnet must have the family: it is named, or a static address of it is given. */
export function namesFamily({ asked, candidates }: ParsedRequest, family: Family): boolean {
  return asked.families?.includes(family) === true || candidates.some(({ v4, v6 }) => (family === 4 ? v4 : v6) !== undefined);
}

/** True when others may hold what the request gets. */
export function isShared({ asked }: ParsedRequest): boolean {
  return asked.shared === true || asked.sharedWith !== undefined;
}

function bad({ owner }: AllocateRequest, subnet: string, why: string): Refusal {
  return refuse('IPAM_BAD_REQUEST', { owner: owner.slice(0, 64), subnet }, why);
}

function readChoices({ addresses, candidates, families }: AllocateRequest): readonly Wanted[] | string {
  if (candidates === undefined) {
    if (addresses === undefined) return NO_STATIC;
    const wanted = readChoice(addresses, families);
    return typeof wanted === 'string' ? wanted : [wanted];
  }
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
