/**
 * One family of a subnet: which addresses are free, which are held, and by whom.
 *
 * Every usable address is in exactly one of these: held; reserved (gateway, exclusions), which is given by name alone; in
 * the free list of a pool; or in the free list of what is in no pool.
 */
import { AddressText } from './address-text.ts';
import type { Family } from './address.ts';
import { FreeList } from './free-list.ts';
import type { Origin } from './free-list.ts';
import { HolderIndex } from './holder-index.ts';
import type { SpotRange } from './interval-set.ts';
import type { KeyColumn } from './key-column.ts';
import type { Slot } from './lease-table.ts';
import type { Point, Span, Spot } from './point.ts';
import { isSamePoint } from './point.ts';
import { formatSpans } from './range.ts';
import { clipSpans, commonSpans, mergeSpans, sortSpans, spanHas, spansHave, subtractSpans, totalWidth } from './spans.ts';
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
interface Part {
  /** As configured, reserved addresses included. */
  readonly spans: readonly Span[];
  /** Without the reserved ones: what its free list is made of. */
  readonly assignable: readonly Span[];
  readonly free: FreeList;
}

/** An assignable span and the part that it belongs to. */
interface Stretch extends Span {
  readonly part: Part;
}

/** What a space takes over from the one before. */
export interface Before {
  readonly holders: HolderIndex;
  /** Addresses that were given back. */
  readonly released: readonly Span[];
}

/** Pool that holds what is in no named pool. */
const COMMON = '';
const NONE: readonly Span[] = [];
const NO_PARTS: ReadonlyMap<string, Part> = new Map();

/** One family of a subnet. */
export class Space {
  readonly layout: Layout;
  readonly holders: HolderIndex;
  readonly #keys: KeyColumn;
  readonly #texts: AddressText;
  /** What is in no pool. */
  readonly #common: Part;
  /** By the names of the pools. */
  readonly #pools: ReadonlyMap<string, Part>;
  /** The assignable spans of all parts, sorted. What is usable and not here is reserved. */
  readonly #stretches: readonly Stretch[];
  #total: bigint | undefined;
  /** Reserved addresses that are held by name. */
  #heldReserved = 0;

  /**
   * @param keys the addresses of all leases
   * @param pools spans inside the prefix, disjoint between pools
   * @param before who holds what already: each key must be usable in this layout; and what is to be given last of all
   */
  constructor(layout: Layout, keys: KeyColumn, pools: ReadonlyMap<string, readonly Span[]>, before?: Before) {
    const { usable } = layout;
    this.layout = layout;
    this.#keys = keys;
    this.#texts = new AddressText(layout.family, usable.first.top);
    this.holders = before?.holders ?? new HolderIndex(keys);
    const released = before?.released ?? NONE;
    this.#pools = pools.size === 0 ? NO_PARTS : poolParts(pools, layout, released);
    this.#common = makePart(pools.size === 0 ? [usable] : withoutPools(usable, this.#pools), layout, released);
    this.#stretches = stretchesOf(this.#parts);
    if (this.holders.size === 0) return;
    for (const slot of this.holders.firsts()) {
      if (this.#partOf(keys.hi(slot), keys.lo(slot))?.free.take(keys.hi(slot), keys.lo(slot)) === undefined) this.#heldReserved += 1;
    }
  }

  get family(): Family {
    return this.layout.family;
  }

  /** What all its addresses begin with. */
  get top(): number {
    return this.layout.usable.first.top;
  }

  /** `first-last` of what may be given. */
  get boundsText(): string {
    return formatSpans(this.family, [this.layout.usable], 1);
  }

  /** What another space takes over. */
  get before(): Before {
    const released = this.#parts.flatMap((part) => this.#spansOf(part.free.released()));
    return { holders: this.holders, released: mergeSpans(released) };
  }

  /** True when the address may be given at all. */
  isUsable(point: Point): boolean {
    return spanHas(this.layout.usable, point);
  }

  isGateway(point: Point): boolean {
    return isSamePoint(this.layout.gateway, point);
  }

  isInPool(pool: string, { hi, lo }: Spot): boolean {
    const part = this.#part(pool);
    return part !== undefined && spansHave(part.spans, this.#pointOf({ hi, lo }));
  }

  /** Write the address that a pool gives next into a row that nobody has; false when there is none. */
  writeNext(slot: Slot, pool: string, random: () => number): boolean {
    return this.#part(pool)?.free.writeNext(this.layout.strategy, this.#keys, slot, random) ?? false;
  }

  /** Write an address into a row that nobody has. */
  write(slot: Slot, { hi, lo }: Spot): void {
    this.#keys.set(slot, hi, lo);
  }

  /** Text of the address of a lease. */
  text(slot: Slot): string {
    return this.#texts.of(this.#keys.hi(slot), this.#keys.lo(slot));
  }

  /** True when the address of a lease is the gateway's. */
  holdsGateway(slot: Slot): boolean {
    const { gateway } = this.layout;
    return gateway?.lo === this.#keys.lo(slot) && gateway.hi === this.#keys.hi(slot);
  }

  /** Let a lease hold its address, beside others if there are any. @returns what `unclaim` needs */
  claim(slot: Slot): Origin {
    if (!this.holders.add(slot)) return 'none';
    const hi = this.#keys.hi(slot);
    const lo = this.#keys.lo(slot);
    const origin = this.#partOf(hi, lo)?.free.take(hi, lo);
    if (origin === undefined) this.#heldReserved += 1;
    return origin ?? 'none';
  }

  /** Undo `claim`. */
  unclaim(slot: Slot, origin: Origin): void {
    if (!this.holders.delete(slot)) return;
    const spot = { hi: this.#keys.hi(slot), lo: this.#keys.lo(slot) };
    const part = this.#partOf(spot.hi, spot.lo);
    if (part === undefined) this.#heldReserved -= 1;
    else part.free.putBack(spot, origin);
  }

  /** End a holding; the address is free when it was the last. */
  release(slot: Slot): void {
    if (!this.holders.delete(slot)) return;
    const hi = this.#keys.hi(slot);
    const lo = this.#keys.lo(slot);
    const part = this.#partOf(hi, lo);
    if (part === undefined) this.#heldReserved -= 1;
    else part.free.release(hi, lo);
  }

  /** Held addresses that another layout could not hold: outside its block, or its gateway. At most `limit`. */
  misfits(layout: Layout, limit: number): { readonly point: Point; readonly slot: Slot; readonly isGateway: boolean }[] {
    const found: { point: Point; slot: Slot; isGateway: boolean }[] = [];
    for (const slot of this.holders.firsts()) {
      const point = this.#pointOf({ hi: this.#keys.hi(slot), lo: this.#keys.lo(slot) });
      const isOutside = !spanHas(layout.usable, point);
      const isGateway = isSamePoint(layout.gateway, point) && !this.isGateway(point);
      if (isOutside || isGateway) found.push({ point, slot, isGateway: !isOutside });
      if (found.length >= limit) break;
    }
    return found;
  }

  get available(): bigint {
    return this.total - this.#using;
  }

  get total(): bigint {
    this.#total ??= totalWidth([this.layout.usable]) - totalWidth(this.layout.reserved);
    return this.#total;
  }

  /** Counters alone. */
  get counts(): Pick<FamilyUsage, 'total' | 'available' | 'using'> {
    return { total: this.total, available: this.available, using: this.#using };
  }

  get #using(): bigint {
    return BigInt(this.holders.size - this.#heldReserved);
  }

  /** @param maxRanges bound of each text, in ranges. @complexity O(fragments of the free addresses) */
  usage(maxRanges: number): FamilyUsage {
    const assignable = this.#parts.flatMap((part) => part.assignable);
    const free = this.#parts.flatMap((part) => this.#spansOf(part.free.ranges()));
    return { ...this.counts, ...this.#ranges(assignable, free, maxRanges) };
  }

  /** The same for one pool. */
  poolUsage(pool: string, maxRanges: number): FamilyUsage | undefined {
    const part = this.#part(pool);
    if (part === undefined) return undefined;
    const free = this.#spansOf(part.free.ranges());
    const total = totalWidth(part.assignable);
    const available = totalWidth(free);
    return { total, available, using: total - available, ...this.#ranges(part.assignable, free, maxRanges) };
  }

  #ranges(assignable: readonly Span[], free: readonly Span[], maxRanges: number): Pick<FamilyUsage, 'availableRange' | 'usingRange'> {
    const available = mergeSpans(free);
    const using = subtractSpans(mergeSpans(assignable), available);
    return { availableRange: formatSpans(this.family, available, maxRanges), usingRange: formatSpans(this.family, using, maxRanges) };
  }

  /** That of a pool, or of what is in none. */
  #part(pool: string): Part | undefined {
    return pool === COMMON ? this.#common : this.#pools.get(pool);
  }

  get #parts(): readonly Part[] {
    return this.#pools.size === 0 ? [this.#common] : [...this.#pools.values(), this.#common];
  }

  /** The part whose free list an address belongs to; none when it is reserved. @complexity O(log ranges) */
  #partOf(hi: number, lo: number): Part | undefined {
    const stretches = this.#stretches;
    let low = 0;
    let high = stretches.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const last = stretches[middle]?.last;
      if (last !== undefined && (last.hi < hi || (last.hi === hi && last.lo < lo))) low = middle + 1;
      else high = middle;
    }
    const found = stretches[low];
    if (found === undefined) return undefined;
    const { first, part } = found;
    return first.hi < hi || (first.hi === hi && first.lo <= lo) ? part : undefined;
  }

  #pointOf({ hi, lo }: Spot): Point {
    return { top: this.top, hi, lo };
  }

  #spansOf(ranges: Iterable<SpotRange>): Span[] {
    return Array.from(ranges, ({ first, last }) => ({ first: this.#pointOf(first), last: this.#pointOf(last) }));
  }
}

function poolParts(pools: ReadonlyMap<string, readonly Span[]>, layout: Layout, released: readonly Span[]): ReadonlyMap<string, Part> {
  return new Map(Array.from(pools, ([name, spans]) => [name, makePart(clipSpans(mergeSpans(spans), layout.usable), layout, released)]));
}

function withoutPools(usable: Span, pools: ReadonlyMap<string, Part>): readonly Span[] {
  return subtractSpans([usable], mergeSpans([...pools.values()].flatMap(({ spans }) => spans)));
}

function makePart(spans: readonly Span[], { reserved }: Layout, released: readonly Span[]): Part {
  const assignable = subtractSpans(spans, reserved);
  const isNew = released.length === 0;
  const last = isNew ? NONE : commonSpans(assignable, released);
  return { spans, assignable, free: new FreeList(isNew ? assignable : subtractSpans(assignable, last), last) };
}

function stretchesOf(parts: Iterable<Part>): readonly Stretch[] {
  const stretches: Stretch[] = [];
  for (const part of parts) for (const { first, last } of part.assignable) stretches.push({ first, last, part });
  return sortSpans(stretches);
}
