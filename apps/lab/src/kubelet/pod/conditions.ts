/** The conditions that a kubelet keeps on a pod. @source Kubernetes core/v1 PodCondition; kubelet/status/generate.go */
import type { ObservedPod } from './observed.ts';
import { timestamp } from './timestamp.ts';
import type { ContainerStatus, PodCondition, PodObject, PodStatus } from './types.ts';

export interface ConditionsInput {
  readonly pod: PodObject;
  readonly observed: ObservedPod;
  readonly phase: NonNullable<PodStatus['phase']>;
  readonly containerStatuses: readonly ContainerStatus[];
  readonly nowMs: number;
}

/** Types of the conditions that are the kubelet's. */
export const OWN_CONDITIONS: readonly string[] = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady'];

type Draft = Pick<PodCondition, 'type' | 'status' | 'reason' | 'message'>;

/** All conditions of the pod: ours as they are now, everybody else's as they were. */
export function podConditions(input: ConditionsInput): readonly PodCondition[] {
  const before = input.pod.status?.conditions ?? [];
  const drafts = [sandboxCondition(input), initializedCondition(input), readyCondition(input), containersReadyCondition(input)];
  const own = drafts.map((draft): PodCondition => {
    const old = before.find(({ type }) => type === draft.type);
    const lastTransitionTime = old?.status === draft.status ? old.lastTransitionTime : undefined;
    return { ...draft, lastTransitionTime: lastTransitionTime ?? timestamp(input.nowMs) };
  });
  const scheduled = before.find(({ type }) => type === 'PodScheduled') ?? {
    type: 'PodScheduled',
    status: 'True' as const,
    lastTransitionTime: timestamp(input.nowMs),
  };
  const foreign = before.filter(({ type }) => type !== 'PodScheduled' && !drafts.some((draft) => draft.type === type));
  return [...own, scheduled, ...foreign];
}

function sandboxCondition({ observed }: ConditionsInput): Draft {
  return { type: 'PodReadyToStartContainers', status: observed.sandbox.state === 'ready' ? 'True' : 'False' };
}

function initializedCondition({ pod, observed }: ConditionsInput): Draft {
  const open = (pod.spec.initContainers ?? []).filter(({ name }) => {
    const now = observed.containers.get(name)?.now;
    return !(now?.state === 'terminated' && now.exitCode === 0);
  });
  if (open.length === 0) return { type: 'Initialized', status: 'True' };
  return {
    type: 'Initialized',
    status: 'False',
    reason: 'ContainersNotInitialized',
    message: `containers with incomplete status: [${open.map(({ name }) => name).join(' ')}]`,
  };
}

function containersReadyCondition({ phase, containerStatuses }: ConditionsInput): Draft {
  return { type: 'ContainersReady', ...containersReadiness(phase, containerStatuses) };
}

function readyCondition({ pod, phase, containerStatuses }: ConditionsInput): Draft {
  const containers = containersReadiness(phase, containerStatuses);
  if (containers.status !== 'True') return { type: 'Ready', ...containers };
  const missing = (pod.spec.readinessGates ?? []).filter(
    ({ conditionType }) => !(pod.status?.conditions ?? []).some(({ type, status }) => type === conditionType && status === 'True'),
  );
  if (missing.length === 0) return { type: 'Ready', status: 'True' };
  return {
    type: 'Ready',
    status: 'False',
    reason: 'ReadinessGatesNotReady',
    message: `corresponding condition of pod readiness gate "${missing[0]?.conditionType}" does not exist or is not True`,
  };
}

function containersReadiness(phase: ConditionsInput['phase'], statuses: readonly ContainerStatus[]): Omit<Draft, 'type'> {
  if (phase === 'Succeeded') return { status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { status: 'False', reason: 'PodFailed' };
  const unready = statuses.filter(({ ready }) => !ready).map(({ name }) => name);
  if (unready.length === 0) return { status: 'True' };
  return { status: 'False', reason: 'ContainersNotReady', message: `containers with unready status: [${unready.join(' ')}]` };
}
