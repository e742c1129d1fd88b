/** The parts of an object that the API machinery itself reads and writes; the rest of an object is plain JSON. */
import type { JsonObject, JsonValue } from './json.ts';

/** @source Kubernetes meta/v1 OwnerReference */
export interface OwnerReference extends JsonObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** @source Kubernetes meta/v1 ObjectMeta */
export interface ObjectMeta extends JsonObject {
  readonly name?: string;
  readonly generateName?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly labels?: { readonly [key: string]: string };
  readonly annotations?: { readonly [key: string]: string };
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
  readonly managedFields?: readonly JsonValue[];
}

/** Any object the API serves. */
export interface KubeObject extends JsonObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/** `group/version`, or the version alone for the core group. */
export function formatApiVersion(group: string, version: string): string {
  return group === '' ? version : `${group}/${version}`;
}

/** A copy with some metadata fields changed; a field set to `undefined` is removed. */
export function withMetadata(object: KubeObject, change: { readonly [field: string]: JsonValue | undefined }): KubeObject {
  const metadata: Record<string, JsonValue | undefined> = { ...object.metadata, ...change };
  for (const key of Object.keys(metadata)) if (metadata[key] === undefined) delete metadata[key];
  return { ...object, metadata: metadata as ObjectMeta };
}

/** The storage key of an object: `namespace/name`, or `name` for cluster-scoped ones. */
export function storageKey(namespace: string | undefined, name: string): string {
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`;
}

/** The storage key that the object's own metadata gives. */
export function keyOf(object: KubeObject): string {
  return storageKey(object.metadata.namespace, object.metadata.name ?? '');
}

/** Kubernetes time: RFC 3339, whole seconds, UTC. */
export function formatTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
