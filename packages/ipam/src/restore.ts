/**
 * Takes over one lease that was seen elsewhere: in a journal, on a workload, in a database.
 *
 * What is in use out there must not be given to another, so everything of the lease that can be held is held, even when
 * another part of it contradicts what is known; the contradiction is reported.
 */
import { readAddress } from './address.ts';
import type { Entry } from './entry.ts';
import type { IpamErrorCode } from './errors.ts';
import type { HolderIndex } from './holder-index.ts';
import { hold } from './holding.ts';
import type { Lease } from './lease.ts';
import { readMac } from './mac.ts';
import type { AddressNumber } from './range.ts';
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
  readonly entries: HolderIndex<string, Entry>;
  readonly random: () => number;
}

/** An entry to be recorded under its owner, and what is wrong. */
export interface Restored {
  readonly entry?: Entry;
  readonly conflicts: readonly RestoreConflict[];
}

interface Fault {
  readonly code: IpamErrorCode;
  readonly why: string;
  readonly holder?: string;
}

/** Value of one family: what can be held, or why not. */
interface Side<N> {
  readonly value: N | undefined;
  readonly fault: Fault | undefined;
}

/** Restore one lease. */
export function restoreLease(lease: Lease, known: Known): Restored {
  const subnet = known.subnets.get(lease.subnet);
  if (subnet === undefined) return { conflicts: [conflict(lease, { code: 'IPAM_NO_SUBNET', why: 'there is no such subnet' }, 'none')] };
  const v4 = readSide(subnet.v4, lease.v4, lease);
  const v6 = readSide(subnet.v6, lease.v6, lease);
  const old = known.entries.first(lease.owner);
  if (old !== undefined) return restoreSecond(lease, { subnet, old, v4, v6 }, known);
  const mac = readSideMac(subnet, lease, known.random);
  const kept = keptShare(lease, v4.value, v6.value);
  // A lease that is not held has no MAC address that could contradict another.
  const faults = [v4.fault, v6.fault, kept === 'none' ? undefined : mac.fault].filter((fault) => fault !== undefined);
  if (kept === 'none') return { conflicts: faults.map((fault) => conflict(lease, fault, kept)) };
  const terms = { owner: lease.owner, shared: lease.shared === true, sticky: lease.sticky ?? ('no' as const) };
  const { entry } = hold(subnet, { v4: v4.value, v6: v6.value, mac: mac.value }, terms);
  return { entry, conflicts: faults.map((fault) => conflict(lease, fault, kept)) };
}

/** The owner has a lease: the same is no news; another is a contradiction, whose addresses are kept from others. */
function restoreSecond(
  lease: Lease,
  seen: { readonly subnet: Subnet; readonly old: Entry; readonly v4: Side<number>; readonly v6: Side<bigint> },
  known: Known,
): Restored {
  const { subnet, old } = seen;
  const isNew4 = seen.v4.value !== undefined && (old.subnet !== subnet || subnet.v4?.line.pack(seen.v4.value) !== old.v4);
  const isNew6 = seen.v6.value !== undefined && (old.subnet !== subnet || subnet.v6?.line.pack(seen.v6.value) !== old.v6);
  const v4 = isNew4 ? seen.v4.value : undefined;
  const v6 = isNew6 ? seen.v6.value : undefined;
  const faults = [seen.v4.fault, seen.v6.fault].filter((fault) => fault !== undefined);
  if (!isNew4 && !isNew6)
    return { conflicts: faults.map((fault) => conflict(lease, fault, keptShare(lease, seen.v4.value, seen.v6.value))) };
  const owner = freeOwner(lease.owner, known.entries);
  const { entry } = hold(subnet, { v4, v6, mac: subnet.freeMac(known.random) }, { owner, shared: false, sticky: 'no' });
  const why = `the owner holds other addresses already; these are kept from others as those of ${owner}`;
  const kept = keptShare(lease, seen.v4.value, seen.v6.value);
  const second: RestoreConflict = { ...conflict(lease, { code: 'IPAM_OWNER_CONFLICT', why, holder: lease.owner }, kept), heldAs: owner };
  return { entry, conflicts: [second, ...faults.map((fault) => conflict(lease, fault, kept))] };
}

function freeOwner(owner: string, entries: HolderIndex<string, Entry>): string {
  let count = 2;
  while (entries.first(`${owner}#${count}`) !== undefined) count += 1;
  return `${owner}#${count}`;
}

function readSide<N extends AddressNumber>(space: Space<N> | undefined, text: string | undefined, lease: Lease): Side<N> {
  if (text === undefined) return { value: undefined, fault: undefined };
  const fault = (code: IpamErrorCode, why: string): Side<N> => ({ value: undefined, fault: { code, why } });
  const address = readAddress(text);
  if (address === undefined) return fault('IPAM_BAD_ADDRESS', `"${text.slice(0, 50)}" is not an address`);
  const value = space?.line.valueOf(address);
  if (space === undefined || value === undefined) return fault('IPAM_NO_FAMILY', `the subnet has no block of the family of ${text}`);
  if (!space.isUsable(value))
    return fault(
      'IPAM_OUT_OF_RANGE',
      `${text} is not in ${space.line.format(space.layout.usable.first)}-${space.line.format(space.layout.usable.last)}`,
    );
  const rival = lease.shared === true ? undefined : unsharedRival(space.holders, space.line.pack(value), lease.owner);
  if (rival !== undefined)
    return { value: undefined, fault: { code: 'IPAM_CONFLICT', why: `${rival.owner} holds ${text}`, holder: rival.owner } };
  const isGateway = value === space.layout.gateway && lease.allowGateway !== true;
  return { value, fault: isGateway ? { code: 'IPAM_CONFLICT', why: `${text} is the gateway`, holder: 'gateway' } : undefined };
}

/** Another owner that holds the key and does not share it. */
function unsharedRival<K>(holders: HolderIndex<K, Entry>, key: K, owner: string): Entry | undefined {
  if (holders.first(key) === undefined) return undefined;
  return holders.all(key).find((entry) => entry.owner !== owner && !entry.shared);
}

function readSideMac(subnet: Subnet, lease: Lease, random: () => number): { readonly value: number; readonly fault: Fault | undefined } {
  const value = readMac(lease.mac);
  if (value === undefined) {
    return {
      value: subnet.freeMac(random),
      fault: { code: 'IPAM_BAD_MAC', why: `"${lease.mac.slice(0, 32)}" is not a MAC address; the lease has a new one` },
    };
  }
  const rival = lease.shared === true ? undefined : unsharedRival(subnet.macs, value, lease.owner);
  if (rival === undefined) return { value, fault: undefined };
  return { value, fault: { code: 'IPAM_MAC_CONFLICT', why: `${rival.owner} has the MAC address ${lease.mac} too`, holder: rival.owner } };
}

function keptShare(lease: Lease, v4: number | undefined, v6: bigint | undefined): 'all' | 'part' | 'none' {
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
