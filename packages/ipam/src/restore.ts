/**
 * Takes over one lease that was seen elsewhere: in a journal, on a workload, in a database.
 *
 * What is in use out there must not be given to another, so everything of the lease that can be held is held, even when
 * another part of it contradicts what is known; the contradiction is reported.
 */
import type { Family } from './address.ts';
import { readAddress, readPoint } from './address.ts';
import type { IpamErrorCode } from './errors.ts';
import type { HolderIndex } from './holder-index.ts';
import { hold } from './holding.ts';
import type { LeaseTable, Slot } from './lease-table.ts';
import { HAS_V4, HAS_V6, SHARED } from './lease-table.ts';
import type { Lease } from './lease.ts';
import { readMac } from './mac.ts';
import type { OwnerIndex } from './owner-index.ts';
import type { Point, Spot } from './point.ts';
import type { Space } from './space.ts';
import type { Subnet } from './subnet.ts';

/** What could not be taken over as it is. */
export interface RestoreConflict {
  readonly lease: Lease;
  readonly code: IpamErrorCode;
  /** One sentence that names owner, subnet and value. */
  readonly message: string;
  /** Who holds the address or the MAC address instead. */
  readonly holder?: string;
  /**
   * How much of the lease's addresses is held now. A part that is held keeps its address from being given to others.
   */
  readonly kept: 'all' | 'part' | 'none';
  /** Owner under which the addresses are held, when the lease's own owner holds others already. */
  readonly heldAs?: string;
}

/** What restoring reads. */
export interface Known {
  readonly subnets: ReadonlyMap<string, Subnet>;
  readonly table: LeaseTable;
  readonly owners: OwnerIndex;
  readonly random: () => number;
}

/** The slot of a lease that is new, and what is wrong. */
export interface Restored {
  readonly slot?: Slot;
  readonly conflicts: readonly RestoreConflict[];
}

/** What a lease is made of. */
interface Row {
  readonly owner: string;
  readonly subnet: Subnet;
  readonly v4: Spot | undefined;
  readonly v6: Spot | undefined;
  readonly mac: number;
  readonly shared: boolean;
}

interface Fault {
  readonly code: IpamErrorCode;
  readonly why: string;
  readonly holder?: string;
}

/** Value of one family: what can be held, or why not. */
interface Side {
  readonly value: Point | undefined;
  readonly fault: Fault | undefined;
}

/** Restore one lease. */
export function restoreLease(lease: Lease, known: Known): Restored {
  const subnet = known.subnets.get(lease.subnet);
  if (subnet === undefined) return { conflicts: [conflict(lease, { code: 'IPAM_NO_SUBNET', why: 'there is no such subnet' }, 'none')] };
  const v4 = readSide(subnet.v4, { family: 4, text: lease.v4 }, lease, known.table);
  const v6 = readSide(subnet.v6, { family: 6, text: lease.v6 }, lease, known.table);
  const old = known.owners.get(lease.owner);
  if (old !== undefined) return restoreSecond(lease, { subnet, old, v4, v6 }, known);
  const mac = readSideMac(subnet, lease, known);
  const kept = keptShare(lease, v4.value, v6.value);
  // A lease that is not held has no MAC address that could contradict another.
  const faults = [v4.fault, v6.fault, kept === 'none' ? undefined : mac.fault].filter((fault) => fault !== undefined);
  if (kept === 'none') return { conflicts: faults.map((fault) => conflict(lease, fault, kept)) };
  const slot = holdRow(known.table, {
    subnet,
    v4: v4.value,
    v6: v6.value,
    mac: mac.value,
    owner: lease.owner,
    shared: lease.shared === true,
  });
  known.table.setSticky(slot, lease.sticky ?? 'no');
  return { slot, conflicts: faults.map((fault) => conflict(lease, fault, kept)) };
}

/** The owner has a lease: the same is no news; another is a contradiction, whose addresses are kept from others. */
function restoreSecond(
  lease: Lease,
  seen: { readonly subnet: Subnet; readonly old: Slot; readonly v4: Side; readonly v6: Side },
  known: Known,
): Restored {
  const { subnet, old } = seen;
  const isMoved = known.table.subnet(old) !== subnet;
  const isNew4 = seen.v4.value !== undefined && (isMoved || !isSameSpot(seen.v4.value, known.table.spot(old, 4)));
  const isNew6 = seen.v6.value !== undefined && (isMoved || !isSameSpot(seen.v6.value, known.table.spot(old, 6)));
  const v4 = isNew4 ? seen.v4.value : undefined;
  const v6 = isNew6 ? seen.v6.value : undefined;
  const faults = [seen.v4.fault, seen.v6.fault].filter((fault) => fault !== undefined);
  if (!isNew4 && !isNew6)
    return { conflicts: faults.map((fault) => conflict(lease, fault, keptShare(lease, seen.v4.value, seen.v6.value))) };
  const owner = freeOwner(lease.owner, known.owners);
  const slot = holdRow(known.table, { subnet, v4, v6, mac: subnet.freeMac(known.random), owner, shared: false });
  const why = `the owner holds other addresses already; these are kept from others as those of ${owner}`;
  const kept = keptShare(lease, seen.v4.value, seen.v6.value);
  const second: RestoreConflict = { ...conflict(lease, { code: 'IPAM_OWNER_CONFLICT', why, holder: lease.owner }, kept), heldAs: owner };
  return { slot, conflicts: [second, ...faults.map((fault) => conflict(lease, fault, kept))] };
}

function holdRow(table: LeaseTable, { subnet, v4, v6, mac, owner, shared }: Row): Slot {
  const { spare } = table;
  if (v4 !== undefined) table.v4.set(spare, v4.hi, v4.lo);
  if (v6 !== undefined) table.v6.set(spare, v6.hi, v6.lo);
  table.mac.set(spare, 0, mac);
  const slot = table.add(owner, subnet, (v4 === undefined ? 0 : HAS_V4) + (v6 === undefined ? 0 : HAS_V6) + (shared ? SHARED : 0));
  hold(table, slot);
  return slot;
}

function isSameSpot(a: Spot, b: Spot | undefined): boolean {
  return a.lo === b?.lo && a.hi === b.hi;
}

function freeOwner(owner: string, owners: OwnerIndex): string {
  let count = 2;
  while (owners.get(`${owner}#${count}`) !== undefined) count += 1;
  return `${owner}#${count}`;
}

function readSide(
  space: Space | undefined,
  { family, text }: { readonly family: Family; readonly text: string | undefined },
  lease: Lease,
  table: LeaseTable,
): Side {
  if (text === undefined) return { value: undefined, fault: undefined };
  const fault = (code: IpamErrorCode, why: string): Side => ({ value: undefined, fault: { code, why } });
  const point = readPoint(text, family);
  if (point === undefined && readAddress(text) === undefined) return fault('IPAM_BAD_ADDRESS', `"${text.slice(0, 50)}" is not an address`);
  if (space === undefined || point === undefined) return fault('IPAM_NO_FAMILY', `the subnet has no block of the family of ${text}`);
  if (!space.isUsable(point)) return fault('IPAM_OUT_OF_RANGE', `${text} is not in ${space.boundsText}`);
  const rival = unsharedRival(space.holders, point, lease, table);
  if (rival !== undefined) return { value: undefined, fault: { code: 'IPAM_CONFLICT', why: `${rival} holds ${text}`, holder: rival } };
  const isGateway = space.isGateway(point) && lease.allowGateway !== true;
  return { value: point, fault: isGateway ? { code: 'IPAM_CONFLICT', why: `${text} is the gateway`, holder: 'gateway' } : undefined };
}

/** Another owner that holds the key and does not share it. */
function unsharedRival(index: HolderIndex, { hi, lo }: Spot, lease: Lease, table: LeaseTable): string | undefined {
  if (lease.shared === true || index.first(hi, lo) === undefined) return undefined;
  const rival = index.all(hi, lo).find((slot) => table.owner(slot) !== lease.owner && !table.isShared(slot));
  return rival === undefined ? undefined : table.owner(rival);
}

function readSideMac(subnet: Subnet, lease: Lease, known: Known): { readonly value: number; readonly fault: Fault | undefined } {
  const value = readMac(lease.mac);
  if (value === undefined) {
    return {
      value: subnet.freeMac(known.random),
      fault: { code: 'IPAM_BAD_MAC', why: `"${lease.mac.slice(0, 32)}" is not a MAC address; the lease has a new one` },
    };
  }
  const rival = unsharedRival(subnet.macs, { hi: 0, lo: value }, lease, known.table);
  if (rival === undefined) return { value, fault: undefined };
  return { value, fault: { code: 'IPAM_MAC_CONFLICT', why: `${rival} has the MAC address ${lease.mac} too`, holder: rival } };
}

function keptShare(lease: Lease, v4: Point | undefined, v6: Point | undefined): 'all' | 'part' | 'none' {
  const isLost4 = lease.v4 !== undefined && v4 === undefined;
  const isLost6 = lease.v6 !== undefined && v6 === undefined;
  if (!isLost4 && !isLost6) return 'all';
  return v4 === undefined && v6 === undefined ? 'none' : 'part';
}

function conflict(lease: Lease, fault: Fault, kept: RestoreConflict['kept']): RestoreConflict {
  return {
    lease,
    code: fault.code,
    message: `lease of ${lease.owner} in subnet ${lease.subnet}: ${fault.why}`,
    kept,
    ...(fault.holder === undefined ? {} : { holder: fault.holder }),
  };
}
