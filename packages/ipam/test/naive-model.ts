/**
 * The allocator as one would write it without a thought for speed: sets of text, every address listed.
 *
 * It says what must be given (the order of a pool's addresses included) and which requests must be refused.
 */
import { formatAddress, parsePrefix, parseRange, usableBounds } from '../src/index.ts';
import type { AddressRange, Family } from '../src/index.ts';

export interface NaiveRequest {
  readonly owner: string;
  readonly families: readonly Family[] | undefined;
  readonly static4: string | undefined;
  readonly static6: string | undefined;
  readonly pool: string;
  readonly shared: boolean;
  readonly sticky: boolean;
}

export interface NaiveLease {
  readonly v4: string | undefined;
  readonly v6: string | undefined;
  readonly shared: boolean;
  sticky: 'no' | 'active' | 'parked';
}

/** Free addresses of one pool, in ascending order. */
interface Lists {
  fresh: string[];
  released: string[];
}

export interface NaiveConfig {
  readonly cidr: string;
  readonly gateway: string;
  readonly exclude: readonly string[];
  readonly pools: Readonly<Record<string, readonly string[]>>;
}

function listRange(range: AddressRange): string[] {
  const width = Number(BigInt(range.last) - BigInt(range.first)) + 1;
  return Array.from({ length: width }, (_, index) =>
    range.family === 4
      ? formatAddress({ family: 4, value: range.first + index })
      : formatAddress({ family: 6, value: range.first + BigInt(index) }),
  );
}

const listAll = (texts: readonly string[]) => texts.flatMap((text) => listRange(parseRange(text)));
const familyOf = (address: string): Family => (address.includes(':') ? 6 : 4);

export class NaiveModel {
  readonly leases = new Map<string, NaiveLease>();
  #usable: string[] = [];
  #gateways: string[] = [];
  #excluded: string[] = [];
  #poolOf = new Map<string, string>();
  #lists = new Map<string, Lists>();
  #config: NaiveConfig;

  constructor(config: NaiveConfig) {
    this.#config = config;
    this.configure(config);
  }

  get families(): Family[] {
    return this.#config.cidr.split(',').map(familyOf);
  }

  /** True when every lease and pool fits another configuration. */
  fits(config: NaiveConfig): boolean {
    const other = new NaiveModel(config);
    const held = this.#held();
    const newGateways = other.#gateways.filter((gateway) => !this.#gateways.includes(gateway));
    const blocks = new Set(config.cidr.split(',').flatMap((cidr) => listAll([cidr])));
    const poolsFit = Object.values(config.pools).every((texts) => listAll(texts).every((address) => blocks.has(address)));
    return poolsFit && held.every((address) => other.#usable.includes(address) && !newGateways.includes(address));
  }

  /** Take another configuration. What was given back is still given last of all. */
  configure(config: NaiveConfig): void {
    this.#config = config;
    this.#usable = config.cidr.split(',').flatMap((cidr) => {
      const { first, last } = usableBounds(parsePrefix(cidr));
      return listAll([`${formatAddress(first)}..${formatAddress(last)}`]);
    });
    this.#gateways = config.gateway.split(',');
    this.#excluded = [...listAll(config.exclude), ...this.#gateways];
    this.#poolOf = new Map(
      Object.entries(config.pools).flatMap(([name, texts]) => listAll(texts).map((address) => [address, name] as const)),
    );
    const released = new Set([...this.#lists.values()].flatMap((lists) => lists.released));
    this.#lists = new Map();
    const held = new Set(this.#held());
    for (const address of this.#usable) {
      if (this.#excluded.includes(address) || held.has(address)) continue;
      const lists = this.#listsOf(address);
      (released.has(address) ? lists.released : lists.fresh).push(address);
    }
  }

  /** Addresses that must be given, per family: a set to choose from. `undefined`: the request must be refused. */
  expect(request: NaiveRequest): { v4: readonly string[]; v6: readonly string[] } | undefined {
    const families = request.families ?? this.families;
    if (families.some((family) => !this.families.includes(family))) return undefined;
    if (request.pool !== '' && this.#config.pools[request.pool] === undefined) return undefined;
    const choose = (family: Family, wanted: string | undefined): readonly string[] | undefined => {
      if (!families.includes(family)) return wanted === undefined ? [] : undefined;
      return wanted === undefined ? this.#nextOf(family, request.pool) : this.#static(wanted, request);
    };
    const v4 = choose(4, request.static4);
    if (v4 === undefined) return undefined;
    const v6 = choose(6, request.static6);
    return v6 === undefined ? undefined : { v4, v6 };
  }

  /** True when the owner's lease is what is asked for. */
  satisfies(lease: NaiveLease, request: NaiveRequest): boolean {
    const has = (family: Family) => (family === 4 ? lease.v4 : lease.v6) !== undefined;
    if (request.families !== undefined && ([4, 6] as const).some((family) => has(family) !== request.families?.includes(family)))
      return false;
    if (request.static4 !== undefined && request.static4 !== lease.v4) return false;
    if (request.static6 !== undefined && request.static6 !== lease.v6) return false;
    return (
      request.pool === '' || [lease.v4, lease.v6].every((address) => address === undefined || this.#poolOf.get(address) === request.pool)
    );
  }

  hold(owner: string, lease: NaiveLease): void {
    this.leases.set(owner, lease);
    for (const address of [lease.v4, lease.v6]) {
      if (address === undefined) continue;
      const lists = this.#listsOf(address);
      if (lists.fresh.length === 0 && lists.released.includes(address)) {
        lists.fresh = this.#usable.filter((free) => lists.released.includes(free));
        lists.released = [];
      }
      lists.fresh = lists.fresh.filter((free) => free !== address);
      lists.released = lists.released.filter((free) => free !== address);
    }
  }

  free(owner: string): void {
    const lease = this.leases.get(owner);
    this.leases.delete(owner);
    const held = this.#held();
    for (const address of [lease?.v4, lease?.v6]) {
      if (address !== undefined && !held.includes(address) && !this.#excluded.includes(address))
        this.#listsOf(address).released.push(address);
    }
  }

  /** Counters as they must be. */
  counts(family: Family): { total: bigint; using: bigint } {
    const assignable = this.#usable.filter((address) => familyOf(address) === family && !this.#excluded.includes(address));
    const held = new Set(this.#held());
    return { total: BigInt(assignable.length), using: BigInt(assignable.filter((address) => held.has(address)).length) };
  }

  /** Addresses in use that are not excluded, in ascending order. */
  using(family: Family): string[] {
    const held = new Set(this.#held());
    return this.#usable.filter((address) => familyOf(address) === family && held.has(address) && !this.#excluded.includes(address));
  }

  #static(address: string, request: NaiveRequest): readonly string[] | undefined {
    const isTaken = [...this.leases].some(([owner, lease]) => owner !== request.owner && (lease.v4 === address || lease.v6 === address));
    if (!this.#usable.includes(address) || this.#gateways.includes(address)) return undefined;
    if (request.pool !== '' && this.#poolOf.get(address) !== request.pool) return undefined;
    return isTaken && !request.shared ? undefined : [address];
  }

  /** The address that a pool must give: the lowest that nobody had, or else the lowest that was given back. */
  #nextOf(family: Family, pool: string): readonly string[] | undefined {
    const { fresh, released } = this.#listsFor(family, pool);
    const candidates = fresh.length > 0 ? fresh : this.#usable.filter((address) => released.includes(address));
    return candidates.length === 0 ? undefined : candidates;
  }

  #listsOf(address: string): Lists {
    return this.#listsFor(familyOf(address), this.#poolOf.get(address) ?? '');
  }

  #listsFor(family: Family, pool: string): Lists {
    const key = `${family} ${pool}`;
    const lists = this.#lists.get(key) ?? { fresh: [], released: [] };
    this.#lists.set(key, lists);
    return lists;
  }

  #held(): string[] {
    return [...this.leases.values()].flatMap(({ v4, v6 }) => [v4, v6]).filter((address) => address !== undefined);
  }
}
