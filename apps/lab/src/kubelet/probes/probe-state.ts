/** Counting of probe results: pure. @source Kubernetes core/v1 Probe.successThreshold, failureThreshold */
import type { Probe } from '../pod/types.ts';

export interface ProbeState {
  readonly verdict: boolean;
  readonly successes: number;
  readonly failures: number;
}

/** Thresholds with their defaults. */
export interface Thresholds {
  readonly success: number;
  readonly failure: number;
}

export function thresholdsOf(probe: Probe): Thresholds {
  return { success: Math.max(1, probe.successThreshold ?? 1), failure: Math.max(1, probe.failureThreshold ?? 3) };
}

/** Before the first result a liveness probe stands at success, a readiness and a startup probe at failure. */
export function initialState(verdict: boolean): ProbeState {
  return { verdict, successes: 0, failures: 0 };
}

/** Count one result; the verdict changes when its threshold is reached. */
export function countResult(state: ProbeState, isSuccess: boolean, thresholds: Thresholds): ProbeState {
  const successes = isSuccess ? state.successes + 1 : 0;
  const failures = isSuccess ? 0 : state.failures + 1;
  const verdict = isSuccess ? state.verdict || successes >= thresholds.success : state.verdict && failures < thresholds.failure;
  return { verdict, successes, failures };
}
