/**
 * What was done for an interface → its annotation `bandwidth` and the events that tell of it.
 */
import type { LimitedEnd, Limits } from './limits.formula.ts';

/** How one direction stands. */
export type Outcome =
  | { readonly state: 'none' }
  | {
      readonly state: 'in force';
      readonly disturbance?: { readonly isRefused: false } | { readonly isRefused: true; readonly reason: string };
    }
  /** What is asked for can not be read, and an earlier limit stays, in Mbit/s. */
  | { readonly state: 'kept'; readonly mbit: number }
  | { readonly state: 'refused'; readonly reason: string };

/** What is told. */
export interface Told {
  /** Value of the annotation; undefined: nothing limits, and nothing was asked for. */
  readonly text: string | undefined;
  /** One each, for what is not as its author wants it. */
  readonly warnings: readonly string[];
}

/** Put it into words. */
export function tell(limits: Limits, outcomes: { readonly ingress: Outcome; readonly egress: Outcome }): Told {
  const directions = (['ingress', 'egress'] as const).map((direction) => ({
    direction,
    end: limits[direction],
    outcome: outcomes[direction],
  }));
  const { kind, namespace, name } = limits.object;
  const object = `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
  const parts = directions.flatMap(({ direction, end, outcome }) => describe(direction, end, outcome));
  const refusals = directions.flatMap(({ direction, end, outcome }) => refusal(`${object}: ${limits.provider} ${direction}`, end, outcome));
  const kept = directions.some(({ outcome }) => outcome.state === 'kept') ? '; the limit in force stays' : '';
  return {
    text: parts.length === 0 ? undefined : parts.join('; '),
    warnings: [...limits.problems.map(({ message }) => message + kept), ...refusals],
  };
}

function describe(direction: string, end: LimitedEnd, outcome: Outcome): readonly string[] {
  switch (outcome.state) {
    case 'none':
      return [];
    case 'kept':
      return [`${direction} ${outcome.mbit} Mbit/s as before, by ${end.means ?? 'tbf'} on ${end.place}`];
    case 'refused':
      return [`${direction} NOT LIMITED: ${outcome.reason}`];
    case 'in force': {
      const rate = end.mbit === undefined ? [] : [`${direction} ${end.mbit} Mbit/s by ${end.means ?? 'tbf'} on ${end.place}`];
      if (outcome.disturbance === undefined) return rate;
      return [...rate, `${direction} delay and loss ${outcome.disturbance.isRefused ? 'NOT IN FORCE' : `by netem on ${end.place}`}`];
    }
  }
}

function refusal(where: string, end: LimitedEnd, outcome: Outcome): readonly string[] {
  if (outcome.state === 'refused') return [`${where} of ${end.mbit ?? 0} Mbit/s is not in force: ${outcome.reason}`];
  if (outcome.state === 'in force' && outcome.disturbance?.isRefused === true) {
    const { latencyMs = 0, jitterMs = 0, lossPercent = 0, limitPackets = 0 } = end.shape?.disturbance ?? {};
    const asked = `latency ${latencyMs}, jitter ${jitterMs}, loss ${lossPercent}, limit ${limitPackets}`;
    return [`${where} ${asked} is not in force: ${outcome.disturbance.reason}`];
  }
  return [];
}
