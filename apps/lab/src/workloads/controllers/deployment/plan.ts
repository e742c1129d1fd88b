/** Deployment: one ReplicaSet per template, and the way from the old ones to the newest. @source Kubernetes pkg/controller/deployment (behaviour) */
import { controllerReference, deletion, type Action, type Plan } from '../../shared/action.ts';
import { keyOf, kinds, type Deployment, type Pod, type ReplicaSet } from '../../shared/objects.ts';
import { claim } from '../../shared/ownership.ts';
import { isFinished } from '../../shared/pods.ts';
import type { Time } from '../../shared/time.ts';
import { findNewest, hashLabel, nextRevision, revisionAnnotation, revisionOf, templateHash } from './revision.ts';
import { newSize, rescale, shrinkOld, sizeOf, type Scale } from './rollout.ts';
import { deploymentStatus } from './status.ts';

/** What the decision rests on. */
export interface DeploymentObserved {
  readonly deployment: Deployment;
  /** ReplicaSets that it controls, and orphans of its namespace. */
  readonly candidates: readonly ReplicaSet[];
  /** Pods of a ReplicaSet, by its uid; Recreate waits for the old ones to be gone. */
  readonly podsOf: (replicaSetUid: string) => readonly Pod[];
  readonly time: Time;
}

/** Make or resize ReplicaSets, drop old revisions, and say how far it is. */
export function planDeployment(observed: DeploymentObserved): Plan {
  const { deployment, time } = observed;
  const claimed = claim(
    { owner: deployment, ownerResource: kinds.deployment, selector: deployment.spec?.selector, resource: kinds.replicaSet },
    observed.candidates,
  );
  if (deployment.metadata.deletionTimestamp !== undefined) return claimed.actions;
  const newest = findNewest(deployment, claimed.owned);
  const old = claimed.owned.filter((replicaSet) => replicaSet !== newest);
  const work =
    deployment.spec?.paused === true
      ? resize(rescale(deployment, [...old, ...(newest === undefined ? [] : [newest])]))
      : rollOut(observed, newest, old);
  return [
    ...claimed.actions,
    ...work,
    ...dropHistory(deployment, old),
    ...deploymentStatus({ deployment, newest, all: claimed.owned, time }),
  ];
}

function rollOut(observed: DeploymentObserved, newest: ReplicaSet | undefined, old: readonly ReplicaSet[]): readonly Action[] {
  const { deployment } = observed;
  if (deployment.spec?.strategy?.type === 'Recreate') {
    const running = old.filter((replicaSet) => sizeOf(replicaSet) > 0);
    if (running.length > 0) return resize(running.map((replicaSet) => ({ replicaSet, replicas: 0 })));
    const isEmpty = old.every((replicaSet) => observed.podsOf(replicaSet.metadata.uid ?? '').every(isFinished));
    if (!isEmpty) return [];
  }
  if (newest === undefined) return [creation(deployment, old)];
  const renumbered = renumber(deployment, newest, old);
  const size = newSize(deployment, sizeOf(newest), old);
  if (size !== sizeOf(newest)) return [...renumbered, ...resize([{ replicaSet: newest, replicas: size }])];
  return [...renumbered, ...resize(shrinkOld(deployment, newest, old))];
}

/** The name follows from the template: a second attempt meets the first one's object. */
function creation(deployment: Deployment, old: readonly ReplicaSet[]): Action {
  const hash = templateHash(deployment.spec?.template);
  const { name, namespace } = deployment.metadata;
  const template = deployment.spec?.template;
  const { matchLabels, ...expressions } = deployment.spec?.selector ?? {};
  const object = {
    apiVersion: kinds.replicaSet.apiVersion,
    kind: kinds.replicaSet.kind,
    metadata: {
      name: `${name}-${hash}`,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { ...template?.metadata?.labels, [hashLabel]: hash },
      annotations: { [revisionAnnotation]: String(nextRevision(old)) },
      ownerReferences: [controllerReference(kinds.deployment, deployment)],
    },
    spec: {
      replicas: newSize(deployment, 0, old),
      minReadySeconds: deployment.spec?.minReadySeconds ?? 0,
      selector: { ...expressions, matchLabels: { ...matchLabels, [hashLabel]: hash } },
      template: { ...template, metadata: { ...template?.metadata, labels: { ...template?.metadata?.labels, [hashLabel]: hash } } },
    },
  };
  return { do: 'create', resource: kinds.replicaSet, object };
}

/** The newest has the highest number (a roll-back gives an old one a new number), and the Deployment bears it as well. */
function renumber(deployment: Deployment, newest: ReplicaSet, old: readonly ReplicaSet[]): readonly Action[] {
  const number = Math.max(revisionOf(newest), nextRevision(old));
  const bearing = [
    { resource: kinds.replicaSet, object: newest },
    { resource: kinds.deployment, object: deployment },
  ] as const;
  return bearing.flatMap(({ resource, object }): Action[] => {
    if (revisionOf(object) === number) return [];
    return [{ do: 'patch', resource, key: keyOf(object), body: { metadata: { annotations: { [revisionAnnotation]: String(number) } } } }];
  });
}

function resize(scales: readonly Scale[]): readonly Action[] {
  return scales.map(({ replicaSet, replicas }): Action => ({
    do: 'patch',
    resource: kinds.replicaSet,
    key: keyOf(replicaSet),
    body: { spec: { replicas } },
  }));
}

/** @source apps/v1 DeploymentSpec.revisionHistoryLimit, default 10 */
function dropHistory(deployment: Deployment, old: readonly ReplicaSet[]): readonly Action[] {
  const limit = deployment.spec?.revisionHistoryLimit ?? 10;
  const idle = old.filter(
    ({ metadata, spec, status }) =>
      metadata.deletionTimestamp === undefined &&
      spec?.replicas === 0 &&
      (status?.replicas ?? 0) === 0 &&
      status?.observedGeneration === metadata.generation,
  );
  const surplus = idle.length - limit;
  if (surplus <= 0) return [];
  return idle
    .toSorted((left, right) => revisionOf(left) - revisionOf(right))
    .slice(0, surplus)
    .map((replicaSet) => deletion(kinds.replicaSet, replicaSet));
}
