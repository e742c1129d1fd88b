/** A lease in the forms that rows and annotations want it. */
import type { Family, Lease } from '@kube-ovn/ipam';
import type { SeenPort } from '../sources/northbound.ts';

/** `mac v4 v6`. @source OVN_Northbound Logical_Switch_Port.addresses: "an Ethernet address followed by IP addresses, separated by spaces" */
export function portAddresses(lease: Lease): string {
  return [lease.mac, lease.v4, lease.v6].filter((part) => part !== undefined).join(' ');
}

/** `v4,v6`, or the one there is. */
export function ipText(lease: Pick<Lease, 'v4' | 'v6'>): string {
  return [lease.v4, lease.v6].filter((part) => part !== undefined).join(',');
}

/** The address of one family. */
export function addressOf(lease: Lease, family: Family): string | undefined {
  return family === 4 ? lease.v4 : lease.v6;
}

/** A value of each family, without the missing ones. */
export function pairOf(v4: string | undefined, v6: string | undefined): { readonly v4?: string; readonly v6?: string } {
  return { ...(v4 === undefined ? {} : { v4 }), ...(v6 === undefined ? {} : { v6 }) };
}

/** Whether OVN has the port of a lease with the lease's addresses. */
export function isPortSeen(port: SeenPort | undefined, lease: Lease): boolean {
  return port?.addresses.includes(portAddresses(lease)) === true;
}
