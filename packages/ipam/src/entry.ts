/**
 * A lease as the allocator keeps it: numbers, no text.
 */
import type { Lease } from './lease.ts';
import { formatMac } from './mac.ts';
import { v4Line, v6Line } from './number-line.ts';
import type { Subnet } from './subnet.ts';

/** One owner's holding. Addresses are packed (number-line.ts). */
export interface Entry {
  readonly owner: string;
  readonly subnet: Subnet;
  readonly v4: number | undefined;
  readonly v6: bigint | undefined;
  readonly mac: number;
  readonly shared: boolean;
  sticky: 'no' | 'active' | 'parked';
}

/** The lease as a caller sees it. */
export function leaseOf(entry: Entry): Lease {
  const { owner, v4, v6, sticky } = entry;
  const lease: Mutable<Lease> = { owner, subnet: entry.subnet.name, mac: formatMac(entry.mac) };
  if (v4 !== undefined) lease.v4 = v4Line.format(v4Line.unpack(v4));
  if (v6 !== undefined) lease.v6 = v6Line.format(v6Line.unpack(v6));
  if (entry.shared) lease.shared = true;
  if (holdsGateway(entry)) lease.allowGateway = true;
  if (sticky !== 'no') lease.sticky = sticky;
  return lease;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function holdsGateway({ subnet, v4, v6 }: Entry): boolean {
  return (v4 !== undefined && v4 === subnet.v4?.gatewayKey) || (v6 !== undefined && v6 === subnet.v6?.gatewayKey);
}
