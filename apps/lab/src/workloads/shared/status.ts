/** Statuses and conditions: written only when they differ. */
import type { KubeObject, Resource } from '@kube-ovn/api';
import { statusPatch, type Action } from './action.ts';
import { canonical } from './hash.ts';
import type { WorkloadCondition } from './objects.ts';
import { timestamp } from './time.ts';

/** Patch the status where it differs from what is observed; nothing when it does not. */
export function statusChange(
  resource: Resource<unknown>,
  object: KubeObject & { readonly status?: object },
  wanted: object,
): readonly Action[] {
  const observed: Readonly<Record<string, unknown>> = { ...object.status };
  const different = Object.entries(wanted).filter(([key, value]) => canonical(observed[key]) !== canonical(value));
  return different.length === 0 ? [] : [statusPatch(resource, object, Object.fromEntries(different))];
}

/** What a condition says. */
export type ConditionClaim = Pick<WorkloadCondition, 'type' | 'status'> & { readonly reason: string; readonly message: string };

/**
 * The conditions with one of them set; the same list when it says so already.
 *
 * @source apps/v1 DeploymentCondition: lastTransitionTime moves with the status, lastUpdateTime with any change
 */
export function conditionsWith(conditions: readonly WorkloadCondition[], claim: ConditionClaim, now: number): readonly WorkloadCondition[] {
  const old = conditions.find((condition) => condition.type === claim.type);
  if (old !== undefined && old.status === claim.status && old.reason === claim.reason && old.message === claim.message) return conditions;
  const time = timestamp(now);
  const next: WorkloadCondition = {
    ...claim,
    lastUpdateTime: time,
    lastTransitionTime: old?.status === claim.status ? (old.lastTransitionTime ?? time) : time,
  };
  return old === undefined ? [...conditions, next] : conditions.map((condition) => (condition === old ? next : condition));
}
