/**
 * A subnet: a space for each family, the MAC addresses, and the pools.
 *
 * Changing a subnet is checked as a whole before any of it is applied.
 */
import { formatPoint } from './address.ts';
import { HolderIndex } from './holder-index.ts';
import type { LeaseTable } from './lease-table.ts';
import { formatMac, randomMac } from './mac.ts';
import type { Span } from './point.ts';
import { comparePoints, isSamePoint } from './point.ts';
import type { AddressRange } from './range.ts';
import { formatSpan, readRange, spanOf } from './range.ts';
import type { Before } from './space.ts';
import { Space } from './space.ts';
import { clipSpans, mergeSpans } from './spans.ts';
import type { Layout, PoolRanges, SubnetLayout, SubnetProblem } from './subnet-config.ts';
import { spansOf, subnetProblem } from './subnet-config.ts';

/** A pool and the subnet that it is part of. */
export interface PoolConfig extends PoolRanges {
  readonly subnet: string;
}

type Pools = ReadonlyMap<string, readonly AddressRange[]>;

const NO_POOLS: Pools = new Map();
const NO_SPANS: ReadonlyMap<string, readonly Span[]> = new Map();

const MAX_RANGES = 10_000;
/** How many addresses a problem names when many are in the way. */
const MAX_NAMED = 5;
const RANDOM_TRIES = 16;
const OCTET_40 = 2 ** 40;

export class Subnet {
  readonly name: string;
  readonly macs: HolderIndex;
  readonly #table: LeaseTable;
  #pools = NO_POOLS;
  #layout: SubnetLayout;
  /** Made when it is first asked for: what a subnet is like is set anew more often than addresses are asked of it. */
  #v4: Space | undefined;
  #v6: Space | undefined;

  constructor(layout: SubnetLayout, table: LeaseTable) {
    this.name = layout.name;
    this.macs = new HolderIndex(table.mac);
    this.#table = table;
    this.#layout = layout;
  }

  get v4(): Space | undefined {
    return (this.#v4 ??= this.#layout.v4 && this.#makeSpace(this.#layout.v4));
  }

  get v6(): Space | undefined {
    return (this.#v6 ??= this.#layout.v6 && this.#makeSpace(this.#layout.v6));
  }

  get gatewayMac(): number | undefined {
    return this.#layout.gatewayMac;
  }

  /** How many leases it has at least; zero when it has none. Every lease has a MAC address. */
  get leases(): number {
    return this.macs.size;
  }

  /** Apply another layout and other pools, if every lease and pool fits. Pools that are not given stay. */
  change(layout: SubnetLayout, given?: readonly PoolRanges[]): readonly SubnetProblem[] {
    const problems = [...this.#gatewayMacProblems(layout), ...this.#misfits(this.#v4, layout.v4), ...this.#misfits(this.#v6, layout.v6)];
    const pools = given === undefined ? this.#pools : this.#readPools(given, problems);
    for (const [pool, ranges] of pools) problems.push(...this.#poolProblems({ pool, ranges, pools }, layout));
    if (problems.length > 0) return problems;
    this.#layout = layout;
    this.#setPools(pools, layout);
    return [];
  }

  setPool({ name, ranges }: PoolRanges): readonly SubnetProblem[] {
    const problems: SubnetProblem[] = [];
    const pools = new Map([...this.#pools, ...this.#readPools([{ name, ranges }], problems)]);
    problems.push(...this.#poolProblems({ pool: name, ranges: pools.get(name) ?? [], pools }, this.#layout));
    if (problems.length === 0) this.#setPools(pools, this.#layout);
    return problems;
  }

  removePool(name: string): void {
    const pools = new Map(this.#pools);
    if (pools.delete(name)) this.#setPools(pools, this.#layout);
  }

  get poolNames(): readonly string[] {
    return [...this.#pools.keys()];
  }

  hasPool(name: string): boolean {
    return this.#pools.has(name);
  }

  /** A MAC address that nobody in the subnet has. */
  freeMac(random: () => number): number {
    let mac = randomMac(random);
    for (let tries = 1; this.#isMacTaken(mac); tries += 1) {
      mac = tries < RANDOM_TRIES ? randomMac(random) : mac - (mac % OCTET_40) + ((mac + 1) % OCTET_40);
    }
    return mac;
  }

  #gatewayMacProblems({ gatewayMac }: SubnetLayout): SubnetProblem[] {
    const holder = gatewayMac === undefined ? undefined : this.macs.first(0, gatewayMac);
    if (gatewayMac === undefined || holder === undefined) return [];
    const place = { subnet: this.name, field: 'gatewayMac', value: formatMac(gatewayMac) } as const;
    return [subnetProblem('IPAM_IN_USE', place, `${this.#table.owner(holder)} has this MAC address; choose another, or release it first`)];
  }

  #isMacTaken(mac: number): boolean {
    return mac === this.gatewayMac || this.macs.first(0, mac) !== undefined;
  }

  #setPools(pools: Pools, { v4, v6 }: SubnetLayout): void {
    const isSamePools = isSame(this.#pools, pools);
    this.#pools = pools;
    this.#v4 = this.#v4 && v4 && this.#rebuild(this.#v4, v4, isSamePools);
    this.#v6 = this.#v6 && v6 && this.#rebuild(this.#v6, v6, isSamePools);
  }

  #rebuild(old: Space, layout: Layout, isSamePools: boolean): Space {
    return isSamePools && isSameLayout(old.layout, layout) ? old : this.#makeSpace(layout, old.before);
  }

  #makeSpace(layout: Layout, before?: Before): Space {
    const { family } = layout;
    const pools = this.#pools.size === 0 ? NO_SPANS : new Map(Array.from(this.#pools, ([name, ranges]) => [name, spansOf(family, ranges)]));
    return new Space(layout, family === 4 ? this.#table.v4 : this.#table.v6, pools, before);
  }

  /** Leases that stand in the way of another layout. */
  #misfits(space: Space | undefined, layout: Layout | undefined): SubnetProblem[] {
    if (space === undefined || space.holders.size === 0) return [];
    const problem = (field: 'cidr' | 'gateway', value: string, hint: string): SubnetProblem =>
      subnetProblem('IPAM_IN_USE', { subnet: this.name, field, value }, hint);
    if (layout === undefined)
      return [problem('cidr', `${space.holders.size} leases`, `keep the IPv${space.family} block, or release its leases first`)];
    return space.misfits(layout, MAX_NAMED).map(({ point, slot, isGateway }) => {
      const owner = this.#table.owner(slot);
      const address = formatPoint(space.family, point);
      return isGateway
        ? problem('gateway', address, `${owner} holds this address; choose another gateway, or release it first`)
        : problem('cidr', address, `${owner} holds this address; keep it inside the block, or release it first`);
    });
  }

  #readPools(given: readonly PoolRanges[], problems: SubnetProblem[]): Pools {
    const pools = new Map<string, readonly AddressRange[]>();
    for (const { name, ranges } of given) {
      if (pools.has(name)) problems.push(this.#poolProblem(name, 'give each pool a name of its own'));
      pools.set(name, this.#readRanges(name, ranges, problems));
    }
    return pools;
  }

  #readRanges(pool: string, texts: readonly string[], problems: SubnetProblem[]): AddressRange[] {
    const parsed: AddressRange[] = [];
    const report = (value: string, hint: string): void => {
      problems.push(this.#poolProblem(value, `pool ${pool}: ${hint}`));
    };
    if (pool === '') report(pool, 'give the pool a name');
    if (texts.length === 0) report('', 'write at least one range');
    if (texts.length > MAX_RANGES) report(`${texts.length} entries`, `write at most ${MAX_RANGES} entries`);
    for (const text of texts.slice(0, MAX_RANGES)) {
      const range = readRange(text.trim());
      if (range === undefined) report(text, 'write an address, a range first..last or a block');
      else parsed.push(range);
    }
    return parsed;
  }

  #poolProblems(
    { pool, ranges, pools }: { readonly pool: string; readonly ranges: readonly AddressRange[]; readonly pools: Pools },
    layout: SubnetLayout,
  ): SubnetProblem[] {
    const others = [...pools].filter(([name]) => name !== pool);
    const problems: SubnetProblem[] = [];
    for (const family of [4, 6] as const) {
      const block = family === 4 ? layout.v4 : layout.v6;
      const bounds = block && spanOf(block.prefix);
      const own = mergeSpans(spansOf(family, ranges));
      for (const span of own) {
        if (bounds !== undefined && isInside(span, bounds)) continue;
        problems.push(this.#poolProblem(formatSpan(family, span, '..'), `pool ${pool}: choose addresses inside the block of the subnet`));
      }
      for (const [other, theirs] of others) {
        const [shared] = own.flatMap((span) => clipSpans(mergeSpans(spansOf(family, theirs)), span));
        if (shared !== undefined)
          problems.push(
            this.#poolProblem(formatSpan(family, shared, '..'), `pool ${pool}: choose addresses that are not in pool ${other}`),
          );
      }
    }
    return problems;
  }

  #poolProblem(value: string, hint: string): SubnetProblem {
    return subnetProblem('IPAM_BAD_POOL', { subnet: this.name, field: 'ranges', value }, hint);
  }
}

function isInside({ first, last }: Span, bounds: Span): boolean {
  return comparePoints(bounds.first, first) <= 0 && comparePoints(last, bounds.last) <= 0;
}

function isSameSpan(a: Span, b: Span | undefined): boolean {
  return isSamePoint(a.first, b?.first) && isSamePoint(a.last, b?.last);
}

function isSameLayout(a: Layout, b: Layout): boolean {
  return (
    a.strategy === b.strategy &&
    a.prefix.length === b.prefix.length &&
    isSameSpan(a.usable, b.usable) &&
    isSamePoint(a.gateway, b.gateway) &&
    a.reserved.length === b.reserved.length &&
    a.reserved.every((span, index) => isSameSpan(span, b.reserved[index]))
  );
}

function isSame(a: Pools, b: Pools): boolean {
  return a === b || (a.size === b.size && [...a].every(([name, ranges]) => isSameRanges(ranges, b.get(name))));
}

function isSameRanges(a: readonly AddressRange[], b: readonly AddressRange[] | undefined): boolean {
  return a.length === b?.length && a.every(({ first, last }, index) => first === b[index]?.first && last === b[index]?.last);
}
