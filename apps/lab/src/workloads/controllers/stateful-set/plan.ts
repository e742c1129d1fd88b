/**
 * StatefulSet: pods with stable names, made in order, removed and updated in reverse order.
 *
 * volumeClaimTemplates are not served (the lab has no storage): the set runs without volumes and says so in an event.
 *
 * @source Kubernetes pkg/controller/statefulset stateful_set_control.go (behaviour)
 */
import { deletion, type Action, type Plan } from '../../shared/action.ts';
import { kinds, type ControllerRevision, type Pod, type StatefulSet } from '../../shared/objects.ts';
import { claim } from '../../shared/ownership.ts';
import { isActive, isAvailable, isFinished, isReady } from '../../shared/pods.ts';
import { statusChange } from '../../shared/status.ts';
import type { Time } from '../../shared/time.ts';
import { draftOf, firstOrdinal, ordinalOf, revisionOf } from './identity.ts';
import { reviseHistory, type Revisions } from './revisions.ts';

/** What the decision rests on. */
export interface StatefulSetObserved {
  readonly set: StatefulSet;
  /** Pods that it controls, and orphans of its namespace. */
  readonly candidates: readonly Pod[];
  /** ControllerRevisions that it controls. */
  readonly revisions: readonly ControllerRevision[];
  readonly time: Time;
}

interface Round {
  readonly set: StatefulSet;
  readonly revisions: Revisions;
  readonly time: Time;
  /** Wanted ordinals, ascending, with the pod that is there. */
  readonly replicas: readonly { readonly ordinal: number; readonly pod: Pod | undefined }[];
  /** Pods beyond the wanted number, highest ordinal first. */
  readonly condemned: readonly Pod[];
}

/** Create, remove or update at most what order allows now. */
export function planStatefulSet(observed: StatefulSetObserved): Plan {
  const { set, time } = observed;
  const { owned, actions } = claim(
    { owner: set, ownerResource: kinds.statefulSet, selector: set.spec?.selector, resource: kinds.pod },
    observed.candidates,
  );
  if (set.metadata.deletionTimestamp !== undefined) return actions;
  const used = new Set(owned.flatMap((pod) => revisionOf(pod) ?? []));
  const revisions = reviseHistory(set, observed.revisions, used);
  const round = arrange(set, revisions, { owned, time });
  return [
    ...actions,
    ...revisions.actions,
    ...volumeWarning(round),
    ...step(round),
    ...statusChange(kinds.statefulSet, set, statusOf(round, owned)),
  ];
}

function arrange(set: StatefulSet, revisions: Revisions, { owned, time }: { readonly owned: readonly Pod[]; readonly time: Time }): Round {
  const byOrdinal = new Map(
    owned.flatMap((pod) => {
      const ordinal = ordinalOf(set, pod);
      return ordinal === undefined ? [] : [[ordinal, pod] as const];
    }),
  );
  const start = firstOrdinal(set);
  const replicas = Array.from({ length: set.spec?.replicas ?? 1 }, (_, index) => ({
    ordinal: start + index,
    pod: byOrdinal.get(start + index),
  }));
  const wanted = new Set(replicas.map(({ ordinal }) => ordinal));
  const condemned = [...byOrdinal]
    .filter(([ordinal]) => !wanted.has(ordinal))
    .toSorted(([left], [right]) => right - left)
    .map(([, pod]) => pod);
  return { set, revisions, time, replicas, condemned };
}

function isHealthy(round: Round, pod: Pod): boolean {
  return pod.metadata.deletionTimestamp === undefined && isAvailable(pod, round.set.spec?.minReadySeconds ?? 0, round.time);
}

function step(round: Round): readonly Action[] {
  return round.set.spec?.podManagementPolicy === 'Parallel' ? parallelStep(round) : orderedStep(round);
}

/** All that is missing and all that is too much at once; updates still go one by one. */
function parallelStep(round: Round): readonly Action[] {
  const creations = round.replicas.flatMap(({ ordinal, pod }): readonly Action[] => {
    if (pod === undefined) return [creation(round, ordinal)];
    return needsReplacement(pod) ? [deletion(kinds.pod, pod)] : [];
  });
  const removals = round.condemned.filter((pod) => pod.metadata.deletionTimestamp === undefined).map((pod) => deletion(kinds.pod, pod));
  return creations.length + removals.length > 0 ? [...creations, ...removals] : updateStep(round);
}

/** The first pod, in order, that is not as it should be decides; nothing after it is touched. */
function orderedStep(round: Round): readonly Action[] {
  for (const { ordinal, pod } of round.replicas) {
    if (pod === undefined) return [creation(round, ordinal)];
    if (needsReplacement(pod)) return [deletion(kinds.pod, pod)];
    if (!isHealthy(round, pod)) return isOutdated(round, ordinal, pod) ? updateStep(round) : [];
  }
  const [last] = round.condemned;
  if (last === undefined) return updateStep(round);
  return last.metadata.deletionTimestamp === undefined ? [deletion(kinds.pod, last)] : [];
}

/** A finished pod never comes back by itself. */
function needsReplacement(pod: Pod): boolean {
  return isFinished(pod) && pod.metadata.deletionTimestamp === undefined;
}

function creation(round: Round, ordinal: number): Action {
  const { update, current } = round.revisions;
  const revision = ordinal - firstOrdinal(round.set) < partitionOf(round.set) ? current : update;
  return { do: 'create', resource: kinds.pod, object: draftOf(round.set, ordinal, revision) };
}

function partitionOf(set: StatefulSet): number {
  return set.spec?.updateStrategy?.rollingUpdate?.partition ?? 0;
}

function isOutdated(round: Round, ordinal: number, pod: Pod): boolean {
  const { set, revisions } = round;
  return (
    set.spec?.updateStrategy?.type !== 'OnDelete' &&
    ordinal - firstOrdinal(set) >= partitionOf(set) &&
    revisionOf(pod) !== revisions.update.metadata.name
  );
}

/** From the highest ordinal down to the partition: replace one, wait until it is healthy, go on. */
function updateStep(round: Round): readonly Action[] {
  for (const { ordinal, pod } of round.replicas.toReversed()) {
    if (pod === undefined || ordinal - firstOrdinal(round.set) < partitionOf(round.set)) return [];
    if (isOutdated(round, ordinal, pod)) return pod.metadata.deletionTimestamp === undefined ? [deletion(kinds.pod, pod)] : [];
    if (!isHealthy(round, pod)) return [];
  }
  return [];
}

function statusOf(round: Round, owned: readonly Pod[]): object {
  const { set, revisions, time } = round;
  const active = owned.filter(isActive);
  const of = (revision: ControllerRevision): number => active.filter((pod) => revisionOf(pod) === revision.metadata.name).length;
  const ready = active.filter(isReady).length;
  const updated = of(revisions.update);
  const wanted = set.spec?.replicas ?? 1;
  const isComplete = updated === wanted && ready === wanted && active.length === wanted;
  const current = isComplete ? revisions.update : revisions.current;
  return {
    observedGeneration: set.metadata.generation ?? 0,
    replicas: active.length,
    readyReplicas: ready,
    availableReplicas: active.filter((pod) => isAvailable(pod, set.spec?.minReadySeconds ?? 0, time)).length,
    currentReplicas: of(current),
    updatedReplicas: updated,
    currentRevision: current.metadata.name,
    updateRevision: revisions.update.metadata.name,
    collisionCount: 0,
  };
}

/** Said once, when the first status is written. */
function volumeWarning({ set }: Round): readonly Action[] {
  const templates = set.spec?.volumeClaimTemplates ?? [];
  if (templates.length === 0 || set.status?.observedGeneration === set.metadata.generation) return [];
  const names = templates.map((template) => template.metadata.name).join(', ');
  const message = `spec.volumeClaimTemplates (${names}) are not served: this cluster has no storage; pods run without these volumes`;
  return [{ do: 'event', about: set, type: 'Warning', reason: 'VolumeClaimTemplatesIgnored', message }];
}
