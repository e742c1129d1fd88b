/**
 * What the witnesses of earlier allocations tell, taken over before the first new one.
 *
 * Witnesses, in order of trust: the IP object or Vip (written before anybody could use the address), the annotations of the pod or node
 * (what its daemon configured), the port in OVN. The first that speaks of a port gives its lease. What a later one says beyond that
 * stays taken too, since something may still use it, until the holder is gone; port and annotations follow the lease and so are put
 * right. Of two ports that claim one address the more trusted witness keeps it; the other port needs another address.
 */
import type { Allocator, Lease, RestoreConflict } from '@kube-ovn/ipam';
import type { HeldLease, PodType } from './demand.ts';

export type WitnessKind = 'IP object' | 'Vip' | 'OvnEip' | 'annotations' | 'port';

/** What one witness says of one port. */
export interface Witness {
  readonly kind: WitnessKind;
  readonly lease: HeldLease;
  readonly podType: PodType;
}

export interface RestoredLease {
  readonly lease: HeldLease;
  readonly podType: PodType;
  /** Owners under which the allocator keeps what contradicting witnesses named. */
  readonly alsoHeldAs: readonly string[];
}

/** A witness that contradicts what is known from a more trusted one. */
export interface Disagreement {
  readonly witness: Witness;
  readonly conflict: RestoreConflict;
}

export interface Restoration {
  readonly leases: readonly RestoredLease[];
  readonly disagreements: readonly Disagreement[];
}

const trust: readonly WitnessKind[] = ['IP object', 'Vip', 'OvnEip', 'annotations', 'port'];

/** Take over into an allocator that has its subnets and no leases yet. */
export function takeOver(allocator: Pick<Allocator, 'restore' | 'lease'>, witnesses: readonly Witness[]): Restoration {
  const ordered = witnesses.toSorted((a, b) => rankOf(a) - rankOf(b));
  const disagreements: Disagreement[] = [];
  const first = new Map<string, RestoredLease>();
  /** Vips whose addresses somebody has. */
  const lent = new Set<string>();
  for (const witness of ordered) {
    const known = first.get(witness.lease.owner);
    const isLent = known === undefined ? isOfLender(witness.lease, { allocator, lent }) : isLentAlready(known.lease, witness.lease);
    if (isLent && witness.lease.lender !== undefined) lent.add(witness.lease.lender);
    const conflicts = isLent ? [] : allocator.restore([unlent(witness.lease)]);
    disagreements.push(...conflicts.map((conflict) => ({ witness, conflict })));
    const restored = merge(known, isLent ? witness : { ...witness, lease: unlent(witness.lease) }, conflicts);
    if (restored !== undefined) first.set(witness.lease.owner, restored);
  }
  return { leases: [...first.values()], disagreements };
}

/** Who has the addresses of a Vip is asked after the Vip. */
function rankOf({ kind, lease }: Witness): number {
  return Math.max(trust.indexOf(kind), lease.lender === undefined ? 0 : trust.indexOf('Vip') + 0.5);
}

/** The Vip has these addresses, and lends them to nobody else. */
function isOfLender(
  lease: HeldLease,
  { allocator, lent }: { readonly allocator: Pick<Allocator, 'lease'>; readonly lent: ReadonlySet<string> },
): boolean {
  const of = lease.lender === undefined || lent.has(lease.lender) ? undefined : allocator.lease(lease.lender);
  return of !== undefined && sameAddresses(of, lease);
}

function isLentAlready(known: HeldLease, lease: HeldLease): boolean {
  return known.lender !== undefined && sameAddresses(known, lease);
}

/** As if no Vip had these addresses: then it is another's, if they are taken. */
export function unlent(lease: HeldLease): HeldLease {
  const { lender: _, ...own } = lease;
  return own;
}

function merge(known: RestoredLease | undefined, witness: Witness, conflicts: readonly RestoreConflict[]): RestoredLease | undefined {
  const heldAs = conflicts.flatMap((conflict) => conflict.heldAs ?? []);
  if (known === undefined) {
    // An address that another holds is not ours to keep. One outside its subnet, or of a subnet not in force, is: the pod uses it.
    const isTakenByOther = conflicts.some((conflict) => conflict.holder !== undefined && conflict.kept !== 'all');
    return isTakenByOther ? undefined : { lease: witness.lease, podType: witness.podType, alsoHeldAs: heldAs };
  }
  // The annotations tell which of several pods of one name the lease has been for.
  const holder = known.lease.holder.uid === '' && sameAddresses(known.lease, witness.lease) ? witness.lease.holder : known.lease.holder;
  return { ...known, lease: { ...known.lease, holder }, alsoHeldAs: [...known.alsoHeldAs, ...heldAs] };
}

function sameAddresses(a: Lease, b: Lease): boolean {
  return a.v4 === b.v4 && a.v6 === b.v6 && a.subnet === b.subnet;
}
