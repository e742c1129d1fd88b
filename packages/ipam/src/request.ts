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

/** A request in numbers. */
export interface ParsedRequest {
  readonly owner: string;
  readonly subnet: string;
  readonly families: readonly Family[] | undefined;
  /** A family that the subnet must have: it is named, or a static address of it is given. */
  readonly names4: boolean;
  readonly names6: boolean;
  /** Tried in order; one empty entry when nothing static is asked for. */
  readonly candidates: readonly Wanted[];
  /** True when `candidates` is a list to choose from, where one that is taken is passed over. */
  readonly isChoice: boolean;
  readonly mac: number | undefined;
  /** Tried in order; the empty name is what is in no pool. Empty when a static address may be in any. */
  readonly pools: readonly string[];
  readonly shared: boolean;
  /** Beside whom; anybody when it is not said. */
  readonly sharedWith: string | undefined;
  readonly sticky: boolean | undefined;
  readonly allowGateway: boolean;
}

const MAX_OWNER = 1024;
const MAX_CANDIDATES = 10_000;
const NOTHING: Wanted = { v4: undefined, v6: undefined };
/** What is tried when nothing static is asked for. */
const NO_STATIC: readonly Wanted[] = [NOTHING];

/**
 * Read a request.
 *
 * @param subnet the one of its subnets that is asked
 */
export function readRequest(request: AllocateRequest, subnet: string): { readonly ok: true; readonly value: ParsedRequest } | Refusal {
  const { owner, families, addresses, candidates, mac, pool, sharedWith } = request;
  const bad = (why: string): Refusal => refuse('IPAM_BAD_REQUEST', { owner: owner.slice(0, 64), subnet }, why);
  if (owner === '' || owner.length > MAX_OWNER) return bad(`the owner's name must have 1 to ${MAX_OWNER} characters`);
  if (families?.length === 0) return bad('families is empty; leave it out for all families of the subnet');
  if (request.shared !== undefined && sharedWith !== undefined) return bad('give shared or sharedWith, not both');
  if (addresses !== undefined && candidates !== undefined) return bad('give addresses or candidates, not both');
  if (candidates?.length === 0 || (candidates?.length ?? 0) > MAX_CANDIDATES) return bad(`give 1 to ${MAX_CANDIDATES} candidates`);
  const wanted = readChoices(candidates ?? (addresses === undefined ? undefined : [addresses]), families);
  if (typeof wanted === 'string') return bad(wanted);
  const macNumber = mac === undefined ? undefined : readMac(mac);
  if (mac !== undefined && (macNumber === undefined || !isUnicastMac(macNumber)))
    return bad(`"${mac.slice(0, 32)}" is not a unicast MAC address`);
  return {
    ok: true,
    value: {
      owner,
      subnet,
      families,
      names4: isNamed(families, 4) || wanted.some(({ v4 }) => v4 !== undefined),
      names6: isNamed(families, 6) || wanted.some(({ v6 }) => v6 !== undefined),
      candidates: wanted,
      isChoice: candidates !== undefined,
      mac: macNumber,
      pools: pool === undefined ? [] : typeof pool === 'string' ? [pool] : pool,
      shared: request.shared === true || sharedWith !== undefined,
      sharedWith,
      sticky: request.sticky,
      allowGateway: request.allowGateway === true,
    },
  };
}

function isNamed(families: readonly Family[] | undefined, family: Family): boolean {
  return families !== undefined && families.includes(family);
}

function readChoices(choices: readonly AddressChoice[] | undefined, families: readonly Family[] | undefined): readonly Wanted[] | string {
  if (choices === undefined) return NO_STATIC;
  const wanted: Wanted[] = [];
  for (const { v4, v6 } of choices) {
    const four = readSide(v4, 4);
    const six = readSide(v6, 6);
    if (four === null || six === null) return notAnAddress(four === null ? { input: v4, family: 4 } : { input: v6, family: 6 });
    const isUnwanted = (families?.includes(4) === false && four !== undefined) || (families?.includes(6) === false && six !== undefined);
    if (isUnwanted) return `a static address is given for a family that is not among the families asked for`;
    wanted.push({ v4: four, v6: six });
  }
  return wanted;
}

function notAnAddress({ input, family }: { readonly input: AddressLike | undefined; readonly family: Family }): string {
  const text = typeof input === 'string' ? `"${input.slice(0, 50)}"` : 'the static address';
  return `${text} is not an IPv${family} address`;
}

/** `null` for text that is no address of the family. */
function readSide(input: AddressLike | undefined, family: Family): Point | undefined | null {
  return input === undefined ? undefined : (readPoint(input, family) ?? null);
}
