/**
 * All leases, as columns of numbers: a million of them are a few arrays and no objects.
 */
import type { Family } from './address.ts';
import { KeyColumn } from './key-column.ts';
import type { Lease } from './lease.ts';
import { formatMac } from './mac.ts';
import type { Spot } from './point.ts';
import type { Subnet } from './subnet.ts';

/** A row of the table; given to another lease once its lease has ended. */
export type Slot = number;

/** `parked`: released, and kept for the owner. */
export type Stickiness = 'no' | 'active' | 'parked';

/** What a row says beside its keys, as a sum of these. */
export const HAS_V4 = 1;
export const HAS_V6 = 2;
export const SHARED = 4;
export const STICKY = 8;
const PARKED = 16;

/**
 * Rows of leases. Indexes (holder-index.ts, owner-index.ts) find them.
 *
 * A row is made in two steps, without an object: its addresses and MAC address are written into the columns at `spare`, where they
 * are nobody's; `add` makes it the row of a lease.
 */
export class LeaseTable {
  readonly v4: KeyColumn = new KeyColumn();
  readonly v6: KeyColumn = new KeyColumn();
  readonly mac: KeyColumn = new KeyColumn();
  readonly #owners: string[] = [];
  readonly #subnets: (Subnet | undefined)[] = [];
  #flags = new Uint8Array(64);
  readonly #free: Slot[] = [];

  /** The slot that `add` gives next. */
  get spare(): Slot {
    return this.#free.at(-1) ?? this.#owners.length;
  }

  /** @param flags sum of HAS_V4 and HAS_V6, for the columns that have been written; SHARED; STICKY */
  add(owner: string, subnet: Subnet, flags: number): Slot {
    const slot = this.#free.pop() ?? this.#owners.length;
    this.#owners[slot] = owner;
    this.#subnets[slot] = subnet;
    if (slot >= this.#flags.length) this.#growFlags();
    this.#flags[slot] = flags;
    return slot;
  }

  delete(slot: Slot): void {
    this.#owners[slot] = '';
    this.#subnets[slot] = undefined;
    this.#free.push(slot);
  }

  owner(slot: Slot): string {
    return this.#owners[slot] ?? '';
  }

  subnet(slot: Slot): Subnet | undefined {
    return this.#subnets[slot];
  }

  has(slot: Slot, family: Family): boolean {
    return (this.#flagsOf(slot) & (family === 4 ? HAS_V4 : HAS_V6)) !== 0;
  }

  isShared(slot: Slot): boolean {
    return (this.#flagsOf(slot) & SHARED) !== 0;
  }

  sticky(slot: Slot): Stickiness {
    const flags = this.#flagsOf(slot);
    if ((flags & STICKY) === 0) return 'no';
    return (flags & PARKED) === 0 ? 'active' : 'parked';
  }

  setSticky(slot: Slot, sticky: Stickiness): void {
    this.#flags[slot] = (this.#flagsOf(slot) & ~(STICKY | PARKED)) | stickyFlags(sticky);
  }

  /** The address of a family; `undefined` when the lease has none. */
  spot(slot: Slot, family: Family): Spot | undefined {
    if (!this.has(slot, family)) return undefined;
    const column = family === 4 ? this.v4 : this.v6;
    return { hi: column.hi(slot), lo: column.lo(slot) };
  }

  /** The lease as a caller sees it. */
  lease(slot: Slot): Lease {
    const owner = this.owner(slot);
    const subnet = this.subnet(slot);
    const flags = this.#flagsOf(slot);
    const v4 = (flags & HAS_V4) === 0 ? undefined : subnet?.v4;
    const v6 = (flags & HAS_V6) === 0 ? undefined : subnet?.v6;
    const mac = formatMac(this.mac.lo(slot));
    const lease: Mutable<Lease> = leaseWith({ owner, subnet: subnet?.name ?? '', mac }, v4?.text(slot), v6?.text(slot));
    if ((flags & SHARED) !== 0) lease.shared = true;
    if ((flags & STICKY) !== 0) lease.sticky = (flags & PARKED) === 0 ? 'active' : 'parked';
    if (v4?.holdsGateway(slot) === true || v6?.holdsGateway(slot) === true) lease.allowGateway = true;
    return lease;
  }

  #flagsOf(slot: Slot): number {
    return this.#flags[slot] ?? 0;
  }

  #growFlags(): void {
    const larger = new Uint8Array(2 * this.#flags.length);
    larger.set(this.#flags);
    this.#flags = larger;
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Objects of few shapes, made in one step. */
function leaseWith({ owner, subnet, mac }: Pick<Lease, 'owner' | 'subnet' | 'mac'>, v4: string | undefined, v6: string | undefined): Lease {
  if (v6 === undefined) return v4 === undefined ? { owner, subnet, mac } : { owner, subnet, v4, mac };
  return v4 === undefined ? { owner, subnet, v6, mac } : { owner, subnet, v4, v6, mac };
}

function stickyFlags(sticky: Stickiness): number {
  if (sticky === 'no') return 0;
  return sticky === 'active' ? STICKY : STICKY | PARKED;
}
