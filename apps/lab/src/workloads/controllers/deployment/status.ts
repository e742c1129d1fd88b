/** What a Deployment says of itself. @source Kubernetes pkg/controller/deployment/sync.go, progress.go (behaviour) */
import type { Action } from '../../shared/action.ts';
import { kinds, type Deployment, type ReplicaSet, type WorkloadCondition } from '../../shared/objects.ts';
import { conditionsWith, statusChange, type ConditionClaim } from '../../shared/status.ts';
import { timestamp, type Time } from '../../shared/time.ts';
import { rolloutBounds, sizeOf } from './rollout.ts';

/** What the status rests on. */
export interface StatusInput {
  readonly deployment: Deployment;
  readonly newest: ReplicaSet | undefined;
  readonly all: readonly ReplicaSet[];
  readonly time: Time;
}

interface Counts {
  readonly replicas: number;
  readonly updatedReplicas: number;
  readonly readyReplicas: number;
  readonly availableReplicas: number;
  readonly unavailableReplicas: number;
}

/** Patch the status where it differs. */
export function deploymentStatus(input: StatusInput): readonly Action[] {
  const { deployment } = input;
  const counts = count(input);
  const conditions = withProgress(withAvailability(deployment.status?.conditions ?? [], counts, input), counts, input);
  return statusChange(kinds.deployment, deployment, { observedGeneration: deployment.metadata.generation ?? 0, ...counts, conditions });
}

function count({ newest, all }: StatusInput): Counts {
  const sum = (field: 'replicas' | 'readyReplicas' | 'availableReplicas'): number =>
    all.reduce((total, { status }) => total + (status?.[field] ?? 0), 0);
  const wanted = all.reduce((total, replicaSet) => total + sizeOf(replicaSet), 0);
  return {
    replicas: sum('replicas'),
    updatedReplicas: newest?.status?.replicas ?? 0,
    readyReplicas: sum('readyReplicas'),
    availableReplicas: sum('availableReplicas'),
    unavailableReplicas: Math.max(0, wanted - sum('availableReplicas')),
  };
}

type Conditions = readonly WorkloadCondition[];

function withAvailability(conditions: Conditions, counts: Counts, { deployment, time }: StatusInput): Conditions {
  const minimum = (deployment.spec?.replicas ?? 1) - rolloutBounds(deployment).unavailable;
  const claim: ConditionClaim =
    counts.availableReplicas >= minimum
      ? { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable', message: 'Deployment has minimum availability.' }
      : {
          type: 'Available',
          status: 'False',
          reason: 'MinimumReplicasUnavailable',
          message: 'Deployment does not have minimum availability.',
        };
  return conditionsWith(conditions, claim, time.now());
}

function withProgress(conditions: Conditions, counts: Counts, input: StatusInput): Conditions {
  const { deployment, newest, time } = input;
  const old = conditions.find((condition) => condition.type === 'Progressing');
  const isObserved = deployment.status?.observedGeneration === deployment.metadata.generation;
  const { replicas = 1, progressDeadlineSeconds = 600 } = deployment.spec ?? {};
  const isComplete = counts.updatedReplicas === replicas && counts.replicas === replicas && counts.availableReplicas >= replicas;
  const name = `ReplicaSet "${newest?.metadata.name ?? ''}"`;
  if (newest === undefined) return conditions;
  if (isComplete) {
    return conditionsWith(
      conditions,
      { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable', message: `${name} has successfully progressed.` },
      time.now(),
    );
  }
  if (old?.reason === 'NewReplicaSetAvailable' && isObserved && counts.updatedReplicas === replicas) return conditions;
  if (isProgress(counts, deployment) || old === undefined || !isObserved) {
    const claim: ConditionClaim = { type: 'Progressing', status: 'True', reason: 'ReplicaSetUpdated', message: `${name} is progressing.` };
    return touched(conditionsWith(conditions, claim, time.now()), time.now());
  }
  const since = Date.parse(old.lastUpdateTime ?? '');
  if (Number.isNaN(since) || !time.reached(since + progressDeadlineSeconds * 1000)) return conditions;
  return conditionsWith(
    conditions,
    { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: `${name} has timed out progressing.` },
    time.now(),
  );
}

/** More updated, more ready, more available, or fewer old ones than the status says. */
function isProgress(counts: Counts, { status }: Deployment): boolean {
  const old = (counted: number | undefined): number => counted ?? 0;
  return (
    counts.updatedReplicas > old(status?.updatedReplicas) ||
    counts.readyReplicas > old(status?.readyReplicas) ||
    counts.availableReplicas > old(status?.availableReplicas) ||
    counts.replicas - counts.updatedReplicas < old(status?.replicas) - old(status?.updatedReplicas)
  );
}

function touched(conditions: Conditions, now: number): Conditions {
  return conditions.map((condition) => (condition.type === 'Progressing' ? { ...condition, lastUpdateTime: timestamp(now) } : condition));
}
