/** Which ReplicaSet is the Deployment's newest, and which revisions there were. */
import type { Deployment, PodTemplate, ReplicaSet } from '../../shared/objects.ts';
import { canonical, contentHash } from '../../shared/hash.ts';

/** @source apps/v1 DefaultDeploymentUniqueLabelKey */
export const hashLabel = 'pod-template-hash';
/** @source pkg/controller/deployment/util RevisionAnnotation */
export const revisionAnnotation = 'deployment.kubernetes.io/revision';

/** The name that a template gives to its ReplicaSet. */
export function templateHash(template: PodTemplate | undefined): string {
  return contentHash(withoutHash(template));
}

/** The ReplicaSet whose template is the Deployment's, the oldest if several. */
export function findNewest(deployment: Deployment, replicaSets: readonly ReplicaSet[]): ReplicaSet | undefined {
  const wanted = canonical(withoutHash(deployment.spec?.template));
  return replicaSets
    .toSorted((left, right) => ((left.metadata.creationTimestamp ?? '') < (right.metadata.creationTimestamp ?? '') ? -1 : 1))
    .find((replicaSet) => canonical(withoutHash(replicaSet.spec?.template)) === wanted);
}

function withoutHash(template: PodTemplate | undefined): unknown {
  const { [hashLabel]: _hash, ...labels } = template?.metadata?.labels ?? {};
  const { creationTimestamp: _created, ...metadata } = template?.metadata ?? {};
  return { ...template, metadata: { ...metadata, labels } };
}

/** The revision number of a ReplicaSet; 0 when it bears none. */
export function revisionOf(object: ReplicaSet | Deployment): number {
  const text = object.metadata.annotations?.[revisionAnnotation] ?? '';
  return /^\d+$/.test(text) ? Number(text) : 0;
}

/** The number after all others. */
export function nextRevision(others: readonly ReplicaSet[]): number {
  return others.reduce((highest, replicaSet) => Math.max(highest, revisionOf(replicaSet)), 0) + 1;
}
