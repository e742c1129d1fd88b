/** PATCH: JSON patch, merge patch, strategic merge patch, server-side apply. */
import type { Api, Target, WriteOptions } from '../api.ts';
import { targetKey } from '../api.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import { isObject } from '../json.ts';
import type { KubeObject } from '../object.ts';
import { formatTime, withMetadata } from '../object.ts';
import { applyPatch, serverSideApply } from '../patch/index.ts';
import type { StatusReason } from '../status.ts';
import { StatusError, applyConflict, badRequest } from '../status.ts';
import type { Stored } from '../store/stored.ts';
import { createObject } from './create.ts';
import { readObject } from './decode.ts';
import { updateObject } from './update.ts';

/** The patch languages. */
export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

/** A patch as sent. */
export interface Patch {
  readonly type: PatchType;
  readonly body: JsonValue;
  /** server-side apply: take over fields that others own */
  readonly force: boolean;
}

/**
 * Patch an object. Only server-side apply makes one that is absent.
 *
 * @throws {StatusError} 400, 404, 409, 415 (strategic merge of a custom resource), 422
 */
export async function patchObject(
  api: Api,
  target: Target,
  patch: Patch,
  options: WriteOptions,
): Promise<{ stored: Stored; created: boolean }> {
  if (patch.type === 'apply') return applyObject(api, target, patch, options);
  const change = (current: KubeObject): KubeObject => {
    const { resource } = target;
    const result = applyPatch({
      type: patch.type as 'json' | 'merge' | 'strategic',
      current,
      patch: patch.body,
      ...(resource.schema === undefined ? {} : { schema: resource.schema }),
    });
    if (!result.ok) throw new StatusError({ code: result.code, reason: result.reason as StatusReason, message: result.message });
    const patched = readObject(target, result.object);
    // a patch that doesn't name a resourceVersion applies to whatever is there
    return patched.metadata.resourceVersion === current.metadata.resourceVersion
      ? withMetadata(patched, { resourceVersion: undefined })
      : patched;
  };
  return { stored: await updateObject(api, target, change, options), created: false };
}

async function applyObject(api: Api, target: Target, patch: Patch, options: WriteOptions): Promise<{ stored: Stored; created: boolean }> {
  const { resource, subresource } = target;
  if (!isObject(patch.body)) throw badRequest('an apply patch must be an object');
  const body = patch.body;
  const metadata = isObject(body['metadata']) ? body['metadata'] : {};
  if (metadata['managedFields'] !== undefined) throw badRequest('metadata.managedFields must be nil');
  readObject(target, body);
  const applied = { ...options, applied: true };
  const run = (current: JsonObject | undefined): KubeObject => {
    const result = serverSideApply({
      ...(current === undefined ? {} : { current }),
      patch: body,
      schema: resource.schema,
      fieldManager: options.fieldManager,
      force: patch.force,
      apiVersion: resource.apiVersion,
      ...(subresource === undefined ? {} : { subresource }),
      now: formatTime(api.ports.now()),
    });
    if (!result.ok && result.code !== 409)
      throw new StatusError({ code: result.code, reason: result.reason as StatusReason, message: result.message });
    if (!result.ok)
      throw applyConflict(
        result.conflicts.map((found) => ({ reason: 'FieldManagerConflict', message: found.message, field: found.field })),
      );
    return result.object as KubeObject;
  };
  if (subresource === undefined && api.store.get(resource.storage, targetKey(target)) === undefined) {
    return { stored: await createObject(api, target, run(undefined), applied), created: true };
  }
  const change = (current: KubeObject): KubeObject => {
    const wanted = run(current);
    return metadata['resourceVersion'] === undefined
      ? withMetadata(wanted, { resourceVersion: undefined })
      : withMetadata(wanted, { resourceVersion: metadata['resourceVersion'] });
  };
  return { stored: await updateObject(api, target, change, applied), created: false };
}
