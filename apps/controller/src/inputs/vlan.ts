/** Vlan → VlanInput. Whether it can be used beside the others: features/underlay/judge.ts. */
import { acceptedVlanTag, type Vlan, type VlanTag, vlanTag } from '@kube-ovn/api';

export interface VlanInput extends VlanTag {
  readonly name: string;
  /** RFC 3339. */
  readonly created: string;
  /** It has been accepted as it stands. */
  readonly isAccepted: boolean;
  /** What was accepted last. */
  readonly accepted: VlanTag | undefined;
}

export function readVlan(vlan: Vlan): VlanInput {
  const { metadata, status } = vlan;
  const isAccepted = (status?.conditions ?? []).some(
    (condition) => condition.type === 'Validated' && condition.status === 'True' && condition.observedGeneration === metadata.generation,
  );
  return {
    name: metadata.name,
    ...vlanTag(vlan),
    created: metadata.creationTimestamp ?? '',
    isAccepted,
    accepted: acceptedVlanTag(vlan) ?? (isAccepted ? vlanTag(vlan) : undefined),
  };
}
