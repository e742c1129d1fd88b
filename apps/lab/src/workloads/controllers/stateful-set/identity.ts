/** The identity of a StatefulSet's pods: name, labels, host name. @source Kubernetes documentation "StatefulSets: Pod Identity" */
import type { Draft } from '../../shared/action.ts';
import { kinds, type ControllerRevision, type Pod, type StatefulSet } from '../../shared/objects.ts';
import { draftPod } from '../../shared/pods.ts';

/** @source apps/v1 ControllerRevisionHashLabelKey */
export const revisionLabel = 'controller-revision-hash';

/** First ordinal. */
export function firstOrdinal(set: StatefulSet): number {
  return set.spec?.ordinals?.start ?? 0;
}

/** The ordinal that a pod's name bears, or undefined when the name is not the set's. */
export function ordinalOf(set: StatefulSet, pod: Pod): number | undefined {
  const prefix = `${set.metadata.name}-`;
  const digits = pod.metadata.name.startsWith(prefix) ? pod.metadata.name.slice(prefix.length) : '';
  return /^(0|[1-9]\d*)$/.test(digits) ? Number(digits) : undefined;
}

/** The name of the revision that a pod was made from. */
export function revisionOf(pod: Pod): string | undefined {
  return pod.metadata.labels?.[revisionLabel];
}

/** The pod of an ordinal, as a revision says. */
export function draftOf(set: StatefulSet, ordinal: number, revision: ControllerRevision): Draft {
  const name = `${set.metadata.name}-${ordinal}`;
  return draftPod({
    owner: set,
    ownerResource: kinds.statefulSet,
    template: revision.data?.spec?.template,
    name,
    labels: {
      'statefulset.kubernetes.io/pod-name': name,
      'apps.kubernetes.io/pod-index': String(ordinal),
      [revisionLabel]: revision.metadata.name,
    },
    spec: { hostname: name, ...(set.spec?.serviceName === undefined ? {} : { subdomain: set.spec.serviceName }) },
  });
}
