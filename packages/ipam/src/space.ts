/**
 * One family of a subnet: which addresses are free, which are held, and by whom.
 *
 * Every usable address is in exactly one of these: held; reserved (gateway, exclusions), which is given by name alone; in
 * the free list of a pool; or in the free list of what is in no pool.
 */
import type { Entry } from './entry.ts';
import { FreeList } from './free-list.ts';
import type { Origin, Strategy } from './free-list.ts';
import { HolderIndex } from './holder-index.ts';
import { clipIntervals, findInterval, intervalsHave, mergeIntervals, subtractIntervals, totalWidth } from './intervals.ts';
import type { NumberLine } from './number-line.ts';
import type { AddressNumber, Interval } from './range.ts';
import { formatRanges } from './range.ts';
import type { Layout } from './subnet-config.ts';

/** Counters of one family, exact whatever its size; ranges as text. */
export interface FamilyUsage {
  /** Addresses that may be given without being asked for by name: usable, not reserved. */
  readonly total: bigint;
  /** Of those, free ones; `total - using`. */
  readonly available: bigint;
  /** Of those, held ones. Reserved addresses that are held by name do not count. */
  readonly using: bigint;
  /** `a-b,c` */
  readonly availableRange: string;
  readonly usingRange: string;
}

/** A part of the space with a free list of its own: a pool, or what is in no pool. */
interface Part<N extends AddressNumber> {
  /** As configured, reserved addresses included. */
  readonly ranges: readonly Interval<N>[];
  /** Without the reserved ones: what its free list is made of. */
  readonly intervals: readonly Interval<N>[];
  readonly free: FreeList<N>;
}

/** An interval and the part that it belongs to. */
interface Stretch<N extends AddressNumber> extends Interval<N> {
  readonly part: Part<N>;
}

/** Pool that holds what is in no named pool. */
const COMMON = '';

/** One family of a subnet. */
export class Space<N extends AddressNumber> {
  readonly layout: Layout<N>;
  readonly holders: HolderIndex<N, Entry>;
  readonly #parts = new Map<string, Part<N>>();
  /** The intervals of all parts, sorted. What is usable and not here is reserved. */
  readonly #stretches: readonly Stretch<N>[];
  readonly #total: bigint;
  /** Reserved addresses that are held by name. */
  #heldReserved = 0;

  /**
   * @param pools intervals inside the prefix, disjoint between pools
   * @param holders who holds what already; every key must be usable in this layout
   */
  constructor(layout: Layout<N>, pools: ReadonlyMap<string, readonly Interval<N>[]>, holders: HolderIndex<N, Entry> = new HolderIndex()) {
    const { line, usable, reserved } = layout;
    this.layout = layout;
    this.holders = holders;
    const pooled: Interval<N>[] = [];
    for (const [name, intervals] of pools) {
      const ranges = clipIntervals(mergeIntervals(line, intervals), usable);
      pooled.push(...ranges);
      this.#addPart(name, ranges);
    }
    this.#addPart(COMMON, subtractIntervals(line, [usable], mergeIntervals(line, pooled)));
    this.#stretches = [...this.#parts.values()]
      .flatMap((part) => part.intervals.map(({ first, last }) => ({ first, last, part })))
      .toSorted((a, b) => (a.first < b.first ? -1 : 1));
    this.#total = totalWidth(line, [usable]) - totalWidth(line, reserved);
    for (const packed of holders.keys()) {
      const value = line.unpack(packed);
      if (this.#partOf(value)?.free.take(value) === undefined) this.#heldReserved += 1;
    }
  }

  get line(): NumberLine<N> {
    return this.layout.line;
  }

  /** The gateway as it is kept beside a lease. */
  get gatewayKey(): N | undefined {
    const { gateway } = this.layout;
    return gateway === undefined ? undefined : this.line.pack(gateway);
  }

  /** True when the value may be given at all. */
  isUsable(value: N): boolean {
    return this.layout.usable.first <= value && value <= this.layout.usable.last;
  }

  isReserved(value: N): boolean {
    return intervalsHave(this.layout.reserved, value);
  }

  /** True when there is a pool of this name; the empty name is what is in no pool. */
  hasPool(pool: string): boolean {
    return this.#parts.has(pool);
  }

  isInPool(pool: string, value: N): boolean {
    const part = this.#parts.get(pool);
    return part !== undefined && intervalsHave(part.ranges, value);
  }

  /** The address that a pool gives next; nothing changes. */
  next(pool: string, strategy: Strategy, random: () => number): N | undefined {
    return this.#parts.get(pool)?.free.next(strategy, random);
  }

  /** Let an owner hold an address, beside others if there are any. @returns what `unclaim` needs */
  claim(value: N, entry: Entry): Origin {
    if (!this.holders.add(this.line.pack(value), entry)) return 'none';
    const origin = this.#partOf(value)?.free.take(value);
    if (origin === undefined) this.#heldReserved += 1;
    return origin ?? 'none';
  }

  /** Undo `claim`. */
  unclaim(value: N, entry: Entry, origin: Origin): void {
    if (!this.holders.delete(this.line.pack(value), entry)) return;
    const part = this.#partOf(value);
    if (part === undefined) this.#heldReserved -= 1;
    else part.free.putBack(value, origin);
  }

  /** End a holding; the address is free when it was the last. */
  release(value: N, entry: Entry): void {
    if (!this.holders.delete(this.line.pack(value), entry)) return;
    const part = this.#partOf(value);
    if (part === undefined) this.#heldReserved -= 1;
    else part.free.release(value);
  }

  /** Held addresses that another layout could not hold: outside its block, or its gateway. At most `limit`. */
  misfits(layout: Layout<N>, limit: number): { readonly value: N; readonly entry: Entry; readonly isGateway: boolean }[] {
    const found: { value: N; entry: Entry; isGateway: boolean }[] = [];
    for (const packed of this.holders.keys()) {
      const value = this.line.unpack(packed);
      const isOutside = value < layout.usable.first || value > layout.usable.last;
      const isGateway = value === layout.gateway && value !== this.layout.gateway;
      const entry = isOutside || isGateway ? this.holders.first(packed) : undefined;
      if (entry !== undefined) found.push({ value, entry, isGateway: !isOutside });
      if (found.length >= limit) break;
    }
    return found;
  }

  get available(): bigint {
    return this.#total - this.#using;
  }

  get total(): bigint {
    return this.#total;
  }

  /** Counters alone. */
  get counts(): Pick<FamilyUsage, 'total' | 'available' | 'using'> {
    return { total: this.#total, available: this.available, using: this.#using };
  }

  get #using(): bigint {
    return BigInt(this.holders.size - this.#heldReserved);
  }

  /** @param maxRanges bound of each text, in ranges. @complexity O(fragments of the free addresses) */
  usage(maxRanges: number): FamilyUsage {
    const assignable = [...this.#parts.values()].flatMap((part) => part.intervals);
    const free = [...this.#parts.values()].flatMap((part) => [...part.free.intervals()]);
    return { ...this.counts, ...this.#ranges(assignable, free, maxRanges) };
  }

  /** The same for one pool. */
  poolUsage(pool: string, maxRanges: number): FamilyUsage | undefined {
    const part = this.#parts.get(pool);
    if (part === undefined) return undefined;
    const free = [...part.free.intervals()];
    const total = totalWidth(this.line, part.intervals);
    const available = totalWidth(this.line, free);
    return { total, available, using: total - available, ...this.#ranges(part.intervals, free, maxRanges) };
  }

  #ranges(
    assignable: Iterable<Interval<N>>,
    free: Iterable<Interval<N>>,
    maxRanges: number,
  ): Pick<FamilyUsage, 'availableRange' | 'usingRange'> {
    const { line } = this;
    const available = mergeIntervals(line, free);
    const using = subtractIntervals(line, mergeIntervals(line, assignable), available);
    return { availableRange: formatRanges(line.family, available, maxRanges), usingRange: formatRanges(line.family, using, maxRanges) };
  }

  #addPart(name: string, ranges: readonly Interval<N>[]): void {
    const intervals = subtractIntervals(this.line, ranges, this.layout.reserved);
    this.#parts.set(name, { ranges, intervals, free: new FreeList(this.line, intervals) });
  }

  /** The part whose free list a value belongs to; none when it is reserved. @complexity O(log ranges) */
  #partOf(value: N): Part<N> | undefined {
    return findInterval(this.#stretches, value)?.part;
  }
}
