/** The pod workers' port to the Kubernetes API. */
import { resources, type ConfigMap, type NetworkAttachmentDefinition, type Resource, type Secret } from '@kube-ovn/api';
import { KubeError, type EventRecorder, type KubeClient } from '@kube-ovn/kube';
import type { ReferencedData } from '../container/environment.ts';
import { OWN_CONDITIONS } from '../pod/conditions.ts';
import { podKey, type PodObject, type PodStatus } from '../pod/types.ts';
import type { PodApi } from '../ports.ts';

/** The core/v1 Pod, as the kubelet reads it. */
export const podResource: Resource<PodObject> = { apiVersion: 'v1', kind: 'Pod', plural: 'pods', namespaced: true };

export interface PodApiOptions {
  readonly client: KubeClient;
  readonly events: EventRecorder;
  /** told of the object that a write gave */
  readonly written: (pod: PodObject) => void;
}

export function podApi(options: PodApiOptions): PodApi {
  const { client, events, written } = options;
  return {
    async writeStatus(pod, status) {
      const answer = await unlessGone(
        client.patch<PodObject>(
          podResource,
          podKey(pod),
          { metadata: { uid: pod.metadata.uid }, status: ownPart(status) },
          { subresource: 'status', type: 'strategic' },
        ),
      );
      if (answer !== undefined) written(answer);
    },
    async annotate(pod, annotations) {
      const answer = await unlessGone(
        client.patch<PodObject>(podResource, podKey(pod), { metadata: { uid: pod.metadata.uid, annotations } }),
      );
      if (answer !== undefined) written(answer);
    },
    async remove(pod) {
      await unlessGone(client.delete(podResource, podKey(pod), { gracePeriodSeconds: 0, preconditions: { uid: pod.metadata.uid } }));
    },
    data: (namespace, references) => referencedData(client, namespace, references),
    async networkConfig(namespace, name) {
      const found = await unlessGone<NetworkAttachmentDefinition>(
        client.get(resources.networkAttachmentDefinition, `${namespace}/${name}`),
      );
      return found === undefined ? undefined : (found.spec?.config ?? '');
    },
    event: (object, type, reason, message) =>
      events.event({ apiVersion: 'v1', kind: 'Pod', metadata: object.metadata }, type, reason, message),
  };
}

/** Conditions of others are left out, so that a write of ours never takes back one of theirs. */
function ownPart(status: PodStatus): PodStatus {
  return { ...status, conditions: (status.conditions ?? []).filter(({ type }) => OWN_CONDITIONS.includes(type)) };
}

async function referencedData(client: KubeClient, namespace: string, references: readonly string[]): Promise<ReferencedData> {
  const data = new Map<string, Readonly<Record<string, string>>>();
  for (const reference of references) {
    const [kind = '', name = ''] = reference.split('/');
    const key = `${namespace}/${name}`;
    if (kind === 'configmap') {
      const found = await unlessGone<ConfigMap>(client.get(resources.configMap, key));
      if (found !== undefined) data.set(reference, found.data ?? {});
    } else {
      const found = await unlessGone<Secret>(client.get(resources.secret, key));
      if (found !== undefined)
        data.set(
          reference,
          Object.fromEntries(
            Object.entries(found.data ?? {}).map(([field, value]) => [field, Buffer.from(value, 'base64').toString('utf8')]),
          ),
        );
    }
  }
  return data;
}

/** The answer, or undefined when the object is not there, or is another of the same name. */
async function unlessGone<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    // A uid that differs is answered by a conflict: this pod's object is gone, and its name taken by another.
    if (error instanceof KubeError && (error.code === 'KUBE_NOT_FOUND' || error.code === 'KUBE_CONFLICT')) return undefined;
    throw error;
  }
}
