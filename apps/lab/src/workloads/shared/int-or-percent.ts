/** A number of pods, or a share of them. */

/**
 * Resolve `3` or `25%` of a total; what is neither counts as 0.
 *
 * @source apimachinery pkg/util/intstr GetScaledValueFromIntOrPercent
 */
export function resolveCount(value: number | string | undefined, total: number, rounding: 'up' | 'down'): number {
  if (typeof value === 'number') return value;
  const share = /^(\d+)%$/.exec(value ?? '')?.[1];
  if (share === undefined) return 0;
  const exact = (Number(share) * total) / 100;
  return rounding === 'up' ? Math.ceil(exact) : Math.floor(exact);
}
