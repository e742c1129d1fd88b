/** SwitchLBRule and what stands against it → its status, and what its author is told. */
import type { Condition, Problem, SwitchLBRule, SwitchLbRuleInput } from '@kube-ovn/api';
import type { ObjectPatch } from '@kube-ovn/kube';
import type { Notice } from '../feature.ts';
import { problemsText } from '../problems-text.ts';

export interface RuleProgress {
  readonly rule: SwitchLbRuleInput | undefined;
  readonly problems: readonly Problem[];
  /** Addresses that a pod could be given too. */
  readonly unreserved: readonly { readonly address: string; readonly subnet: string }[];
}

/** Type of the condition. An addition to Kube-OVN's API. */
const READY = 'Ready';

/** @source Kube-OVN SwitchLBRule.status: `80/TCP,...` and `namespace/name` */
export function rulePatch({ metadata }: SwitchLBRule, progress: RuleProgress): ObjectPatch {
  const { rule, problems } = progress;
  const isInForce = rule !== undefined && problems.length === 0;
  const ports = rule?.ports.map(({ protocol, port }) => `${port}/${protocol.toUpperCase()}`).join(',') ?? '';
  return {
    status: {
      conditions: [{ ...conditionOf(progress), observedGeneration: metadata.generation ?? 0 }],
      ...(isInForce ? { ports, service: rule.service.key } : { ports: null, service: null }),
    },
  };
}

function conditionOf({ problems, unreserved }: RuleProgress): Condition {
  if (problems.length > 0) return { type: READY, status: 'False', reason: 'ValidateSwitchLBRuleFailed', message: problemsText(problems) };
  const message = unreserved
    .map(
      ({ address, subnet }) =>
        `${address} is reserved by nothing: a pod of Subnet ${subnet} may be given it; make a Vip of type switch_lb_vip`,
    )
    .join(' | ');
  return { type: READY, status: 'True', reason: unreserved.length > 0 ? 'AddressNotReserved' : 'Served', message };
}

/** Told when the condition does not say it yet. */
export function ruleNotice({ metadata, status }: SwitchLBRule, progress: RuleProgress): Notice | undefined {
  const { reason = '', message = '' } = conditionOf(progress);
  const told = status?.conditions?.find(({ type }) => type === READY)?.message ?? '';
  return message === '' || message === told ? undefined : { kind: 'switchLbRule', key: metadata.name, type: 'Warning', reason, message };
}
