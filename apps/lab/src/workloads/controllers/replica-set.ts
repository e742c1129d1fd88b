/** ReplicaSet: as many pods of one template as it says. @source Kubernetes pkg/controller/replicaset (behaviour) */
import { deletion, type Action, type Plan } from '../shared/action.ts';
import { kinds, type Pod, type ReplicaSet } from '../shared/objects.ts';
import { claim } from '../shared/ownership.ts';
import { draftPod, isActive, isAvailable, isReady } from '../shared/pods.ts';
import { statusChange } from '../shared/status.ts';
import type { Time } from '../shared/time.ts';

/** Pods made or deleted in one round; the next round follows when their objects are seen. */
const burst = 50;

/** What the decision rests on. */
export interface ReplicaSetObserved {
  readonly replicaSet: ReplicaSet;
  /** Pods that it controls, and orphans of its namespace. */
  readonly candidates: readonly Pod[];
  readonly time: Time;
}

/** Create what is missing, delete what is too many, and say how far it is. */
export function planReplicaSet(observed: ReplicaSetObserved): Plan {
  const { replicaSet, time } = observed;
  const { spec } = replicaSet;
  const { owned, actions } = claim(
    { owner: replicaSet, ownerResource: kinds.replicaSet, selector: spec?.selector, resource: kinds.pod },
    observed.candidates,
  );
  const active = owned.filter(isActive);
  const isGoing = replicaSet.metadata.deletionTimestamp !== undefined;
  return [...actions, ...(isGoing ? [] : scale(replicaSet, active)), ...statusActions(replicaSet, active, time)];
}

function scale(replicaSet: ReplicaSet, active: readonly Pod[]): readonly Action[] {
  const missing = (replicaSet.spec?.replicas ?? 1) - active.length;
  if (missing > 0) {
    const object = draftPod({ owner: replicaSet, ownerResource: kinds.replicaSet, template: replicaSet.spec?.template });
    return Array.from({ length: Math.min(missing, burst) }, () => ({ do: 'create', resource: kinds.pod, object }) as const);
  }
  return victims(active, Math.min(-missing, burst)).map((pod) => deletion(kinds.pod, pod));
}

const phaseRank: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

/**
 * Which pods go first: unscheduled, pending, not ready, cheap by annotation, crowded on their node, young.
 *
 * @source Kubernetes pkg/controller ActivePodsWithRanks
 */
function victims(active: readonly Pod[], count: number): readonly Pod[] {
  if (count <= 0) return [];
  const crowd = new Map<string, number>();
  for (const { spec } of active) if (spec?.nodeName !== undefined) crowd.set(spec.nodeName, (crowd.get(spec.nodeName) ?? 0) + 1);
  const rank = (pod: Pod): readonly number[] => [
    pod.spec?.nodeName === undefined ? 0 : 1,
    phaseRank[pod.status?.phase ?? ''] ?? 1,
    isReady(pod) ? 1 : 0,
    Number(pod.metadata.annotations?.['controller.kubernetes.io/pod-deletion-cost'] ?? 0),
    -(crowd.get(pod.spec?.nodeName ?? '') ?? 0),
    -Date.parse(pod.metadata.creationTimestamp ?? ''),
  ];
  return active
    .toSorted((left, right) => compare(rank(left), rank(right)) || (left.metadata.name < right.metadata.name ? -1 : 1))
    .slice(0, count);
}

function compare(left: readonly number[], right: readonly number[]): number {
  for (const [index, value] of left.entries()) {
    const difference = value - (right[index] ?? 0);
    if (difference !== 0 && !Number.isNaN(difference)) return difference;
  }
  return 0;
}

function statusActions(replicaSet: ReplicaSet, active: readonly Pod[], time: Time): readonly Action[] {
  const labels = Object.entries(replicaSet.spec?.template?.metadata?.labels ?? {});
  const wanted = {
    replicas: active.length,
    fullyLabeledReplicas: active.filter((pod) => labels.every(([key, value]) => pod.metadata.labels?.[key] === value)).length,
    readyReplicas: active.filter(isReady).length,
    availableReplicas: active.filter((pod) => isAvailable(pod, replicaSet.spec?.minReadySeconds ?? 0, time)).length,
    observedGeneration: replicaSet.metadata.generation ?? 0,
  };
  return statusChange(kinds.replicaSet, replicaSet, wanted);
}
