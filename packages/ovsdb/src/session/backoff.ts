/**
 * How long to wait before the next attempt.
 */

/** Bounds in milliseconds. */
export interface BackoffBounds {
  readonly firstMs: number;
  readonly maxMs: number;
}

/**
 * Doubles from `firstMs` to `maxMs`; half of it is by chance, so that many clients of one server do not return together.
 *
 * @param attempt 0 for the first
 * @param random uniform in [0, 1)
 */
export function backoffDelay(attempt: number, bounds: BackoffBounds, random: () => number): number {
  const full = Math.min(bounds.maxMs, bounds.firstMs * 2 ** Math.min(attempt, 30));
  return full / 2 + (full / 2) * random();
}
