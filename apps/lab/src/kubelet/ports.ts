/** What the pod workers need of the Kubernetes API, as an interface. */
import type { ObjectMetadata, PodObject, PodStatus } from './pod/types.ts';
import type { ReferencedData } from './container/environment.ts';

export interface PodApi {
  /** Publish a pod's status; nothing when the object is gone or is another of the same name. */
  writeStatus(pod: PodObject, status: PodStatus): Promise<void>;
  /** Set an annotation of a pod. */
  annotate(pod: PodObject, annotations: Readonly<Record<string, string>>): Promise<void>;
  /** Remove the object of a pod that has ended on this node; nothing when it is gone or is another of the same name. */
  remove(pod: PodObject): Promise<void>;
  /** ConfigMaps and Secrets of a namespace, by `configmap/name` and `secret/name`; absent ones are left out. */
  data(namespace: string, references: readonly string[]): Promise<ReferencedData>;
  /** `spec.config` of a NetworkAttachmentDefinition, empty when it has none; undefined when there is no such object. */
  networkConfig(namespace: string, name: string): Promise<string | undefined>;
  event(object: { readonly metadata: ObjectMetadata }, type: 'Normal' | 'Warning', reason: string, message: string): void;
}

export interface Clock {
  now(): number;
}
