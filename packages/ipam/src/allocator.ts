/**
 * The allocator: subnets, and who holds which of their addresses. The one class of the package with state.
 *
 * Every method is synchronous and either does all of what it says or nothing. Outcomes that a caller must expect are
 * values; nothing is thrown for bad input.
 */
import type { AddressLike } from './address.ts';
import { readAddress, pointAt } from './address.ts';
import type { Holding } from './holding.ts';
import { end, hold, undo } from './holding.ts';
import type { Slot, Stickiness } from './lease-table.ts';
import { LeaseTable } from './lease-table.ts';
import type { AllocateAllResult, AllocateRequest, AllocateResult, Lease, Refusal } from './lease.ts';
import { readMac } from './mac.ts';
import { OwnerIndex } from './owner-index.ts';
import type { Surroundings } from './plan.ts';
import { plan } from './plan.ts';
import { refuse } from './refusal.ts';
import { readRequest } from './request.ts';
import type { ParsedRequest } from './request.ts';
import { restoreLease } from './restore.ts';
import type { RestoreConflict } from './restore.ts';
import { isSatisfied } from './satisfied.ts';
import type { FamilyUsage } from './space.ts';
import type { PoolConfig } from './subnet.ts';
import { Subnet } from './subnet.ts';
import type { SubnetConfig, SubnetProblem } from './subnet-config.ts';
import { readSubnet, subnetProblem } from './subnet-config.ts';

/** What the allocator needs from outside. */
export interface AllocatorOptions {
  /** Uniform in [0, 1); for MAC addresses and for the strategy `random`. */
  readonly random: () => number;
}

/** Counters of a subnet or a pool, for the families that it has. */
export interface SubnetUsage {
  readonly v4?: FamilyUsage;
  readonly v6?: FamilyUsage;
}

/** Counters alone: cheap however fragmented the subnet is. */
export interface SubnetCounts {
  readonly v4?: Pick<FamilyUsage, 'total' | 'available' | 'using'>;
  readonly v6?: Pick<FamilyUsage, 'total' | 'available' | 'using'>;
}

/** Default bound of a range text, in ranges: about 130 kB of IPv4, well below what an object of Kubernetes may hold. */
const MAX_RANGES = 4096;

/** Allocates addresses. */
export class Allocator {
  readonly #subnets = new Map<string, Subnet>();
  readonly #table = new LeaseTable();
  readonly #owners = new OwnerIndex();
  readonly #around: Surroundings;

  constructor(options: AllocatorOptions) {
    this.#around = { table: this.#table, random: options.random };
  }

  /**
   * Create a subnet, or change it while leases exist; with its pools, when `config.pools` names them.
   *
   * @returns problems; when there are any, nothing has changed. A change that would leave a lease without its address, that
   *   makes a held address the gateway, or that leaves a pool outside the block, is a problem.
   */
  setSubnet(config: SubnetConfig): readonly SubnetProblem[] {
    const reading = readSubnet(config);
    if (!reading.ok) return reading.problems;
    const known = this.#subnets.get(config.name);
    if (known !== undefined) return known.change(reading.value, config.pools);
    const subnet = new Subnet(reading.value, this.#table);
    const problems = config.pools === undefined ? [] : subnet.change(reading.value, config.pools);
    if (problems.length === 0) this.#subnets.set(config.name, subnet);
    return problems;
  }

  /** Forget a subnet; a problem while it has leases. A subnet that is not there is no problem. */
  removeSubnet(name: string): readonly SubnetProblem[] {
    const leases = this.#subnets.get(name)?.leases ?? 0;
    if (leases > 0)
      return [subnetProblem('IPAM_IN_USE', { subnet: name, field: 'name', value: name }, `release its ${leases} leases first`)];
    this.#subnets.delete(name);
    return [];
  }

  /** Names of the subnets. */
  subnets(): IterableIterator<string> {
    return this.#subnets.keys();
  }

  /** Names of the pools of a subnet. */
  pools(subnet: string): readonly string[] {
    return this.#subnets.get(subnet)?.poolNames ?? [];
  }

  /** Create or change one pool, and leave the others as they are; `setSubnet` sets them all together. */
  setPool(config: PoolConfig): readonly SubnetProblem[] {
    const subnet = this.#subnets.get(config.subnet);
    if (subnet !== undefined) return subnet.setPool(config);
    return [
      subnetProblem(
        'IPAM_NO_SUBNET',
        { subnet: config.subnet, field: 'name', value: config.subnet },
        `create the subnet before its pool ${config.name}`,
      ),
    ];
  }

  /** Forget a pool; its leases stay, and its free addresses are in no pool. */
  removePool(subnet: string, pool: string): void {
    this.#subnets.get(subnet)?.removePool(pool);
  }

  /**
   * Give an owner its addresses: all families or none.
   *
   * Asked again by the same owner it answers with the same lease; asked for something else, it refuses until the first is
   * released.
   *
   * @complexity independent of the size of the subnet and of how full it is; logarithmic in its fragmentation
   */
  allocate(request: AllocateRequest): AllocateResult {
    const result = this.#allocate(request);
    return typeof result === 'number' ? { ok: true, lease: this.#table.lease(result) } : result;
  }

  /** Give several owners their addresses, all or none: the interfaces of one workload. */
  allocateAll(requests: readonly AllocateRequest[]): AllocateAllResult {
    const trail: Step[] = [];
    for (const [index, request] of requests.entries()) {
      const result = trail.some(({ slot }) => this.#table.owner(slot) === request.owner)
        ? refuse('IPAM_BAD_REQUEST', { owner: request.owner, subnet: subnetText(request) }, 'the owner is named twice')
        : this.#allocate(request, trail);
      if (typeof result === 'number') continue;
      for (const step of trail.toReversed()) this.#undo(step);
      return { ...result, index };
    }
    return { ok: true, leases: trail.map(({ slot }) => this.#table.lease(slot)) };
  }

  /**
   * Take an owner's addresses back. A sticky lease is parked: it stays with the owner until `final`.
   *
   * @returns the lease as it was; `undefined` when there is none
   */
  release(owner: string, options: { readonly final?: boolean } = {}): Lease | undefined {
    const slot = this.#owners.get(owner);
    if (slot === undefined) return undefined;
    const lease = this.#table.lease(slot);
    if (lease.sticky === undefined || options.final === true) {
      end(this.#table, slot);
      this.#owners.delete(owner);
    } else {
      this.#table.setSticky(slot, 'parked');
    }
    return lease;
  }

  /**
   * Take over leases that were seen elsewhere, in the order of trust: where two disagree, the first keeps the address.
   *
   * @returns what could not be taken over as it is
   */
  restore(leases: Iterable<Lease>): readonly RestoreConflict[] {
    const conflicts: RestoreConflict[] = [];
    for (const lease of leases) {
      const { slot, conflicts: found } = restoreLease(lease, { ...this.#around, subnets: this.#subnets, owners: this.#owners });
      if (slot !== undefined) this.#owners.add(this.#table.owner(slot), slot);
      conflicts.push(...found);
    }
    return conflicts;
  }

  /** All leases; `restore` of them into an allocator with the same subnets gives the same holdings. */
  snapshot(): readonly Lease[] {
    return Array.from(this.#owners.slots(), (slot) => this.#table.lease(slot));
  }

  /** How many leases there are. */
  get size(): number {
    return this.#owners.size;
  }

  lease(owner: string): Lease | undefined {
    const slot = this.#owners.get(owner);
    return slot === undefined ? undefined : this.#table.lease(slot);
  }

  /** Who holds an address; names joined by `,` where it is shared. */
  holder(subnet: string, address: AddressLike): string | undefined {
    const holders = this.#holders(subnet, address);
    return holders.length === 0 ? undefined : holders.map((slot) => this.#table.owner(slot)).join(',');
  }

  /** Leases that hold an address. */
  leasesOf(subnet: string, address: AddressLike): readonly Lease[] {
    return this.#holders(subnet, address).map((slot) => this.#table.lease(slot));
  }

  /** Leases with a MAC address in a subnet. */
  leasesOfMac(subnet: string, mac: string): readonly Lease[] {
    const value = readMac(mac);
    const holders = value === undefined ? [] : (this.#subnets.get(subnet)?.macs.all(0, value) ?? []);
    return holders.map((slot) => this.#table.lease(slot));
  }

  /** Counters of a subnet. @complexity O(1) */
  counts(subnet: string): SubnetCounts | undefined {
    const found = this.#subnets.get(subnet);
    if (found === undefined) return undefined;
    const { v4, v6 } = found;
    return { ...(v4 && { v4: v4.counts }), ...(v6 && { v6: v6.counts }) };
  }

  /**
   * Counters and ranges of a subnet.
   *
   * @param options.maxRanges bound of each range text, in ranges. Default: 4096
   * @complexity O(fragments)
   */
  usage(subnet: string, options: { readonly maxRanges?: number } = {}): SubnetUsage | undefined {
    const found = this.#subnets.get(subnet);
    if (found === undefined) return undefined;
    const { maxRanges = MAX_RANGES } = options;
    return { ...(found.v4 && { v4: found.v4.usage(maxRanges) }), ...(found.v6 && { v6: found.v6.usage(maxRanges) }) };
  }

  /** The same for one pool; families without an address in it count zero. */
  poolUsage(subnet: string, pool: string, options: { readonly maxRanges?: number } = {}): SubnetUsage | undefined {
    const found = this.#subnets.get(subnet);
    if (found === undefined || !found.hasPool(pool)) return undefined;
    const { maxRanges = MAX_RANGES } = options;
    const v4 = found.v4?.poolUsage(pool, maxRanges);
    const v6 = found.v6?.poolUsage(pool, maxRanges);
    return { ...(v4 && { v4 }), ...(v6 && { v6 }) };
  }

  /** @param trail gets a step for each request that is served */
  #allocate(request: AllocateRequest, trail?: Step[]): Slot | Refusal {
    return typeof request.subnet === 'string'
      ? this.#allocateFrom(request.subnet, request, trail)
      : this.#allocateFromFirst(request.subnet, request, trail);
  }

  #allocateFromFirst(subnets: readonly string[], request: AllocateRequest, trail: Step[] | undefined): Slot | Refusal {
    const slot = this.#owners.get(request.owner);
    const held = slot === undefined ? undefined : this.#table.subnet(slot)?.name;
    if (held !== undefined && subnets.includes(held)) return this.#allocateFrom(held, request, trail);
    let refused: Refusal | undefined;
    for (const subnet of subnets) {
      const result = this.#allocateFrom(subnet, request, trail);
      if (typeof result === 'number') return result;
      if (refused === undefined || result.code !== 'IPAM_NO_SUBNET') refused = result;
    }
    return refused ?? refuse('IPAM_BAD_REQUEST', { owner: request.owner, subnet: '' }, 'no subnet is named');
  }

  #allocateFrom(name: string, request: AllocateRequest, trail: Step[] | undefined): Slot | Refusal {
    const parsed = readRequest(request, name);
    if (!parsed.ok) return parsed;
    const subnet = this.#subnets.get(name);
    if (subnet === undefined) return refuse('IPAM_NO_SUBNET', parsed, 'there is no such subnet');
    const old = this.#owners.get(parsed.owner);
    if (old !== undefined) return this.#renew(old, { subnet, request: parsed, trail });
    const slot = plan(subnet, parsed, this.#around);
    if (typeof slot !== 'number') return slot;
    hold(this.#table, slot, trail);
    this.#owners.add(parsed.owner, slot);
    return slot;
  }

  /** Answer an owner that has a lease already. */
  #renew(
    slot: Slot,
    { subnet, request, trail }: { readonly subnet: Subnet; readonly request: ParsedRequest; readonly trail: Step[] | undefined },
  ): Slot | Refusal {
    const { sticky } = request.wishes;
    if (this.#table.subnet(slot) !== subnet || !isSatisfied(this.#table, slot, request.wishes, subnet)) {
      const lease = this.#table.lease(slot);
      const held = [lease.v4, lease.v6].filter((address) => address !== undefined).join(',');
      const why = `the owner holds ${held || lease.mac} in subnet ${lease.subnet}; release that first`;
      return refuse('IPAM_OWNER_CONFLICT', request, why, { address: held, holder: lease.owner });
    }
    const stickyBefore = this.#table.sticky(slot);
    if (sticky === false) this.#table.setSticky(slot, 'no');
    else if (sticky === true || stickyBefore === 'parked') this.#table.setSticky(slot, 'active');
    trail?.push({ slot, stickyBefore });
    return slot;
  }

  #undo(step: Step): void {
    if ('stickyBefore' in step) return this.#table.setSticky(step.slot, step.stickyBefore);
    this.#owners.delete(this.#table.owner(step.slot));
    undo(this.#table, step);
  }

  #holders(subnet: string, input: AddressLike): readonly Slot[] {
    const found = this.#subnets.get(subnet);
    const address = readAddress(input);
    if (found === undefined || address === undefined) return [];
    const space = address.family === 4 ? found.v4 : found.v6;
    const point = pointAt(address);
    return space === undefined || space.top !== point.top ? [] : space.holders.all(point.hi, point.lo);
  }
}

function subnetText({ subnet }: AllocateRequest): string {
  return typeof subnet === 'string' ? subnet : subnet.join(',');
}

/** A lease that was there before, and what it was. */
interface Renewal {
  readonly slot: Slot;
  readonly stickyBefore: Stickiness;
}

/** What is needed to undo what a request got. */
type Step = Holding | Renewal;
