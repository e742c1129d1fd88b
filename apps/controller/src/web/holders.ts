/** Who has addresses of a Subnet: interfaces, and what has an address and no interface. Pure. */
import type { Facts } from './facts.ts';

export interface Holder {
  readonly addresses: readonly string[];
  readonly mac: string;
  /** Pod, machine or node of an interface. */
  readonly workload: string;
  readonly node: string;
  /** Kind and name of what the address is written down in. */
  readonly object: string;
}

export function holdersOf(subnet: string, { ips, vips, eips }: Pick<Facts, 'ips' | 'vips' | 'eips'>): readonly Holder[] {
  return [
    ...ips
      .filter(({ spec }) => spec.subnet === subnet)
      .map(({ metadata, spec }): Holder => {
        const { namespace = '', podName = '' } = spec;
        return {
          addresses: given(spec.v4IpAddress, spec.v6IpAddress),
          mac: spec.macAddress ?? '',
          workload: namespace === '' ? podName : `${namespace}/${podName}`,
          node: spec.nodeName ?? '',
          object: `IP ${metadata.name}`,
        };
      }),
    ...vips
      .filter(({ spec }) => spec.subnet === subnet)
      .map(({ metadata, status }) => withoutInterface(`Vip ${metadata.name}`, given(status?.v4ip, status?.v6ip), status?.mac)),
    ...eips
      .filter(({ spec }) => spec.externalSubnet === subnet)
      .map(({ metadata, status }) => withoutInterface(`OvnEip ${metadata.name}`, given(status?.v4Ip, status?.v6Ip), status?.macAddress)),
  ];
}

function withoutInterface(object: string, addresses: readonly string[], mac = ''): Holder {
  return { addresses, mac, workload: '', node: '', object };
}

function given(...addresses: readonly (string | undefined)[]): readonly string[] {
  return addresses.flatMap((address) => (address === undefined || address === '' ? [] : [address]));
}
