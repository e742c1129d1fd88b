/** Subnet.spec.acls → rules that OVN can hold, or the problems that keep the spec from being used. */
import type { Problem, SubnetSpec } from '@kube-ovn/api';
import { isMatchText, matchHint } from './match-text.ts';
import { problem } from './problem.ts';

/** One rule of a user on the logical switch. @source Kube-OVN Subnet.spec.acls; OVN_Northbound ACL */
export interface SubnetAcl {
  readonly direction: 'from-lport' | 'to-lport';
  readonly priority: number;
  readonly match: string;
  readonly action: (typeof actions)[number];
}

const actions = ['allow', 'allow-related', 'allow-stateless', 'drop', 'reject'] as const;
const directions = ['from-lport', 'to-lport'] as const;
const maxPriority = 32_767;
/** The spec in force is kept in an annotation, of which an object may have 256 KiB in all. */
const maxTotalLength = 65_536;

/**
 * Read the rules. A rule that can not be used makes the whole spec unusable: leaving out one rule could let through what the others
 * rely on being dropped.
 */
export function readAcls(object: string, spec: SubnetSpec): { readonly acls: readonly SubnetAcl[]; readonly problems: readonly Problem[] } {
  const acls: SubnetAcl[] = [];
  const problems: Problem[] = [];
  const total = JSON.stringify(spec.acls ?? []).length;
  if (total > maxTotalLength) {
    const hint = `use at most ${maxTotalLength} characters for all rules; put addresses into fewer, wider expressions`;
    return {
      acls,
      problems: [problem('SUBNET_BAD_FIELD', { object, field: 'spec.acls', value: `${total} characters`, what: 'are too many', hint })],
    };
  }
  for (const [index, rule] of (spec.acls ?? []).entries()) {
    const bad = (field: string, value: string, what: string, hint: string): void => {
      problems.push(problem('SUBNET_BAD_FIELD', { object, field: `spec.acls[${index}].${field}`, value, what, hint }));
    };
    const direction = directions.find((one) => one === rule.direction);
    const action = actions.find((one) => one === rule.action);
    const { priority } = rule;
    const { match } = rule;
    const isPriority = priority !== undefined && Number.isInteger(priority) && priority >= 0 && priority <= maxPriority;
    const isMatch = isMatchText(match);
    if (direction === undefined) bad('direction', rule.direction ?? '', 'is no direction', `use ${directions.join(' or ')}`);
    if (action === undefined) bad('action', rule.action ?? '', 'is no action of a switch rule', `use one of ${actions.join(', ')}`);
    if (!isPriority) bad('priority', String(priority ?? ''), 'is no priority', `use a whole number from 0 to ${maxPriority}`);
    if (!isMatch) bad('match', typeof match === 'string' ? match : '', 'is no match expression', matchHint);
    if (direction !== undefined && action !== undefined && isPriority && isMatch) acls.push({ direction, priority, match, action });
  }
  return { acls, problems };
}
