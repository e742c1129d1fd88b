/** How long to wait before the next attempt. */

/** All in milliseconds. */
export interface Backoff {
  /** Wait after the first failure. */
  readonly minMs: number;
  /** Longest wait. */
  readonly maxMs: number;
  /** Growth per failure; default 2. */
  readonly factor?: number;
  /** Random numbers in [0, 1) that spread the waits over the upper half; default: none, waits are exact. */
  readonly random?: () => number;
}

/**
 * The wait after `failures` failures in a row (1 or more), in milliseconds.
 *
 * With `random`, the wait lies between half of the exact one and the exact one, so that many clients do not return as one.
 */
export function backoffMs(backoff: Backoff, failures: number): number {
  const exact = Math.min(backoff.maxMs, backoff.minMs * (backoff.factor ?? 2) ** Math.min(failures - 1, 60));
  return backoff.random === undefined ? exact : exact / 2 + (exact / 2) * backoff.random();
}
