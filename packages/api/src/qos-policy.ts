/**
 * QoSPolicy → the rates that it states for pods, or why it can not be in force.
 *
 * @source Kube-OVN QoSPolicy.spec: rateMax in Mbit/s, burstMax in MB
 */
import { MAX_RATE_MBIT } from './annotations/bandwidth.ts';
import type { QoSPolicy } from './crds/qos-policy.ts';
import { describeObject, problem, type Reading } from './problem.ts';

/** A limit of one direction. */
export interface Rate {
  /** Mbit/s; 0: no limit. */
  readonly mbit: number;
  /** Mbit; left out: a tenth of a second of the rate. */
  readonly burstMbit?: number;
}

/** What a QoSPolicy states, as a pod sees the directions. */
export interface PolicyRates {
  readonly ingress?: Rate;
  readonly egress?: Rate;
}

const MBIT_OF_MB = 8;
const MAX_BURST_MB = MAX_RATE_MBIT / MBIT_OF_MB;

/** Read one. Limits of gateways and of their addresses are refused: no gateway of ours carries them out. */
export function readQosPolicy(policy: QoSPolicy): Reading<PolicyRates> {
  const { bindingType, shared, bandwidthLimitRules: rules = [] } = policy.spec ?? {};
  const refuse = (field: string, value: unknown, hint: string): Reading<never> => ({
    ok: false,
    problem: problem({
      code: 'API_BAD_FIELD',
      object: describeObject(policy, 'QoSPolicy'),
      field: `spec.${field}`,
      value: typeof value === 'string' ? value : JSON.stringify(value ?? ''),
      hint,
    }),
  });
  if (bindingType !== 'POD') {
    const hint = 'limits of a VpcNatGateway and of its addresses are not carried out; write POD and name the policy in qos_policy of pods';
    return refuse('bindingType', bindingType, hint);
  }
  if (shared !== true)
    return refuse('shared', shared ?? false, 'must be true: the pods of a workload share a policy, each with its own rate');
  const rates: { ingress?: Rate; egress?: Rate } = {};
  for (const [index, rule] of rules.entries()) {
    const at = `bandwidthLimitRules[${index}]`;
    const { direction } = rule;
    const mbit = positive(rule.rateMax, MAX_RATE_MBIT);
    const burst = positive(rule.burstMax ?? '0', MAX_BURST_MB);
    if (direction === undefined) return refuse(`${at}.direction`, direction, 'must be ingress or egress');
    if (rates[direction] !== undefined) return refuse(`${at}.direction`, direction, 'must be in one rule alone of a policy for pods');
    if ((rule.matchType ?? '') !== '' || (rule.matchValue ?? '') !== '')
      return refuse(`${at}.matchValue`, rule.matchValue, 'must be empty: a rate of a pod is for all of its packets');
    if ((rule.interface ?? '') !== '')
      return refuse(`${at}.interface`, rule.interface, 'must be empty: the interface is the one whose qos_policy names the policy');
    if (mbit === undefined || mbit === 0) return refuse(`${at}.rateMax`, rule.rateMax, `must be a number of Mbit/s up to ${MAX_RATE_MBIT}`);
    if (burst === undefined) return refuse(`${at}.burstMax`, rule.burstMax, `must be a number of MB up to ${MAX_BURST_MB}`);
    rates[direction] = { mbit, ...(burst === 0 ? {} : { burstMbit: burst * MBIT_OF_MB }) };
  }
  return { ok: true, value: rates };
}

function positive(text: string | undefined, maximum: number): number | undefined {
  const trimmed = (text ?? '').trim();
  const value = Number(trimmed);
  return /^\d{1,9}(?:\.\d{1,6})?$/.test(trimmed) && value <= maximum ? value : undefined;
}
