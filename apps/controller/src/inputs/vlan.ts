/** Vlan → VlanInput. Whether it can be used beside the others: features/underlay/judge.ts. */
import type { Vlan } from '@kube-ovn/api';

export interface VlanInput {
  readonly name: string;
  /** 0: untagged. */
  readonly id: number;
  /** ProviderNetwork. */
  readonly network: string;
  /** RFC 3339. */
  readonly created: string;
  /** It has been accepted as it stands. */
  readonly isAccepted: boolean;
}

/** The fields' older names count where the present ones are left out. @source Kube-OVN Vlan.spec */
export function readVlan({ metadata, spec, status }: Vlan): VlanInput {
  return {
    name: metadata.name,
    id: spec.id ?? spec.vlanId ?? 0,
    network: spec.provider === '' ? (spec.providerInterfaceName ?? '') : spec.provider,
    created: metadata.creationTimestamp ?? '',
    isAccepted: (status?.conditions ?? []).some(
      (condition) => condition.type === 'Validated' && condition.status === 'True' && condition.observedGeneration === metadata.generation,
    ),
  };
}
