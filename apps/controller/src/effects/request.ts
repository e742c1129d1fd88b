/** Demands, requests and leases held against each other. Pure. */
import type { AddressPair, IP } from '@kube-ovn/api';
import type { AllocateRequest } from '@kube-ovn/ipam';
import type { AddressDemand, HeldLease } from './demand.ts';
import { isReserved, podTypeOf } from './ip-object.ts';

/** What is asked of the allocator for one of a demand's Subnets. */
export function requestFor(owner: string, subnet: string, demand: AddressDemand): AllocateRequest {
  const { addresses, candidates, mac } = demand;
  const pools = addresses === undefined && candidates === undefined ? demand.pools?.[subnet] : undefined;
  const families = demand.families ?? pools?.families;
  return {
    owner,
    subnet,
    ...(families === undefined ? {} : { families }),
    ...(addresses === undefined ? {} : { addresses }),
    ...(candidates === undefined ? {} : { candidates }),
    ...(pools === undefined ? {} : { pool: pools.names }),
    ...(mac === undefined ? {} : { mac }),
  };
}

/**
 * Whether a lease may go on serving a demand. The object that got it keeps it whatever its annotations become: they are put right.
 * A later object of the same name takes it over when it asks for nothing else. A Subnet is the exception: its junction moves where its
 * author says.
 */
export function serves(lease: HeldLease, demand: AddressDemand): boolean {
  if (demand.holder.kind !== 'Subnet' && lease.holder.uid !== '' && lease.holder.uid === demand.holder.uid) return true;
  const { addresses, candidates, families } = demand;
  return (
    lease.lender === demand.lender &&
    demand.subnets.includes(lease.subnet) &&
    (demand.mac === undefined || demand.mac === lease.mac) &&
    has(lease, addresses ?? {}) &&
    (candidates === undefined || candidates.some((candidate) => has(lease, candidate))) &&
    (families === undefined || (families.includes(4) === (lease.v4 !== undefined) && families.includes(6) === (lease.v6 !== undefined)))
  );
}

function has(lease: HeldLease, { v4, v6 }: AddressPair): boolean {
  return (v4 === undefined || v4 === lease.v4) && (v6 === undefined || v6 === lease.v6);
}

/**
 * What is really asked for: an IP object that a user made asks by itself, and decides which addresses its pod gets.
 *
 * @source Kube-OVN: pre-created IP objects reserve an address
 */
export function effectiveDemand(demand: AddressDemand | undefined, entry: IP | undefined): AddressDemand | undefined {
  const reservation = entry === undefined ? undefined : reservationDemand(entry);
  if (reservation === undefined) return demand;
  if (demand === undefined) return reservation;
  const { holder, node, podType, together, lender } = demand;
  return {
    ...reservation,
    holder,
    node,
    podType,
    ...(lender === undefined ? {} : { lender }),
    ...(together === undefined ? {} : { together }),
  };
}

function reservationDemand(entry: IP): AddressDemand | undefined {
  const { spec } = entry;
  if (!isReserved(entry) || (spec.subnet ?? '') === '') return undefined;
  const [v4, v6, mac] = [spec.v4IpAddress ?? '', spec.v6IpAddress ?? '', spec.macAddress ?? ''];
  return {
    holder: { kind: 'Pod', namespace: spec.namespace ?? '', name: spec.podName ?? '', uid: '' },
    node: spec.nodeName ?? '',
    subnets: [spec.subnet ?? ''],
    ...(v4 === '' && v6 === '' ? {} : { addresses: addressesOf(v4, v6) }),
    ...(mac === '' ? {} : { mac }),
    podType: podTypeOf(entry),
  };
}

/** A demand for exactly what a lease has. */
export function pinnedTo(lease: HeldLease): Pick<AddressDemand, 'subnets' | 'addresses' | 'mac'> {
  return { subnets: [lease.subnet], addresses: addressesOf(lease.v4 ?? '', lease.v6 ?? ''), mac: lease.mac };
}

function addressesOf(v4: string, v6: string): { readonly v4?: string; readonly v6?: string } {
  return { ...(v4 === '' ? {} : { v4 }), ...(v6 === '' ? {} : { v6 }) };
}
