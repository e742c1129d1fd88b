/**
 * The allocation effect: the one stateful step between formulas.
 *
 * For every port name there is at most one *holding*, and `#step` moves it on, whatever happened:
 *
 *     demand, no holding      → take addresses in memory → write the IP object → lease cell (the port's formula goes on from there)
 *     holding, no demand      → the formula withdraws the port → OVN shows it no more → erase the IP object → free the addresses
 *     holding, other demand   → keep it if it serves the demand, else give it back first
 *     IP object, no holding   → for a demand: take its addresses; for none: hold it, and so give it back
 *     Subnet without finalizer → it may go at any moment: who asks for its addresses waits until it is kept
 *     demands together        → take addresses for all of them in one step, or for none; what one of them holds while another is
 *                               refused is given back
 *
 * So an address is free in memory only when neither the journal nor OVN knows of it. A crash between two arrows is mended at the next
 * start from the journal (restore.ts).
 */
import type { Scheduler, SourceTable, Table } from '@kube-ovn/dataflow';
import { observe } from '@kube-ovn/dataflow';
import type { IP } from '@kube-ovn/api';
import { Borrowers } from './borrowers.ts';
import { AddressSpace, type AddressSpaceOptions } from './address-space.ts';
import type { AddressDemand, HeldLease, PodType } from './demand.ts';
import { isHeldBack, isLeavingFor, isReserved, leaseOfIp, podTypeOf } from './ip-object.ts';
import type { Journal } from './journal.ts';
import { effectiveDemand, pinnedTo, serves } from './request.ts';
import { type Taker, takeAll, type TakeAllResult } from './take-all.ts';
import { type RestoredLease, takeOver, unlent } from './restore.ts';
import type { EndedLease } from './release.ts';
import { Retries } from './retries.ts';
import { type Refusal, Waiting } from './waiting.ts';

export interface AllocationOptions extends AddressSpaceOptions {
  readonly journal: Journal;
  readonly scheduler: Scheduler;
  /** In: what needs addresses. */
  readonly demands: Table<AddressDemand>;
  /** In: IP objects; a change moves the holding of that name. */
  readonly entries: Table<unknown>;
  /** In: leases that stay although nothing demands them (a StatefulSet's pod, or a virtual machine, that will return). */
  readonly retained: Table<true>;
  /** In: ports that OVN shows. */
  readonly ports: Table<unknown>;
  /** No transaction about a port of this lease is on its way to OVN. */
  readonly isPortSettled: (lease: HeldLease) => boolean;
  /** Out. */
  readonly leases: SourceTable<HeldLease>;
  /** The Subnet of every address that is taken, by port name: from before its IP object is written until after that is erased. */
  readonly holds: SourceTable<string>;
  readonly refusals: SourceTable<Refusal>;
  /** Told of every failed write; it is tried again. */
  readonly onFailure: (name: string, error: unknown) => void;
  /** Told once when addresses that were written down are given back, also of writes that end after this does. */
  readonly onReleased: (ended: EndedLease) => void;
}

interface Holding {
  readonly lease: HeldLease;
  readonly podType: PodType;
  /** Further owners in the allocator, of addresses that stay taken as long as this. */
  readonly alsoHeldAs: readonly string[];
  /** `held`: the journal says so. */
  phase: 'writing' | 'held' | 'erasing';
  /** The entry that is being erased, as it was when that began. */
  last?: { readonly entry: IP | undefined; readonly demand: AddressDemand | undefined };
}

export class Allocation implements Disposable {
  readonly #options: AllocationOptions;
  readonly #holdings = new Map<string, Holding>();
  readonly #waiting: Waiting;
  readonly #space: AddressSpace;
  readonly #changedSubnets = new Set<string>();
  /** Entries of former holders that are being helped out. */
  readonly #leaving = new Set<string>();
  readonly #retries: Retries;
  readonly #borrowers = new Borrowers();
  readonly #subscriptions: Disposable[] = [];
  #disposed = false;

  constructor(options: AllocationOptions) {
    this.#options = options;
    this.#waiting = new Waiting(options.refusals);
    this.#space = new AddressSpace(options);
    this.#retries = new Retries(options.scheduler);
  }

  /**
   * Take over what the witnesses tell, then follow demands. Nothing is allocated before every restored lease is in place.
   */
  start(restored: readonly RestoredLease[]): void {
    const { demands, entries, ports, retained, leases, holds } = this.#options;
    for (const each of restored) {
      this.#holdings.set(each.lease.owner, { ...each, phase: 'held' });
      this.#borrowers.add(each.lease.owner, each.lease);
    }
    holds.replace(restored.map(({ lease }) => [lease.owner, lease.subnet]));
    leases.replace(restored.map(({ lease }) => [lease.owner, lease]));
    this.#space.start((subnet) => this.#reconfigured(subnet));
    this.#subscriptions.push(
      observe(entries, (name) => this.#step(name)), // before any pod takes what they reserve
      observe(demands, (name) => this.#step(name)),
      observe(retained, (name) => this.#step(name)),
      observe(ports, (name) => this.#step(name)),
    );
    for (const name of this.#holdings.keys()) this.#step(name);
    this.#space.tell(); // before any sink looks: a status without counters would be written, only to be written again
  }

  /** A write is on its way, or usage is not told yet. */
  get isBusy(): boolean {
    return this.#space.isBehind || [...this.#holdings.values()].some((holding) => holding.phase !== 'held');
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
    this.#retries[Symbol.dispose]();
    this.#space[Symbol.dispose]();
  }

  #step(name: string): void {
    if (this.#disposed) return;
    const holding = this.#holdings.get(name);
    // A write is on its way and steps again when it ends: of one name never two at a time.
    if (this.#leaving.has(name) || (holding !== undefined && holding.phase !== 'held')) return;
    const entry = this.#options.journal.find(name);
    const demand = effectiveDemand(this.#options.demands.peek(name), entry);
    if (demand === undefined) this.#waiting.remove(name);
    if (holding === undefined) {
      if (demand !== undefined) this.#take(demand.together ?? [name]);
      else if (entry !== undefined && isHeldBack(entry)) this.#adopt(name, entry);
    } else if (demand === undefined) this.#maybeRelease(name, holding);
    else if (!this.#mayKeep(name, holding.lease, demand)) this.#withdraw(name, holding);
    else {
      this.#keep(name, holding, demand);
      if (demand.together !== undefined && !this.#isRefused(demand)) this.#take(demand.together); // who waited for this one
    }
  }

  /** Whether a holding may go on serving its demand. What belongs together goes together, unless it outlives the pod anyhow. */
  #mayKeep(name: string, lease: HeldLease, demand: AddressDemand): boolean {
    if (this.#options.demands.peek(name) === undefined) return true; // reserved: what was edited is put back
    const entry = this.#options.journal.find(name);
    if (!serves(lease, demand) || (entry !== undefined && isLeavingFor(entry, demand.holder))) return false;
    return !this.#isRefused(demand) || this.#stays(name, entry);
  }

  /** One of those that belong together waits for a Subnet. */
  #isRefused({ together }: AddressDemand): boolean {
    return together?.some((other) => this.#options.refusals.peek(other) !== undefined) === true;
  }

  /** Take addresses for all of these that have none; none of them while one is not ready, or is refused. */
  #take(names: readonly string[]): void {
    const takers = this.#takers(names);
    if (takers === undefined || takers.length === 0) return;
    const { allocator } = this.#options;
    const result = takeAll(takers, {
      allocator,
      space: this.#space,
      lend: (taker, lender) => this.#borrowers.lend(taker, lender, this.#lendable(lender)),
    });
    if (!result.ok) return this.#refused(names, { ...result, subnets: takers.flatMap(({ demand }) => demand.subnets) });
    for (const { name, demand, lease: granted } of result.taken) {
      this.#waiting.remove(name);
      this.#changed(granted.subnet);
      const { holder, node, lender } = demand;
      const lease = { ...granted, holder, node, ...(lender === undefined ? {} : { lender }) };
      this.#write(name, { lease, podType: demand.podType, alsoHeldAs: [], phase: 'writing' });
    }
  }

  /** What a Vip has, as the journal says. */
  #lendable(lender: string): HeldLease | undefined {
    const holding = this.#holdings.get(lender);
    return holding?.phase === 'held' ? holding.lease : undefined;
  }

  /** Those without a holding; undefined while one of them has something to finish first: its next step comes back to all. */
  #takers(names: readonly string[]): readonly Taker[] | undefined {
    const takers = names.map((name): Taker | 'has' | 'later' => {
      const entry = this.#options.journal.find(name);
      const demand = effectiveDemand(this.#options.demands.peek(name), entry);
      const holding = this.#holdings.get(name);
      if (demand === undefined || this.#leaving.has(name) || holding?.phase === 'erasing') return 'later';
      if (holding !== undefined) return this.#mayKeep(name, holding.lease, demand) ? 'has' : 'later';
      const known = entry === undefined ? undefined : leaseOfIp(entry);
      const isLeftOver = entry?.metadata.deletionTimestamp !== undefined || (known !== undefined && !serves(known, demand));
      if (!isLeftOver) return { name, demand: known === undefined ? demand : { ...demand, ...pinnedTo(known) } };
      this.#finishErasing(name);
      return 'later';
    });
    return takers.includes('later') ? undefined : takers.filter((taker) => typeof taker === 'object');
  }

  #refused(
    names: readonly string[],
    { taker, refusal, subnets }: Extract<TakeAllResult, { ok: false }> & { readonly subnets: readonly string[] },
  ): void {
    const { name, demand } = taker;
    const entry = this.#options.journal.find(name);
    // An entry from before whose address another holds by now: the journal must not go on saying so.
    const isPinned = entry !== undefined && leaseOfIp(entry) !== undefined && !isReserved(entry);
    if (isPinned && refusal.code === 'IPAM_CONFLICT') this.#finishErasing(name);
    for (const other of names) this.#waiting.remove(other);
    // Nothing is given back meanwhile.
    if (demand.subnets.some((subnet) => this.#space.isSubnetAwaited(subnet))) return this.#waiting.add(name, undefined, subnets);
    this.#waiting.add(name, { demand, code: refusal.code, message: refusal.message }, subnets);
    for (const other of names) {
      if (this.#holdings.has(other)) this.#step(other);
      else if (other !== name) this.#giveBackEntry(other);
    }
  }

  /** An IP object of a former holder, which the one that waits with another would have taken: nobody may have it meanwhile. */
  #giveBackEntry(name: string): void {
    const entry = this.#options.journal.find(name);
    if (entry === undefined || this.#leaving.has(name) || !isHeldBack(entry) || this.#stays(name, entry)) return;
    this.#adopt(name, entry);
  }

  /** An IP object that nothing accounts for, as after the API server was set back: from now on it is held, and given back if nothing wants it. */
  #adopt(name: string, entry: IP): void {
    const known = leaseOfIp(entry);
    if (known === undefined) return this.#finishErasing(name);
    const lease = known.lender !== undefined && this.#borrowers.has(known.lender) ? unlent(known) : known;
    const { leases, disagreements } = takeOver(this.#options.allocator, [{ kind: 'IP object', lease, podType: podTypeOf(entry) }]);
    const [restored] = leases;
    if (restored === undefined) {
      // Its addresses are another's by now.
      for (const owner of [name, ...disagreements.flatMap(({ conflict }) => conflict.heldAs ?? [])])
        this.#options.allocator.release(owner, { final: true });
      return this.#finishErasing(name);
    }
    const holding: Holding = { ...restored, phase: 'held' };
    this.#hold(name, holding);
    this.#changed(lease.subnet);
    this.#maybeRelease(name, holding);
  }

  #keep(name: string, holding: Holding, demand: AddressDemand): void {
    const lease = { ...holding.lease, holder: demand.holder, node: demand.node };
    const isSame = holding.lease.node === lease.node && holding.lease.holder.uid === lease.holder.uid && this.#isJournalled(name, holding);
    if (isSame) this.#options.leases.set(name, holding.lease); // it may have been withdrawn for a demand that changed its mind
    else this.#write(name, { ...holding, lease, podType: demand.podType, phase: 'writing' });
  }

  #isJournalled(name: string, holding: Holding): boolean {
    const entry = this.#options.journal.find(name);
    const known = entry === undefined ? undefined : leaseOfIp(entry);
    const { lease } = holding;
    return known !== undefined && (['subnet', 'v4', 'v6', 'mac', 'node'] as const).every((field) => known[field] === lease[field]);
  }

  #hold(name: string, holding: Holding): void {
    this.#holdings.set(name, holding);
    this.#borrowers.add(name, holding.lease);
    this.#options.holds.set(name, holding.lease.subnet);
  }

  #write(name: string, holding: Holding): void {
    this.#hold(name, holding);
    holding.phase = 'writing';
    const entry = this.#options.journal.find(name);
    const reserved = entry !== undefined && isReserved(entry);
    const written = this.#options.journal.write(name, { lease: holding.lease, podType: holding.podType, isReserved: reserved });
    written.then(
      (outcome) => this.#written(name, holding, outcome),
      (error: unknown) => this.#failed(name, error, () => this.#write(name, holding)),
    );
  }

  #written(name: string, holding: Holding, outcome: 'written' | 'other'): void {
    if (this.#disposed) return;
    this.#retries.succeeded(name);
    holding.phase = 'held';
    if (outcome === 'written') {
      this.#options.leases.set(name, holding.lease);
      if (holding.lease.holder.kind === 'Vip') this.#wake(holding.lease.subnet); // who waits to borrow it
    } else if (!this.#options.leases.has(name)) this.#free(name, holding); // nobody heard of it, and what the object says counts
    this.#step(name);
  }

  /** Nothing demands it: give it back when OVN shows its port no more. */
  #maybeRelease(name: string, holding: Holding): void {
    if (this.#borrowers.has(name) || this.#stays(name, this.#options.journal.find(name))) return;
    if (this.#isPortGone(name, holding)) this.#erase(name, holding);
  }

  /** Its addresses stay whether or not anything demands them. */
  #stays(name: string, entry: IP | undefined): boolean {
    return this.#options.retained.peek(name) === true || (entry !== undefined && isReserved(entry));
  }

  /** The demand is for something else: without its lease cell the port goes, and then the addresses. */
  #withdraw(name: string, holding: Holding): void {
    if (this.#borrowers.has(name)) return; // steps again when it has its addresses back
    this.#options.leases.delete(name);
    if (this.#isPortGone(name, holding)) this.#erase(name, holding);
  }

  /** A port that OVN shows is waited for by its cell; one that may be on its way there is asked about again, less and less often. */
  #isPortGone(name: string, { lease }: Holding): boolean {
    if (this.#options.ports.peek(name) !== undefined) return false;
    if (this.#options.isPortSettled(lease)) {
      this.#retries.rechecked(name);
      return true;
    }
    this.#retries.recheck(name, () => this.#step(name));
    return false;
  }

  #erase(name: string, holding: Holding): void {
    holding.phase = 'erasing';
    this.#options.leases.delete(name); // a demand that returns meanwhile must not get a port from a lease that is on its way out
    holding.last ??= { entry: this.#options.journal.find(name), demand: this.#options.demands.peek(name) };
    this.#options.journal.erase(name).then(
      () => {
        this.#tellReleased(holding);
        if (this.#disposed) return;
        this.#retries.succeeded(name);
        this.#free(name, holding);
        this.#step(name);
      },
      (error: unknown) => this.#failed(name, error, () => this.#erase(name, holding)),
    );
  }

  /** What the journal did not say was told by another leader, or nobody had it. */
  #tellReleased({ lease, podType, last }: Holding): void {
    if (last?.entry !== undefined) this.#options.onReleased({ lease, podType, entry: last.entry, demand: last.demand });
  }

  /** An entry of a former holder is in the way: help it out. What stays (finalizers of others) steps again when it changes. */
  #finishErasing(name: string): void {
    const { journal } = this.#options;
    const entry = journal.find(name);
    this.#leaving.add(name);
    journal.erase(name).then(
      () => {
        this.#leaving.delete(name);
        this.#retries.succeeded(name);
        if (journal.find(name) !== entry) this.#step(name);
      },
      (error: unknown) => {
        this.#leaving.delete(name);
        this.#failed(name, error, () => this.#step(name));
      },
    );
  }

  #free(name: string, holding: Holding): void {
    const { lease } = holding;
    this.#holdings.delete(name);
    this.#borrowers.remove(name, lease);
    for (const owner of [name, ...holding.alsoHeldAs]) this.#options.allocator.release(owner, { final: true });
    this.#options.leases.delete(name);
    this.#options.holds.delete(name);
    this.#space.freed(lease.subnet);
    this.#changed(lease.subnet);
    if (lease.lender !== undefined) this.#step(lease.lender);
  }

  /** Leases of a Subnet that was not in force until now come to the allocator before anybody can take their addresses. */
  #reconfigured(name: string): void {
    const { allocator } = this.#options;
    const missing = [...this.#holdings.values()].filter(
      ({ lease }) => lease.lender === undefined && lease.subnet === name && allocator.lease(lease.owner) === undefined,
    );
    allocator.restore(missing.map(({ lease }) => lease));
    this.#wake(name);
  }

  /** Who waits for a Subnet tries again at the end of this turn, however many leases came and went in it. */
  #wake(subnet: string): void {
    if (this.#changedSubnets.size === 0) this.#options.scheduler.queueMicrotask(() => this.#tellWaiting());
    this.#changedSubnets.add(subnet);
  }

  #changed(subnet: string): void {
    this.#wake(subnet);
    this.#space.changed(subnet);
  }

  #tellWaiting(): void {
    if (this.#disposed) return;
    const subnets = [...this.#changedSubnets];
    this.#changedSubnets.clear();
    for (const subnet of subnets) {
      for (const name of this.#waiting.of(subnet)) this.#step(name);
    }
  }

  #failed(name: string, error: unknown, again: () => void): void {
    if (this.#disposed) return;
    this.#options.onFailure(name, error);
    this.#retries.afterFailure(name, again);
  }
}
