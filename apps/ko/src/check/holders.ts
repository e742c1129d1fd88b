/** What holds addresses of a subnet and is counted there: IP objects and Vips. */
import type { Addresses, ClusterFacts } from './facts.ts';

export interface AddressHolder extends Addresses {
  readonly object: string;
  readonly subnet: string;
  /** The way out when its address is not one of the subnet. */
  readonly fix: string;
}

export function holdersOf({ ips, vips }: Pick<ClusterFacts, 'ips' | 'vips'>): readonly AddressHolder[] {
  return [
    ...ips.map((ip) => ({ ...ip, object: `IP ${ip.name}`, fix: 'restart the pod: it is given an address of the subnet as it is now' })),
    ...unlentVips({ ips, vips }).map((vip) => ({
      ...vip,
      object: `Vip ${vip.name}`,
      fix: 'delete the Vip and make it again with an address of the subnet',
    })),
  ];
}

/** Vips whose addresses no pod has as its own; a pod that has others than its Vip counts beside it. */
export function unlentVips({ ips, vips }: Pick<ClusterFacts, 'ips' | 'vips'>): ClusterFacts['vips'] {
  const takers = new Map(ips.flatMap((ip) => (ip.lender === undefined ? [] : [[ip.lender, ip] as const])));
  return vips.filter((vip) => {
    const taker = takers.get(vip.name);
    return taker === undefined || taker.v4 !== vip.v4 || taker.v6 !== vip.v6;
  });
}
