/** Vlan → VlanInput. Whether it can be used beside the others: features/underlay/judge.ts. */
import { type Vlan, vlanTag } from '@kube-ovn/api';

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

export function readVlan(vlan: Vlan): VlanInput {
  const { metadata, status } = vlan;
  return {
    name: metadata.name,
    ...vlanTag(vlan),
    created: metadata.creationTimestamp ?? '',
    isAccepted: (status?.conditions ?? []).some(
      (condition) => condition.type === 'Validated' && condition.status === 'True' && condition.observedGeneration === metadata.generation,
    ),
  };
}
