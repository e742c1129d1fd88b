/** What the operations work with, and what a request asks of them. */
import type { Admission } from './admission/admission.ts';
import type { Ports } from './clock.ts';
import type { KubeObject } from './object.ts';
import { storageKey } from './object.ts';
import type { Registry } from './resource/registry.ts';
import type { Resource, StrategyContext } from './resource/resource.ts';
import type { BuiltinSchemas } from './schema/index.ts';
import type { Store } from './store/store.ts';

/** The parts of a running API, handed to every operation. */
export interface Api {
  readonly store: Store;
  readonly registry: Registry;
  readonly schemas: BuiltinSchemas;
  readonly ports: Ports;
  readonly admission: Admission;
}

/** Who asks. */
export interface User {
  readonly name: string;
  readonly groups: readonly string[];
  readonly uid?: string;
}

/** The object, or collection, that a request is about. */
export interface Target {
  readonly resource: Resource;
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
}

/** Query parameters common to writes. */
export interface WriteOptions {
  readonly dryRun: boolean;
  readonly fieldManager: string;
  readonly fieldValidation: 'Ignore' | 'Warn' | 'Strict';
  readonly user: User;
  /** the object comes from server-side apply, which has written `managedFields` already */
  readonly applied?: boolean;
  /** tell the client something beside the answer (`Warning` header) */
  readonly warn: (text: string) => void;
}

/** The store key of a target that names an object. */
export function targetKey(target: Target): string {
  return storageKey(target.resource.namespaced ? target.namespace : undefined, target.name ?? '');
}

/** The view of the store that strategies get. */
export function strategyContext(api: Api): StrategyContext {
  return {
    now: api.ports.now,
    find: (storage, key): KubeObject | undefined => api.store.get(storage, key)?.object,
    all: (storage) =>
      api.store
        .collection(storage)
        .list()
        .map((stored) => stored.object),
  };
}
