/**
 * Makes refusals: the code, Kube-OVN's name for it, and a sentence.
 */
import type { IpamErrorCode } from './errors.ts';
import type { Refusal, RefusalReason } from './lease.ts';

const reasons: Partial<Readonly<Record<IpamErrorCode, RefusalReason>>> = {
  IPAM_OUT_OF_RANGE: 'AddressOutOfRange',
  IPAM_CONFLICT: 'AddressConflict',
  IPAM_MAC_CONFLICT: 'AddressConflict',
  IPAM_OWNER_CONFLICT: 'AddressConflict',
  IPAM_EXHAUSTED: 'NoAvailableAddress',
  IPAM_NO_SUBNET: 'NoSubnet',
  IPAM_NO_POOL: 'NoSubnet',
  IPAM_NO_FAMILY: 'InvalidIPFamily',
};

/** Who asks, and from which subnet. */
export interface Asker {
  readonly owner: string;
  readonly subnet: string;
}

export function refuse(
  code: IpamErrorCode,
  asker: Asker,
  why: string,
  details: Omit<Refusal['details'], 'owner' | 'subnet'> = {},
): Refusal {
  const { owner, subnet } = asker;
  return {
    ok: false,
    code,
    reason: reasons[code] ?? 'InvalidRequest',
    message: `no address for ${owner} in subnet ${subnet}: ${why}`,
    details: { owner, subnet, ...details },
  };
}
