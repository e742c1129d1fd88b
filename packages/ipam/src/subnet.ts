/**
 * A subnet: a space for each family, the MAC addresses, and the pools.
 *
 * Changing a subnet is checked as a whole before any of it is applied.
 */
import type { Entry } from './entry.ts';
import type { Strategy } from './free-list.ts';
import { HolderIndex } from './holder-index.ts';
import { clipIntervals, mergeIntervals } from './intervals.ts';
import { formatMac, randomMac } from './mac.ts';
import type { NumberLine } from './number-line.ts';
import { v4Line, v6Line } from './number-line.ts';
import type { AddressNumber, AddressRange, Interval } from './range.ts';
import { readRange } from './range.ts';
import { Space } from './space.ts';
import type { Layout, PoolRanges, SubnetLayout, SubnetProblem } from './subnet-config.ts';
import { intervalOf, subnetProblem } from './subnet-config.ts';

/** A pool and the subnet that it is part of. */
export interface PoolConfig extends PoolRanges {
  readonly subnet: string;
}

type Pools = ReadonlyMap<string, readonly AddressRange[]>;

const MAX_RANGES = 10_000;
/** How many addresses a problem names when many are in the way. */
const MAX_NAMED = 5;
const RANDOM_TRIES = 16;
const OCTET_40 = 2 ** 40;

export class Subnet {
  readonly name: string;
  readonly macs: HolderIndex<number, Entry> = new HolderIndex();
  #pools: Pools = new Map();
  #layout: SubnetLayout;
  #v4: Space<number> | undefined;
  #v6: Space<bigint> | undefined;

  constructor(layout: SubnetLayout) {
    this.name = layout.name;
    this.#layout = layout;
    this.#v4 = layout.v4 && new Space(layout.v4, new Map());
    this.#v6 = layout.v6 && new Space(layout.v6, new Map());
  }

  get v4(): Space<number> | undefined {
    return this.#v4;
  }

  get v6(): Space<bigint> | undefined {
    return this.#v6;
  }

  get strategy(): Strategy {
    return this.#layout.strategy;
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
    const problems = [
      ...this.#gatewayMacProblems(layout),
      ...misfits(this.name, this.#v4, layout.v4),
      ...misfits(this.name, this.#v6, layout.v6),
    ];
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
    const holder = gatewayMac === undefined ? undefined : this.macs.first(gatewayMac);
    if (gatewayMac === undefined || holder === undefined) return [];
    const place = { subnet: this.name, field: 'gatewayMac', value: formatMac(gatewayMac) } as const;
    return [subnetProblem('IPAM_IN_USE', place, `${holder.owner} has this MAC address; choose another, or release it first`)];
  }

  #isMacTaken(mac: number): boolean {
    return mac === this.gatewayMac || this.macs.first(mac) !== undefined;
  }

  #setPools(pools: Pools, { v4, v6 }: SubnetLayout): void {
    const isSamePools = isSame(this.#pools, pools);
    this.#pools = pools;
    this.#v4 = this.#rebuild(this.#v4, v4, isSamePools);
    this.#v6 = this.#rebuild(this.#v6, v6, isSamePools);
  }

  #rebuild<N extends AddressNumber>(old: Space<N> | undefined, layout: Layout<N> | undefined, isSamePools: boolean): Space<N> | undefined {
    if (layout === undefined) return undefined;
    if (old !== undefined && isSamePools && isSameLayout(old.layout, layout)) return old;
    const pools = new Map([...this.#pools].map(([name, ranges]) => [name, ranges.flatMap((range) => intervalOf(layout.line, range))]));
    return new Space(layout, pools, old?.holders);
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
    return [
      ...this.#poolProblemsIn(v4Line, layout.v4, pool, { ranges, others }),
      ...this.#poolProblemsIn(v6Line, layout.v6, pool, { ranges, others }),
    ];
  }

  #poolProblemsIn<N extends AddressNumber>(
    line: NumberLine<N>,
    layout: Layout<N> | undefined,
    pool: string,
    pools: { readonly ranges: readonly AddressRange[]; readonly others: readonly (readonly [string, readonly AddressRange[]])[] },
  ): SubnetProblem[] {
    const problems: SubnetProblem[] = [];
    const own = mergeIntervals(
      line,
      pools.ranges.flatMap((range) => intervalOf(line, range)),
    );
    const block = layout && blockOf(layout);
    for (const { first, last } of own) {
      if (block !== undefined && block.first <= first && last <= block.last) continue;
      problems.push(this.#poolProblem(rangeText(line, { first, last }), `pool ${pool}: choose addresses inside the block of the subnet`));
    }
    for (const [other, ranges] of pools.others) {
      const theirs = mergeIntervals(
        line,
        ranges.flatMap((range) => intervalOf(line, range)),
      );
      const [shared] = own.flatMap((interval) => clipIntervals(theirs, interval));
      if (shared !== undefined)
        problems.push(this.#poolProblem(rangeText(line, shared), `pool ${pool}: choose addresses that are not in pool ${other}`));
    }
    return problems;
  }

  #poolProblem(value: string, hint: string): SubnetProblem {
    return subnetProblem('IPAM_BAD_POOL', { subnet: this.name, field: 'ranges', value }, hint);
  }
}

/** The whole block of a layout. */
function blockOf<N extends AddressNumber>({ line, prefix }: Layout<N>): Interval<N> | undefined {
  return intervalOf(line, prefix)[0];
}

function rangeText<N extends AddressNumber>(line: NumberLine<N>, { first, last }: Interval<N>): string {
  return first === last ? line.format(first) : `${line.format(first)}..${line.format(last)}`;
}

function isSameLayout<N extends AddressNumber>(a: Layout<N>, b: Layout<N>): boolean {
  const isSameInterval = (one: Interval<N>, two: Interval<N> | undefined): boolean => one.first === two?.first && one.last === two.last;
  return (
    isSameInterval(a.usable, b.usable) &&
    a.prefix.length === b.prefix.length &&
    a.gateway === b.gateway &&
    a.reserved.length === b.reserved.length &&
    a.reserved.every((interval, index) => isSameInterval(interval, b.reserved[index]))
  );
}

function isSame(a: Pools, b: Pools): boolean {
  return a === b || (a.size === b.size && [...a].every(([name, ranges]) => isSameRanges(ranges, b.get(name))));
}

function isSameRanges(a: readonly AddressRange[], b: readonly AddressRange[] | undefined): boolean {
  return a.length === b?.length && a.every(({ first, last }, index) => first === b[index]?.first && last === b[index]?.last);
}

/** Leases that stand in the way of another layout. */
function misfits<N extends AddressNumber>(subnet: string, space: Space<N> | undefined, layout: Layout<N> | undefined): SubnetProblem[] {
  if (space === undefined || space.holders.size === 0) return [];
  const { line } = space;
  if (layout === undefined) {
    const value = `${space.holders.size} leases`;
    return [
      subnetProblem('IPAM_IN_USE', { subnet, field: 'cidr', value }, `keep the IPv${line.family} block, or release its leases first`),
    ];
  }
  return space
    .misfits(layout, MAX_NAMED)
    .map(({ value, entry, isGateway }) =>
      isGateway
        ? subnetProblem(
            'IPAM_IN_USE',
            { subnet, field: 'gateway', value: line.format(value) },
            `${entry.owner} holds this address; choose another gateway, or release it first`,
          )
        : subnetProblem(
            'IPAM_IN_USE',
            { subnet, field: 'cidr', value: line.format(value) },
            `${entry.owner} holds this address; keep it inside the block, or release it first`,
          ),
    );
}
