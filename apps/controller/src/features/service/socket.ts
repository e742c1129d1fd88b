/** Addresses and ports as OVN writes them. */
import type { ServiceAddress } from '@kube-ovn/api';
import type { Family } from '@kube-ovn/ipam';

/** @source OVN_Northbound Load_Balancer.vips: `address:port`, with brackets around IPv6 */
export function socket({ family, address }: ServiceAddress, port: number): string {
  return `${bracketed(family, address)}:${port}`;
}

export function bracketed(family: Family, address: string): string {
  return family === 6 ? `[${address}]` : address;
}
