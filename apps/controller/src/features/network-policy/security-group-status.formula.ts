/** SecurityGroup and what stands against it → its status. */
import type { Condition, SecurityGroup, SecurityGroupStatus } from '@kube-ovn/api';
import type { Problem } from '@kube-ovn/policy';

/** Status of one group. Conditions are an addition to Kube-OVN's fields. @source Kube-OVN SecurityGroup.status */
export function securityGroupStatus({ metadata, spec }: SecurityGroup, problems: readonly Problem[]): SecurityGroupStatus {
  const isSound = problems.length === 0;
  const validated: Condition = {
    type: 'Validated',
    status: isSound ? 'True' : 'False',
    reason: isSound ? 'ValidateSecurityGroupSuccess' : validateSecurityGroupFailed,
    message: groupProblemsText(problems),
    observedGeneration: metadata.generation ?? 0,
  };
  // What is wrong with neither list of rules is wrong with the whole group.
  const hasProblemsOnlyIn = (rules: string): boolean => problems.every(({ field }) => field.startsWith(`spec.${rules}`));
  return {
    conditions: [validated],
    allowSameGroupTraffic: spec?.allowSameGroupTraffic === true,
    ingressLastSyncSuccess: hasProblemsOnlyIn('egressRules'),
    egressLastSyncSuccess: hasProblemsOnlyIn('ingressRules'),
  };
}

/** Reason of the condition and of the event. */
export const validateSecurityGroupFailed = 'ValidateSecurityGroupFailed';

/** All problems in one line. */
export function groupProblemsText(problems: readonly Problem[]): string {
  return problems.map(({ message }) => message).join('; ');
}
