/** Changes of existing objects: the common path of PUT, PATCH and every subresource write. */
import type { Api, Target, WriteOptions } from '../api.ts';
import { strategyContext, targetKey } from '../api.ts';
import { at, jsonEqual } from '../json.ts';
import type { KubeObject } from '../object.ts';
import { formatTime, withMetadata } from '../object.ts';
import { trackUpdate } from '../patch/index.ts';
import { hasSubresource } from '../resource/resource.ts';
import type { FieldError } from '../status.ts';
import { conflict, invalid, notFound, staleWrite } from '../status.ts';
import { Stored } from '../store/stored.ts';
import { admitWrite } from './admit.ts';
import { fit } from './decode.ts';
import { metadataProblems } from './names.ts';

/** From the stored object (at the served version) to the wanted one. Called again when the object changed meanwhile. */
export type Change = (current: KubeObject) => KubeObject;

/** how often a change that isn't tied to a resourceVersion is tried again when others write in between */
const attempts = 10;

/**
 * Change an object.
 *
 * A change that names a `metadata.resourceVersion` is refused when the object has moved on; one that doesn't is applied to
 * whatever is there. A change that changes nothing writes nothing.
 *
 * @returns the object as stored; when the change let a deletion finish, its last state
 * @throws {StatusError} 404, 409, 422
 */
export async function updateObject(api: Api, target: Target, change: Change, options: WriteOptions): Promise<Stored> {
  const { resource, name = '' } = target;
  const key = targetKey(target);
  for (let attempt = 1; ; attempt++) {
    const stored = api.store.get(resource.storage, key);
    if (stored === undefined) throw notFound(resource, name);
    const before = stored.as(resource.apiVersion);
    const wanted = change(before);
    const asked = wanted.metadata.resourceVersion ?? '';
    if (asked !== '' && asked !== before.metadata.resourceVersion) throw staleWrite(resource, name);
    const settled = settle(api, target, { wanted, before, options });
    if (jsonEqual(settled, before)) return stored;
    const { dryRun, user, warn } = options;
    const request = { operation: 'UPDATE' as const, target, object: settled, before, dryRun, user, warn };
    const admitted = await admitWrite(api, request, (object) => commit(api, target, object, options));
    if (admitted !== 'overtaken') return admitted.done;
    if (attempt >= attempts) throw staleWrite(resource, name);
  }
}

/** A wanted state that follows from a stored one. */
export interface Wanted {
  readonly wanted: KubeObject;
  readonly before: KubeObject;
  readonly options: WriteOptions;
}

/** The wanted object with everything that the server decides put right, checked. */
function settle(api: Api, target: Target, { wanted, before, options }: Wanted): KubeObject {
  const { resource, name = '', subresource } = target;
  const context = strategyContext(api);
  requireSameIdentity(target, wanted, before);
  const kept = keepServerFields(partOf(target, wanted, before), before);
  const fitted = fit(resource, kept, options);
  const complete =
    subresource === undefined ? (resource.strategy.prepareUpdate?.(fitted.object, before, context) ?? fitted.object) : fitted.object;
  const problems: FieldError[] = [...metadataProblems(resource, complete), ...fitted.errors, ...noNewFinalizers(complete, before)];
  if (subresource === undefined) problems.push(...(resource.strategy.validateUpdate?.(complete, before, context) ?? []));
  if (problems.length > 0) throw invalid(resource, name, problems);
  const counted =
    resource.countsGeneration && desiredChanged(target, complete, before)
      ? withMetadata(complete, { generation: (before.metadata.generation ?? 0) + 1 })
      : complete;
  if (options.applied === true) return counted;
  const tracked = {
    before,
    after: counted,
    schema: resource.schema,
    fieldManager: options.fieldManager,
    operation: 'Update' as const,
    apiVersion: resource.apiVersion,
    now: formatTime(api.ports.now()),
  };
  return trackUpdate(subresource === undefined ? tracked : { ...tracked, subresource }) as KubeObject;
}

function requireSameIdentity({ resource, name = '' }: Target, wanted: KubeObject, before: KubeObject): void {
  const uid = wanted.metadata.uid ?? '';
  if (uid !== '' && uid !== before.metadata.uid) {
    throw conflict(resource, name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${before.metadata.uid ?? ''}`);
  }
}

/** The status path changes the status alone; the main path everything but the status. */
function partOf({ resource, subresource }: Target, wanted: KubeObject, before: KubeObject): KubeObject {
  if (subresource === 'status') {
    const part = { ...before, status: wanted['status'] };
    const managed = { managedFields: wanted.metadata.managedFields };
    if (!resource.builtin) return withMetadata(part, managed);
    return withMetadata(part, {
      ...managed,
      labels: wanted.metadata.labels,
      annotations: wanted.metadata.annotations,
      finalizers: wanted.metadata.finalizers,
    });
  }
  if (subresource !== undefined || !hasSubresource(resource, 'status')) return wanted;
  return withStatus(wanted, before);
}

function withStatus(wanted: KubeObject, before: KubeObject): KubeObject {
  const { status: _status, ...rest } = wanted;
  const fixed = { ...rest, apiVersion: wanted.apiVersion, kind: wanted.kind, metadata: wanted.metadata };
  return before['status'] === undefined ? fixed : { ...fixed, status: before['status'] };
}

function keepServerFields(wanted: KubeObject, before: KubeObject): KubeObject {
  const { uid, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds, generation, resourceVersion } = before.metadata;
  return withMetadata(wanted, {
    uid,
    creationTimestamp,
    deletionTimestamp,
    deletionGracePeriodSeconds,
    generation,
    resourceVersion,
    selfLink: undefined,
  });
}

function noNewFinalizers(next: KubeObject, before: KubeObject): FieldError[] {
  if (before.metadata.deletionTimestamp === undefined) return [];
  const old = new Set(before.metadata.finalizers);
  const added = (next.metadata.finalizers ?? []).filter((finalizer) => !old.has(finalizer));
  if (added.length === 0) return [];
  const message = `Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((finalizer) => `"${finalizer}"`).join(', ')}}`;
  return [{ field: 'metadata.finalizers', reason: 'FieldValueForbidden', message }];
}

/** Whether anything but metadata (and a status that has its own path) changed. */
function desiredChanged({ resource }: Target, next: KubeObject, before: KubeObject): boolean {
  const skipped = new Set(['metadata', 'apiVersion', 'kind', ...(hasSubresource(resource, 'status') ? ['status'] : [])]);
  const names = new Set([...Object.keys(next), ...Object.keys(before)]);
  return [...names].some((name) => !skipped.has(name) && !jsonEqual(next[name], before[name]));
}

/** Store the object, or remove it when nothing holds its deletion any more. */
function commit(api: Api, { resource, ...target }: Target, object: KubeObject, options: WriteOptions): Stored {
  const key = targetKey({ resource, ...target });
  const complete = { ...object, apiVersion: resource.storageApiVersion };
  if (options.dryRun) return new Stored(complete, Number(object.metadata.resourceVersion ?? 0));
  if (isReleased(complete)) return api.store.remove(resource.storage, key, complete) ?? new Stored(complete, api.store.revision);
  return api.store.put(resource.storage, key, complete);
}

/** Whether a deletion was asked for and nothing holds it: no finalizer of either sort, no grace left. */
export function isReleased(object: KubeObject): boolean {
  const { deletionTimestamp, finalizers = [], deletionGracePeriodSeconds = 0 } = object.metadata;
  if (deletionTimestamp === undefined || finalizers.length > 0 || deletionGracePeriodSeconds > 0) return false;
  const own = at(object, 'spec', 'finalizers');
  return object.kind !== 'Namespace' || !Array.isArray(own) || own.length === 0;
}
