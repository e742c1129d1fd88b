/**
 * The allocator's Subnets and pools, kept as the tables say, and how much of each is in use.
 *
 * What the allocator refuses, since a lease or a pool is in the way, stays as it was and is tried again when one of these goes.
 */
import { observe, type Scheduler, type SourceTable, type Table } from '@kube-ovn/dataflow';
import type { Allocator, PoolConfig, SubnetConfig, SubnetUsage } from '@kube-ovn/ipam';
import { UsageTeller } from './usage-teller.ts';

/** A Subnet to allocate from. */
export interface AllocationSubnet {
  readonly config: SubnetConfig;
  /** False while it is being deleted: leases stay, and there are no new ones. */
  readonly isOpen: boolean;
  /** False until our finalizer on it is seen. One that is deleted before goes at once, with the addresses it has given: so it gives none yet. */
  readonly isKept: boolean;
}

/** A pool to allocate from. */
export interface AllocationPool {
  readonly config: PoolConfig;
  /** As for a Subnet. */
  readonly isOpen: boolean;
}

export interface AddressSpaceOptions {
  readonly allocator: Allocator;
  readonly scheduler: Scheduler;
  /** In: Subnets to allocate from. */
  readonly subnets: Table<AllocationSubnet>;
  /** In: pools to allocate from, by name. */
  readonly pools: Table<AllocationPool>;
  /** Out. */
  readonly usage: SourceTable<SubnetUsage>;
  /** Out, by pool. */
  readonly poolUsage: SourceTable<SubnetUsage>;
  /** Told of Subnets and pools that the allocator can not take as they are. */
  readonly onSubnetRefused: (name: string, messages: readonly string[]) => void;
}

export class AddressSpace implements Disposable {
  readonly #options: AddressSpaceOptions;
  readonly #usage: UsageTeller;
  readonly #poolUsage: UsageTeller;
  /** Subnet of each pool that the allocator has. */
  readonly #applied = new Map<string, string>();
  readonly #refused = new Set<string>();
  readonly #subscriptions: Disposable[] = [];
  #onChange: (subnet: string) => void = () => undefined;

  constructor(options: AddressSpaceOptions) {
    const { allocator, usage, poolUsage, scheduler } = options;
    this.#options = options;
    this.#usage = new UsageTeller((subnet) => allocator.usage(subnet), usage, scheduler);
    this.#poolUsage = new UsageTeller((pool) => this.#usageOfPool(pool), poolUsage, scheduler);
  }

  /** Follow the tables. @param onChange told of a Subnet with other addresses than before; leases may be restored then */
  start(onChange: (subnet: string) => void): void {
    const { subnets, pools } = this.#options;
    this.#onChange = onChange;
    this.#subscriptions.push(
      observe(subnets, (name) => this.#configure(name)),
      observe(pools, (name) => this.#configurePool(name)),
    );
  }

  /** Usage is not told yet. */
  get isBehind(): boolean {
    return this.#usage.isBehind || this.#poolUsage.isBehind;
  }

  /** Tell usage now. */
  tell(): void {
    this.#usage.tell();
    this.#poolUsage.tell();
  }

  /** A Subnet that is being deleted, or may go at any moment, gives no new addresses. */
  isSubnetClosed(name: string): boolean {
    const subnet = this.#options.subnets.peek(name);
    return subnet !== undefined && !(subnet.isOpen && subnet.isKept);
  }

  /** A Subnet that is about to give addresses: as soon as it is kept. */
  isSubnetAwaited(name: string): boolean {
    const subnet = this.#options.subnets.peek(name);
    return subnet?.isOpen === true && !subnet.isKept;
  }

  /** As for a Subnet. */
  isPoolClosed(name: string): boolean {
    return this.#options.pools.peek(name)?.isOpen === false;
  }

  /** Addresses of a Subnet were taken or given back. */
  changed(subnet: string): void {
    this.#usage.changed(subnet);
    for (const [pool, of] of this.#applied) if (of === subnet) this.#poolUsage.changed(pool);
  }

  /** A lease is gone: what it was in the way of may be possible now. */
  freed(subnet: string): void {
    if (this.#refused.has(subnet)) this.#configure(subnet);
  }

  [Symbol.dispose](): void {
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
    this.#usage[Symbol.dispose]();
    this.#poolUsage[Symbol.dispose]();
  }

  #configure(name: string): void {
    const { allocator, subnets, pools } = this.#options;
    const subnet = subnets.peek(name);
    const problems = subnet === undefined ? allocator.removeSubnet(name) : allocator.setSubnet(subnet.config);
    this.#note(
      name,
      problems.map(({ message }) => message),
    );
    if (subnet === undefined && problems.length === 0) for (const [pool, of] of this.#applied) if (of === name) this.#applied.delete(pool);
    for (const [pool, { config }] of pools.entries()) if (config.subnet === name && !this.#applied.has(pool)) this.#setPool(config);
    this.#onChange(name);
    this.changed(name);
  }

  #configurePool(name: string): void {
    const pool = this.#options.pools.peek(name);
    const before = this.#applied.get(name);
    if (before !== undefined && before !== pool?.config.subnet) {
      this.#options.allocator.removePool(before, name);
      this.#applied.delete(name);
      this.#onChange(before);
      this.changed(before);
    }
    if (pool !== undefined) this.#setPool(pool.config);
    for (const subnet of new Set([before, pool?.config.subnet])) if (subnet !== undefined) this.freed(subnet);
    this.#poolUsage.changed(name);
  }

  /** Without its Subnet a pool waits for it. */
  #setPool(config: PoolConfig): void {
    const problems = this.#options.allocator.setPool(config);
    if (problems.length === 0) this.#applied.set(config.name, config.subnet);
    else if (this.#options.subnets.peek(config.subnet) !== undefined)
      this.#options.onSubnetRefused(
        config.subnet,
        problems.map(({ message }) => message),
      );
    this.#onChange(config.subnet);
    this.changed(config.subnet);
  }

  #note(subnet: string, messages: readonly string[]): void {
    if (messages.length === 0) this.#refused.delete(subnet);
    else if (!this.#refused.has(subnet)) {
      this.#refused.add(subnet);
      this.#options.onSubnetRefused(subnet, messages);
    }
  }

  #usageOfPool(pool: string): SubnetUsage | undefined {
    const subnet = this.#applied.get(pool);
    return subnet === undefined ? undefined : this.#options.allocator.poolUsage(subnet, pool);
  }
}
