/** Demands, requests and leases held against each other. Pure. */
import type { IP } from '@kube-ovn/api';
import type { AllocateRequest } from '@kube-ovn/ipam';
import type { AddressDemand, HeldLease } from './demand.ts';
import { isReserved } from './ip-object.ts';

/** What is asked of the allocator for one of a demand's Subnets. */
export function requestFor(owner: string, subnet: string, demand: AddressDemand): AllocateRequest {
  return {
    owner,
    subnet,
    ...(demand.families === undefined ? {} : { families: demand.families }),
    ...(demand.addresses === undefined ? {} : { addresses: demand.addresses }),
    ...(demand.mac === undefined ? {} : { mac: demand.mac }),
  };
}

/**
 * Whether a lease may go on serving a demand. The object that got it keeps it whatever its annotations become: they are put right.
 * A later object of the same name takes it over when it asks for nothing else.
 */
export function serves(lease: HeldLease, demand: AddressDemand): boolean {
  if (lease.holder.uid !== '' && lease.holder.uid === demand.holder.uid) return true;
  const { addresses, families } = demand;
  return (
    demand.subnets.includes(lease.subnet) &&
    (demand.mac === undefined || demand.mac === lease.mac) &&
    (addresses?.v4 === undefined || addresses.v4 === lease.v4) &&
    (addresses?.v6 === undefined || addresses.v6 === lease.v6) &&
    (families === undefined || (families.includes(4) === (lease.v4 !== undefined) && families.includes(6) === (lease.v6 !== undefined)))
  );
}

/**
 * What is really asked for: an IP object that a user made asks by itself, and decides which addresses its pod gets.
 *
 * @source Kube-OVN: pre-created IP objects reserve an address
 */
export function effectiveDemand(demand: AddressDemand | undefined, entry: IP | undefined): AddressDemand | undefined {
  const reservation = entry === undefined ? undefined : reservationDemand(entry);
  if (reservation === undefined) return demand;
  return demand === undefined ? reservation : { ...reservation, holder: demand.holder, node: demand.node, podType: demand.podType };
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
    podType: spec.podType === 'StatefulSet' ? 'StatefulSet' : '',
  };
}

/** A demand for exactly what a lease has. */
export function pinnedTo(lease: HeldLease): Pick<AddressDemand, 'subnets' | 'addresses' | 'mac'> {
  return { subnets: [lease.subnet], addresses: addressesOf(lease.v4 ?? '', lease.v6 ?? ''), mac: lease.mac };
}

function addressesOf(v4: string, v6: string): { readonly v4?: string; readonly v6?: string } {
  return { ...(v4 === '' ? {} : { v4 }), ...(v6 === '' ? {} : { v6 }) };
}
