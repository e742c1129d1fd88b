/** Questions about pods that several controllers ask. @source Kubernetes pkg/api/v1/pod, pkg/controller (behaviour) */
import type { KubeObject, Resource } from '@kube-ovn/api';
import { controllerReference, type Draft } from './action.ts';
import type { Pod, PodTemplate } from './objects.ts';
import type { Time } from './time.ts';

/** Ended for good. */
export function isFinished(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** Counts towards its owner's replicas. */
export function isActive(pod: Pod): boolean {
  return !isFinished(pod) && pod.metadata.deletionTimestamp === undefined;
}

function readyCondition(pod: Pod): { readonly status: string; readonly lastTransitionTime?: string } | undefined {
  return pod.status?.conditions?.find((condition) => condition.type === 'Ready');
}

/** Says that it is ready. */
export function isReady(pod: Pod): boolean {
  return readyCondition(pod)?.status === 'True';
}

/** Has been ready for `minReadySeconds`. */
export function isAvailable(pod: Pod, minReadySeconds: number, time: Time): boolean {
  if (!isReady(pod)) return false;
  if (minReadySeconds <= 0) return true;
  const since = Date.parse(readyCondition(pod)?.lastTransitionTime ?? '');
  return !Number.isNaN(since) && time.reached(since + minReadySeconds * 1000);
}

/** A pod as a template says, owned by its controller. */
export interface PodDraft {
  readonly owner: KubeObject;
  readonly ownerResource: Resource<unknown>;
  readonly template: PodTemplate | undefined;
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly spec?: object;
}

/** Draft a pod; without a name the API server makes one from the owner's. */
export function draftPod(draft: PodDraft): Draft & { readonly spec: object } {
  const { owner, template, name } = draft;
  const { labels, annotations, finalizers } = template?.metadata ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...(name === undefined ? { generateName: `${owner.metadata.name}-` } : { name }),
      ...(owner.metadata.namespace === undefined ? {} : { namespace: owner.metadata.namespace }),
      labels: { ...labels, ...draft.labels },
      ...(annotations === undefined ? {} : { annotations }),
      ...(finalizers === undefined ? {} : { finalizers }),
      ownerReferences: [controllerReference(draft.ownerResource, owner)],
    },
    spec: { ...template?.spec, ...draft.spec },
  };
}
