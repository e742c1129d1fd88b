/** What stands against a policy of administrators → its status. */
import type { AdminPolicyStatus } from '@kube-ovn/api';
import type { Problem } from '@kube-ovn/policy';
import { groupProblemsText } from './security-group-status.formula.ts';

type Condition = Omit<NonNullable<AdminPolicyStatus['conditions']>[number], 'lastTransitionTime'>;

/** Reason of the condition and of the event. */
export const validatePolicyFailed = 'ValidatePolicyFailed';

/**
 * Status of one policy. The API names no types of conditions: ours is that of our own kinds.
 *
 * @source network-policy-api AdminNetworkPolicyStatus.conditions, ClusterNetworkPolicyStatus.conditions; meta/v1 Condition
 */
export function policyStatus(generation: number, problems: readonly Problem[]): { readonly conditions: readonly Condition[] } {
  const isSound = problems.length === 0;
  return {
    conditions: [
      {
        type: 'Validated',
        status: isSound ? 'True' : 'False',
        reason: isSound ? 'ValidatePolicySuccess' : validatePolicyFailed,
        message: groupProblemsText(problems),
        observedGeneration: generation,
      },
    ],
  };
}
