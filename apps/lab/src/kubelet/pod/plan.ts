/**
 * What is to be done for a pod now: a function of its object, of what is observed on the node, and of the time.
 * The worker does the actions and asks again; nobody remembers steps.
 */
import type { ObservedContainer, ObservedPod } from './observed.ts';
import type { ContainerSpec, PodObject, RestartPolicy } from './types.ts';

export type PodAction =
  | { readonly do: 'create-sandbox' }
  | { readonly do: 'remove-sandbox' }
  | { readonly do: 'start-container'; readonly container: ContainerSpec; readonly isInit: boolean }
  | { readonly do: 'stop-container'; readonly name: string; readonly killAtMs: number; readonly cause: string }
  /** nothing of the pod is left on the node: its object may go */
  | { readonly do: 'finish' };

export interface PodPlan {
  readonly actions: readonly PodAction[];
  /** ask again at this time, though nothing has changed */
  readonly wakeAtMs: number | undefined;
}

export interface PlanInput {
  /** undefined: the object is gone */
  readonly pod: PodObject;
  readonly isGone: boolean;
  readonly observed: ObservedPod;
  readonly isNetworkReady: boolean;
  readonly nowMs: number;
}

const NOTHING: PodPlan = { actions: [], wakeAtMs: undefined };
const DEFAULT_GRACE_S = 30;

/** Decide what to do for a pod. */
export function planPod(input: PlanInput): PodPlan {
  const { pod, observed, isGone } = input;
  if (isGone || pod.metadata.deletionTimestamp !== undefined) return planTermination(input);
  if (isFinished(pod, observed)) return observed.sandbox.state === 'ready' ? just({ do: 'remove-sandbox' }) : NOTHING;
  if (observed.sandbox.state === 'none')
    return pod.spec.hostNetwork === true || input.isNetworkReady ? just({ do: 'create-sandbox' }) : NOTHING;
  if (observed.sandbox.state === 'failed') {
    return observed.sandbox.retryAtMs <= input.nowMs
      ? just({ do: 'create-sandbox' })
      : { actions: [], wakeAtMs: observed.sandbox.retryAtMs };
  }
  return planContainers(input);
}

function just(...actions: PodAction[]): PodPlan {
  return { actions, wakeAtMs: undefined };
}

function planTermination({ pod, isGone, observed, nowMs }: PlanInput): PodPlan {
  const graceS = isGone ? 0 : (pod.metadata.deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_S);
  const killAtMs = nowMs + graceS * 1000;
  const running = [...observed.containers].filter(([, { now }]) => now.state === 'running');
  if (running.length > 0) {
    // Asked once, and once more only when the time has become shorter: a second delete, or the object gone.
    const toStop = running.filter(([, { now }]) => now.state === 'running' && (now.killAtMs === undefined || killAtMs < now.killAtMs));
    return just(...toStop.map(([name]): PodAction => ({ do: 'stop-container', name, killAtMs, cause: 'Killing' })));
  }
  return observed.sandbox.state === 'none' ? just({ do: 'finish' }) : just({ do: 'remove-sandbox' });
}

function planContainers({ pod, observed, nowMs }: PlanInput): PodPlan {
  const policy = pod.spec.restartPolicy ?? 'Always';
  // Init containers run one after the other, each to its success; they are retried unless nothing is.
  for (const container of pod.spec.initContainers ?? []) {
    const seen = observed.containers.get(container.name);
    if (seen?.now.state === 'terminated' && seen.now.exitCode === 0) continue;
    return planOne({ container, seen, nowMs, isInit: true, policy: policy === 'Always' ? 'OnFailure' : policy });
  }
  const plans = pod.spec.containers.map((container) =>
    planOne({ container, seen: observed.containers.get(container.name), nowMs, isInit: false, policy }),
  );
  const wakes = plans.map(({ wakeAtMs }) => wakeAtMs).filter((wake) => wake !== undefined);
  return { actions: plans.flatMap(({ actions }) => actions), wakeAtMs: wakes.length > 0 ? Math.min(...wakes) : undefined };
}

interface OneContainer {
  readonly container: ContainerSpec;
  readonly seen: ObservedContainer | undefined;
  readonly nowMs: number;
  readonly isInit: boolean;
  readonly policy: RestartPolicy;
}

function planOne({ container, seen, nowMs, isInit, policy }: OneContainer): PodPlan {
  const start: PodAction = { do: 'start-container', container, isInit };
  if (seen === undefined) return just(start);
  const { now } = seen;
  if (now.state === 'running') {
    return now.unhealthy !== undefined && now.killAtMs === undefined
      ? just({ do: 'stop-container', name: container.name, killAtMs: nowMs + DEFAULT_GRACE_S * 1000, cause: now.unhealthy })
      : NOTHING;
  }
  if (now.state === 'terminated' && !restarts(policy, now.exitCode)) return NOTHING;
  return seen.restartAtMs <= nowMs ? just(start) : { actions: [], wakeAtMs: seen.restartAtMs };
}

/** Whether a container that ended with this code is started again. @source Kubernetes PodSpec.restartPolicy */
export function restarts(policy: RestartPolicy, exitCode: number): boolean {
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}

/** Whether every container has ended for good, or an init container has failed for good. */
export function isFinished(pod: PodObject, observed: ObservedPod): boolean {
  const policy = pod.spec.restartPolicy ?? 'Always';
  if (policy === 'Always') return false;
  const endedForGood = ({ name }: ContainerSpec): boolean => {
    const now = observed.containers.get(name)?.now;
    return now?.state === 'terminated' && !restarts(policy, now.exitCode);
  };
  const failedInit = (pod.spec.initContainers ?? []).some((container) => {
    const now = observed.containers.get(container.name)?.now;
    return now?.state === 'terminated' && now.exitCode !== 0 && endedForGood(container);
  });
  return failedInit || pod.spec.containers.every(endedForGood);
}

/**
 * Delay before a container is started again, in ms: at once the first time, then 10 s doubling to 5 min; a run of
 * ten minutes starts the count anew. @source kubelet, MaxContainerBackOff and backOffPeriod
 */
export function restartDelayMs(restartCount: number, ranForMs: number): number {
  if (ranForMs >= 600_000 || restartCount === 0) return 0;
  return Math.min(10_000 * 2 ** (restartCount - 1), 300_000);
}

/** Delay before a sandbox is tried again after this many failures, in ms: 0.5 s doubling to 10 s. */
export function sandboxRetryDelayMs(attempts: number): number {
  return Math.min(500 * 2 ** Math.min(attempts - 1, 10), 10_000);
}
