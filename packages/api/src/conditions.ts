/**
 * Conditions of a status: at most one of each type, and unchanged ones keep their identity so that nothing is written.
 */
import type { Condition } from './schema/condition.ts';

/** What a condition says; times are added when it is stored. */
export interface ConditionState {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
}

/**
 * The conditions with one of them set.
 *
 * @param nowIso current time, RFC 3339
 * @param generation metadata.generation of the object that the condition speaks of
 * @returns `conditions` itself when it says so already
 * @source Kubernetes API conventions, "Typical status properties": lastTransitionTime moves with the status alone
 */
export function withCondition(
  conditions: readonly Condition[],
  state: ConditionState,
  nowIso: string,
  generation: number,
): readonly Condition[] {
  const { type, status, reason, message } = state;
  const old = conditions.find((condition) => condition.type === type);
  if (old?.status === status && old.reason === reason && old.message === message && old.observedGeneration === generation)
    return conditions;
  const lastTransitionTime = old?.status === status ? (old.lastTransitionTime ?? nowIso) : nowIso;
  const next: Condition = { type, status, reason, message, lastUpdateTime: nowIso, lastTransitionTime, observedGeneration: generation };
  return old === undefined ? [...conditions, next] : conditions.map((condition) => (condition === old ? next : condition));
}

/** The conditions without those of a type. */
export function withoutCondition(conditions: readonly Condition[], type: string): readonly Condition[] {
  return conditions.some((condition) => condition.type === type) ? conditions.filter((condition) => condition.type !== type) : conditions;
}

/** True when the condition of this type says True. */
export function isConditionTrue(
  conditions: readonly { readonly type: string; readonly status?: string }[] | undefined,
  type: string,
): boolean {
  return conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;
}
