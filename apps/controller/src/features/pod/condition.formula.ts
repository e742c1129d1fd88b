/**
 * Pod → its condition `ovn.kubernetes.io/NetworkAllocated`, which says why an interface of it has no address.
 *
 * A pod that gets its addresses at once never bears the condition: it would be a second write per pod for nothing.
 */
import type { Problem } from '@kube-ovn/api';
import type { Refusal } from '../../effects/waiting.ts';
import type { PodInput } from '../../inputs/pod.ts';

export interface PodConditionWanted {
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

/** How far a pod's wishes have come. */
export interface PodProgress {
  readonly problems: readonly Problem[];
  /** Every interface that has no problem has its lease. */
  readonly isComplete: boolean;
  /** Of its interfaces, in their order. */
  readonly refusals: readonly Refusal[];
}

/** The condition wanted; undefined when there is nothing to say. @source Kube-OVN event reasons, used as condition reasons */
export function podCondition(pod: PodInput, progress: PodProgress): PodConditionWanted | undefined {
  const { problems, isComplete, refusals } = progress;
  if (problems.length > 0) {
    return { status: 'False', reason: 'ValidatePodNetworkFailed', message: problems.map((problem) => problem.message).join(' | ') };
  }
  if (isComplete) return pod.condition === undefined ? undefined : { status: 'True', reason: 'PodNetworkAllocated', message: '' };
  if (refusals.length === 0) return undefined;
  return { status: 'False', reason: 'AcquireAddressFailed', message: refusals.map((refusal) => refusal.message).join(' | ') };
}
