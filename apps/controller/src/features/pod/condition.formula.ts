/**
 * Pod → its condition `ovn.kubernetes.io/NetworkAllocated`, which says why a pod has no address.
 *
 * A pod that gets one at once never bears the condition: it would be a second write per pod for nothing.
 */
import type { Refusal } from '../../effects/waiting.ts';
import type { PodInput } from '../../inputs/pod.ts';

export interface PodConditionWanted {
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

/** The condition wanted; undefined when there is nothing to say. @source Kube-OVN event reasons, used as condition reasons */
export function podCondition(pod: PodInput, hasLease: boolean, refusal: Refusal | undefined): PodConditionWanted | undefined {
  if (hasLease) return pod.condition === undefined ? undefined : { status: 'True', reason: 'PodNetworkAllocated', message: '' };
  if (pod.problems.length > 0) {
    return { status: 'False', reason: 'ValidatePodNetworkFailed', message: pod.problems.map((problem) => problem.message).join(' | ') };
  }
  return refusal === undefined ? undefined : { status: 'False', reason: 'AcquireAddressFailed', message: refusal.message };
}
