/** Serves custom resources as soon as their definition is stored, and clears them away when it goes. */
import type { Api } from '../api.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import { asArray, asObject, asString, asText, at, jsonEqual } from '../json.ts';
import type { KubeObject } from '../object.ts';
import { formatTime, keyOf, withMetadata } from '../object.ts';
import { deleteObject } from '../operations/delete.ts';
import { customResources } from '../resource/custom.ts';
import type { Resource } from '../resource/resource.ts';
import { StatusError } from '../status.ts';
import type { WatchHub } from '../watch/hub.ts';
import { removeFinalizer } from './finalizers.ts';
import { systemUser } from './system.ts';

const storage = 'customresourcedefinitions.apiextensions.k8s.io';
/** @source apiextensions.k8s.io CustomResourceCleanupFinalizer */
const cleanupFinalizer = 'customresourcecleanup.apiextensions.k8s.io';

/** Serve the definitions in the store, and follow them. @returns stop */
export function serveCustomResources(api: Api, hub: WatchHub): () => void {
  const clearing = new Set<string>();
  for (const { object } of api.store.collection(storage).list()) accept(api, object);
  return api.store.onChange((resource, change) => {
    const { object } = change.stored;
    if (resource === storage) {
      if (change.type === 'DELETED') withdraw(api, hub, change.key);
      else accept(api, object);
      if (change.type !== 'DELETED' && object.metadata.deletionTimestamp !== undefined && !clearing.has(change.key)) {
        clearing.add(change.key);
        void clear(api, change.key).finally(() => clearing.delete(change.key));
      }
    } else if (change.type === 'DELETED') {
      finishWhenEmpty(api, resource);
    }
  });
}

/** What isn't served any more isn't watched either. */
function withdraw(api: Api, hub: WatchHub, name: string): void {
  api.registry.removeCustom(name);
  hub.cut('close', name);
}

function accept(api: Api, definition: KubeObject): void {
  const name = definition.metadata.name ?? '';
  const conflictWith = nameConflict(api, definition);
  const established = conflictWith === undefined;
  if (established) {
    const resources = customResources(definition, api.schemas);
    if (changedResources(api, resources)) api.registry.setCustom(name, resources);
  }
  const status = statusOf(definition, conflictWith, formatTime(api.ports.now()));
  const finalizers = definition.metadata.finalizers ?? [];
  const held =
    definition.metadata.deletionTimestamp !== undefined || finalizers.includes(cleanupFinalizer)
      ? finalizers
      : [...finalizers, cleanupFinalizer];
  const next = withMetadata({ ...definition, status }, { finalizers: held.length === 0 ? undefined : held });
  if (!jsonEqual(next, definition)) api.store.put(storage, name, next);
}

/** A status write on the definition itself changes nothing that is served. */
function changedResources(api: Api, resources: readonly Resource[]): boolean {
  return (
    resources.some((resource) => {
      const served = api.registry.find(resource.group, resource.version, resource.plural);
      return served === undefined || !jsonEqual(describe(served), describe(resource));
    }) || api.registry.all().filter((served) => served.storage === resources[0]?.storage).length !== resources.length
  );
}

function describe({ strategy: _strategy, ...resource }: Resource): JsonValue {
  return resource as unknown as JsonObject;
}

function nameConflict(api: Api, definition: KubeObject): string | undefined {
  const group = asString(at(definition, 'spec', 'group')) ?? '';
  const kind = asString(at(definition, 'spec', 'names', 'kind')) ?? '';
  const own = `${asString(at(definition, 'spec', 'names', 'plural')) ?? ''}.${group}`;
  const other = api.registry
    .all()
    .find((resource) => resource.group === group && resource.storage !== own && (resource.kind === kind || resource.listKind === kind));
  return other === undefined ? undefined : `"${kind}" is already in use`;
}

function statusOf(definition: KubeObject, conflict: string | undefined, now: string): JsonObject {
  const before = asObject(definition['status']);
  const names = asObject(at(definition, 'spec', 'names'));
  const storedNow = asArray(at(definition, 'spec', 'versions'))
    .map(asObject)
    .filter((version) => version['storage'] === true)
    .map((version) => asText(version['name']));
  const stored = [...new Set([...asArray(before['storedVersions']).map(asText), ...storedNow])];
  const accepted =
    conflict === undefined
      ? condition('NamesAccepted', 'True', 'NoConflicts', 'no conflicts found')
      : condition('NamesAccepted', 'False', 'KindConflict', conflict);
  const established =
    conflict === undefined
      ? condition('Established', 'True', 'InitialNamesAccepted', 'the initial names have been accepted')
      : condition('Established', 'False', 'NotAccepted', 'not all names are accepted');
  const terminating =
    definition.metadata.deletionTimestamp === undefined
      ? []
      : [condition('Terminating', 'True', 'InstanceDeletionInProgress', 'CustomResource deletion is in progress')];
  const others = asArray(before['conditions']).filter(
    (item) => !['NamesAccepted', 'Established', 'Terminating'].includes(asString(asObject(item)['type']) ?? ''),
  );
  const own = [accepted, established, ...terminating].map((item) => ({ ...item, lastTransitionTime: transitionTime(before, item, now) }));
  return {
    ...before,
    conditions: [...others, ...own],
    acceptedNames: conflict === undefined ? names : { plural: '', kind: '' },
    storedVersions: stored,
  };
}

function condition(type: string, status: string, reason: string, message: string): JsonObject {
  return { type, status, reason, message };
}

function transitionTime(before: JsonObject, { type, status }: JsonObject, now: string): string {
  const old = asArray(before['conditions'])
    .map(asObject)
    .find((item) => item['type'] === type);
  return old !== undefined && old['status'] === status ? (asString(old['lastTransitionTime']) ?? now) : now;
}

/** Delete all instances of a definition that is being deleted; the last one that goes lets the definition go. */
async function clear(api: Api, name: string): Promise<void> {
  const resource = api.registry.findStorage(name);
  for (const { object } of api.store.collection(name).list()) {
    if (resource === undefined) break;
    const { namespace, name: instance = '', uid } = object.metadata;
    try {
      await deleteObject(
        api,
        { resource, name: instance, ...(namespace === undefined ? {} : { namespace }) },
        uid === undefined ? {} : { uid },
        systemUser('customresource-cleanup'),
      );
    } catch (error) {
      // gone or replaced meanwhile: nothing left to do
      if (!(error instanceof StatusError) || (error.code !== 404 && error.code !== 409)) throw error;
    }
  }
  finishWhenEmpty(api, name);
}

function finishWhenEmpty(api: Api, name: string): void {
  const definition = api.store.get(storage, name)?.object;
  if (definition?.metadata.deletionTimestamp === undefined || api.store.collection(name).size > 0) return;
  removeFinalizer(api, { storage, key: keyOf(definition) }, cleanupFinalizer);
}
