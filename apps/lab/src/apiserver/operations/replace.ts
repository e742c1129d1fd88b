/** PUT. */
import type { Api, Target, WriteOptions } from '../api.ts';
import { targetKey } from '../api.ts';
import type { JsonValue } from '../json.ts';
import { invalid } from '../status.ts';
import type { Stored } from '../store/stored.ts';
import { createObject } from './create.ts';
import { readObject } from './decode.ts';
import { updateObject } from './update.ts';

/**
 * Replace an object, or its status when the target names that subresource.
 *
 * @returns the object, and whether it was made by this call (kinds such as Lease and Event allow that)
 * @throws {StatusError} 400, 404, 409 (older resourceVersion), 422
 */
export async function replaceObject(
  api: Api,
  target: Target,
  body: JsonValue,
  options: WriteOptions,
): Promise<{ stored: Stored; created: boolean }> {
  const { resource, name = '' } = target;
  const wanted = readObject(target, body);
  const version = wanted.metadata.resourceVersion ?? '';
  if (
    resource.createOnUpdate &&
    target.subresource === undefined &&
    version === '' &&
    api.store.get(resource.storage, targetKey(target)) === undefined
  ) {
    return { stored: await createObject(api, target, body, options), created: true };
  }
  if (
    version === '' &&
    (!resource.unconditionalUpdate || !resource.builtin) &&
    api.store.get(resource.storage, targetKey(target)) !== undefined
  ) {
    throw invalid(resource, name, [
      { field: 'metadata.resourceVersion', reason: 'FieldValueInvalid', message: 'Invalid value: 0x0: must be specified for an update' },
    ]);
  }
  return { stored: await updateObject(api, target, () => wanted, options), created: false };
}
