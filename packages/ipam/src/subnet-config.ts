/**
 * From what a user writes about a subnet to what the allocator works with, or to problems that say what to change.
 */
import type { Address, Family } from './address.ts';
import { formatPoint, pointAt, readAddress } from './address.ts';
import type { IpamErrorCode } from './errors.ts';
import { IpamError } from './errors.ts';
import type { Strategy } from './free-list.ts';
import { readMac } from './mac.ts';
import type { Point, Span } from './point.ts';
import { HALF, isSamePoint } from './point.ts';
import type { Prefix } from './prefix.ts';
import { formatPrefix, parseCidrBlock, parsePrefix, prefixContains, prefixesOverlap, usableBounds } from './prefix.ts';
import type { AddressRange } from './range.ts';
import { formatSpan, readRange, spanOf } from './range.ts';
import { clipSpans, mergeSpans } from './spans.ts';

/** A subnet as a user describes it. */
export interface SubnetConfig {
  readonly name: string;
  /** `v4`, `v6` or `v4,v6`; empty for a subnet that gives MAC addresses alone. Host bits are masked off. */
  readonly cidr: string;
  /** One address of each family, `v4,v6`. A family that is left out has its first usable address as gateway. */
  readonly gateway?: string | undefined;
  /** Addresses, ranges `first..last` or blocks that are given to nobody unless asked for by name. */
  readonly exclude?: readonly string[] | undefined;
  /** Default: lowest. */
  readonly strategy?: Strategy | undefined;
  /** Given to nobody. */
  readonly gatewayMac?: string | undefined;
  /** All pools of the subnet: one that is not named goes, and its leases stay. Left out: the pools stay as they are. */
  readonly pools?: readonly PoolRanges[] | undefined;
}

/** A part of a subnet that is given only to those who name it. */
export interface PoolRanges {
  readonly name: string;
  /** Addresses, ranges `first..last` or blocks, of any family of the subnet; disjoint from those of other pools. */
  readonly ranges: readonly string[];
}

/** What is wrong with a subnet or a pool; nothing has changed. */
export interface SubnetProblem {
  readonly code: IpamErrorCode;
  readonly subnet: string;
  readonly field: 'cidr' | 'gateway' | 'exclude' | 'gatewayMac' | 'ranges' | 'name';
  readonly value: string;
  readonly message: string;
  readonly hint: string;
}

/** One family of a subnet. */
export interface Layout {
  readonly family: Family;
  readonly prefix: Prefix;
  readonly strategy: Strategy;
  /** What may be given at all; `top` is the same for all of it. */
  readonly usable: Span;
  readonly gateway: Point | undefined;
  /** Gateway and exclusions inside `usable`; sorted, disjoint, non-adjacent. */
  readonly reserved: readonly Span[];
}

/** A subnet that has been checked. */
export interface SubnetLayout {
  readonly name: string;
  readonly gatewayMac: number | undefined;
  readonly v4: Layout | undefined;
  readonly v6: Layout | undefined;
}

/** The texts of a subnet as they are written back. @source Kube-OVN Subnet.spec */
export interface NormalSubnet {
  readonly cidr: string;
  readonly protocol: 'IPv4' | 'IPv6' | 'Dual' | 'Mac';
  readonly gateway: string;
  /** Merged and sorted, with the gateway. */
  readonly exclude: readonly string[];
}

const MAX_EXCLUDES = 10_000;
const MAX_NAME = 253;
const NO_GATEWAYS: ReadonlyMap<Family, Address> = new Map();

/** Blocks that hold no address of a host. @source RFC 6890 (this network, loopback), RFC 5771, RFC 4291 §2.7 (multicast) */
const unusableBlocks: readonly Prefix[] = ['0.0.0.0/8', '127.0.0.0/8', '224.0.0.0/4', '255.255.255.255/32', '::/127', 'ff00::/8'].map(
  (text) => parsePrefix(text),
);

/** Check a subnet. */
export function readSubnet(
  config: SubnetConfig,
): { readonly ok: true; readonly value: SubnetLayout } | { readonly ok: false; readonly problems: readonly SubnetProblem[] } {
  const reader = new SubnetReader(config);
  const value = reader.read();
  return reader.problems.length === 0 ? { ok: true, value } : { ok: false, problems: reader.problems };
}

/** The texts of a checked subnet, in the form that is written back. */
export function normaliseSubnet(
  config: SubnetConfig,
): { readonly ok: true; readonly value: NormalSubnet } | { readonly ok: false; readonly problems: readonly SubnetProblem[] } {
  const reading = readSubnet(config);
  if (!reading.ok) return reading;
  const { v4, v6 } = reading.value;
  const ranges = (config.exclude ?? []).map((text) => readRange(text.trim())).filter((range) => range !== undefined);
  return {
    ok: true,
    value: {
      cidr: [v4, v6].flatMap((layout) => (layout === undefined ? [] : [formatPrefix(layout.prefix)])).join(','),
      protocol: v4 === undefined ? (v6 === undefined ? 'Mac' : 'IPv6') : v6 === undefined ? 'IPv4' : 'Dual',
      gateway: [...gatewayText(v4), ...gatewayText(v6)].join(','),
      exclude: [...excludeText(v4, ranges), ...excludeText(v6, ranges)],
    },
  };
}

function gatewayText(layout: Layout | undefined): string[] {
  return layout?.gateway === undefined ? [] : [formatPoint(layout.family, layout.gateway)];
}

function excludeText(layout: Layout | undefined, ranges: readonly AddressRange[]): string[] {
  if (layout === undefined) return [];
  const { family, gateway } = layout;
  const own = spansOf(family, ranges);
  if (gateway !== undefined) own.push({ first: gateway, last: gateway });
  return mergeSpans(own).map((span) => formatSpan(family, span, '..'));
}

/** Those of a family. */
export function spansOf(family: Family, ranges: readonly AddressRange[]): Span[] {
  const spans: Span[] = [];
  for (const range of ranges) if (range.family === family) spans.push(spanOf(range));
  return spans;
}

class SubnetReader {
  readonly problems: SubnetProblem[] = [];
  readonly #config: SubnetConfig;

  constructor(config: SubnetConfig) {
    this.#config = config;
  }

  read(): SubnetLayout {
    const { name, strategy = 'lowest' } = this.#config;
    if (name === '' || name.length > MAX_NAME) this.#report('name', name, `give the subnet a name of 1 to ${MAX_NAME} characters`);
    const { v4, v6 } = this.#readCidr();
    const gateways = this.#readGateways(v4, v6);
    const excluded = this.#readExclude();
    return {
      name,
      gatewayMac: this.#readGatewayMac(),
      v4: v4 && layoutOf(v4, strategy, gateways.get(4), excluded),
      v6: v6 && layoutOf(v6, strategy, gateways.get(6), excluded),
    };
  }

  #readCidr(): ReturnType<typeof parseCidrBlock> {
    const { cidr } = this.#config;
    if (cidr.trim() === '') return {};
    try {
      const blocks = parseCidrBlock(cidr);
      if (blocks.v4 !== undefined) this.#checkHosts(blocks.v4);
      if (blocks.v6 !== undefined) this.#checkHosts(blocks.v6);
      return blocks;
    } catch (error) {
      if (!(error instanceof IpamError)) throw error;
      this.#report('cidr', cidr, `write an IPv4 block, an IPv6 block, or both as "v4,v6"; ${error.message}`);
      return {};
    }
  }

  #checkHosts(prefix: Prefix): void {
    for (const block of unusableBlocks) {
      if (!prefixesOverlap(prefix, block)) continue;
      const hint = `choose a block that does not overlap ${formatPrefix(block)}, which holds no address of a host`;
      return this.#report('cidr', formatPrefix(prefix), hint);
    }
  }

  #readGateways(v4: Prefix | undefined, v6: Prefix | undefined): ReadonlyMap<Family, Address> {
    const { gateway = '' } = this.#config;
    if (gateway === '') return NO_GATEWAYS;
    const found = new Map<Family, Address>();
    for (const part of gateway.split(',', 3).map((text) => text.trim())) {
      if (part === '') continue;
      const address = readAddress(part);
      const prefix = address?.family === 4 ? v4 : v6;
      if (address === undefined) this.#report('gateway', part, 'write one address of each family');
      else if (found.has(address.family)) this.#report('gateway', part, 'write at most one address of each family');
      else if (prefix === undefined || !prefixContains(prefix, address))
        this.#report('gateway', part, `choose an address inside ${this.#config.cidr}`);
      else if (!isUsable(prefix, address))
        this.#report('gateway', part, 'choose an address that is neither the first nor the last of the block');
      else found.set(address.family, address);
    }
    return found;
  }

  #readExclude(): AddressRange[] {
    const { exclude = [] } = this.#config;
    if (exclude.length > MAX_EXCLUDES) this.#report('exclude', `${exclude.length} entries`, `write at most ${MAX_EXCLUDES} entries`);
    const ranges: AddressRange[] = [];
    for (const text of exclude.length > MAX_EXCLUDES ? exclude.slice(0, MAX_EXCLUDES) : exclude) {
      const range = readRange(text.trim());
      if (range === undefined) this.#report('exclude', text, 'write an address or a range first..last');
      else ranges.push(range);
    }
    return ranges;
  }

  #readGatewayMac(): number | undefined {
    const { gatewayMac } = this.#config;
    if (gatewayMac === undefined || gatewayMac === '') return undefined;
    const value = readMac(gatewayMac);
    if (value === undefined) this.#report('gatewayMac', gatewayMac, 'write a MAC address such as 00:00:00:53:6b:b6');
    return value;
  }

  #report(field: SubnetProblem['field'], text: string, hint: string): void {
    this.problems.push(subnetProblem('IPAM_BAD_SUBNET', { subnet: this.#config.name, field, value: text }, hint));
  }
}

function layoutOf(prefix: Prefix, strategy: Strategy, gatewayAddress: Address | undefined, excluded: readonly AddressRange[]): Layout {
  const bounds = usableBounds(prefix);
  const usable = underOneTop({ first: pointAt(bounds.first), last: pointAt(bounds.last) });
  const { first, last } = usable;
  // A block of one address has no room for a gateway of its own.
  const gateway = gatewayAddress === undefined ? (isSamePoint(first, last) ? undefined : first) : pointAt(gatewayAddress);
  const named = gateway === undefined ? [] : [{ first: gateway, last: gateway }];
  for (const range of excluded) if (range.family === prefix.family) named.push(spanOf(range));
  return { family: prefix.family, prefix, strategy, usable, gateway, reserved: clipSpans(mergeSpans(named), usable) };
}

/** Of a block wider than an IPv6 /32 only the first /32 is given. */
function underOneTop({ first, last }: Span): Span {
  return first.top === last.top ? { first, last } : { first, last: { top: first.top, hi: HALF - 1, lo: HALF - 1 } };
}

function isUsable(prefix: Prefix, address: Address): boolean {
  const { first, last } = usableBounds(prefix);
  return first.value <= address.value && address.value <= last.value;
}

/** Make a problem; the value is cut to a bounded length. */
export function subnetProblem(
  code: IpamErrorCode,
  place: { readonly subnet: string; readonly field: SubnetProblem['field']; readonly value: string },
  hint: string,
): SubnetProblem {
  const { subnet, field } = place;
  const value = place.value.length > 256 ? `${place.value.slice(0, 256)}...` : place.value;
  return { code, subnet, field, value, hint, message: `subnet ${subnet}: ${field} "${value}": ${hint}` };
}
