/** The address fields of a Subnet, by way of the allocator's own reading of them: what it accepts is what we accept. */
import type { Problem, SubnetSpec } from '@kube-ovn/api';
import { normaliseSubnet, parsePrefix, type Prefix } from '@kube-ovn/ipam';
import { problem, type ProblemCode } from './problem.ts';

/** One family of a Subnet. */
export interface AddressBlock {
  readonly prefix: Prefix;
  /** Canonical text, host bits masked off. */
  readonly cidr: string;
  readonly gateway: string;
}

export type AddressesReading =
  | {
      readonly ok: true;
      readonly protocol: 'IPv4' | 'IPv6' | 'Dual';
      readonly blocks: readonly AddressBlock[];
      readonly excludeIps: readonly string[];
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const places: Readonly<Record<string, { readonly code: ProblemCode; readonly field: string }>> = {
  cidr: { code: 'SUBNET_BAD_CIDR', field: 'spec.cidrBlock' },
  gateway: { code: 'SUBNET_BAD_GATEWAY', field: 'spec.gateway' },
  exclude: { code: 'SUBNET_BAD_EXCLUDE_IPS', field: 'spec.excludeIps' },
};

/** Blocks, gateways and exclusions, completed and in canonical text. @source Kube-OVN Subnet.spec.cidrBlock, gateway, excludeIps */
export function readAddresses(name: string, spec: SubnetSpec): AddressesReading {
  const object = `Subnet ${name}`;
  const normal = normaliseSubnet({ name, cidr: spec.cidrBlock ?? '', gateway: spec.gateway, exclude: spec.excludeIps });
  if (!normal.ok) {
    const problems = normal.problems.map(({ field, value, hint }) => {
      const place = places[field] ?? { code: 'SUBNET_BAD_FIELD' as const, field: `spec.${field}` };
      return problem(place.code, { object, field: place.field, value, what: 'can not be used', hint });
    });
    return { ok: false, problems };
  }
  const { cidr, gateway, protocol, exclude } = normal.value;
  if (protocol === 'Mac') {
    const hint = 'write an IPv4 block, an IPv6 block or both, such as 10.17.0.0/16,fd00:10:17::/64';
    return { ok: false, problems: [problem('SUBNET_BAD_CIDR', { object, field: 'spec.cidrBlock', value: '', what: 'is empty', hint })] };
  }
  const gateways = gateway.split(',');
  const blocks = cidr.split(',').map((text, index) => ({ prefix: parsePrefix(text), cidr: text, gateway: gateways[index] ?? '' }));
  return { ok: true, protocol, blocks, excludeIps: exclude };
}
