/** Housekeeping writes to metadata: synchronous, without admission, as the garbage collector may do them. */
import type { Api } from '../api.ts';
import type { KubeObject } from '../object.ts';
import { withMetadata } from '../object.ts';
import { isReleased } from '../operations/update.ts';

/** Where an object is in the store. */
export interface Place {
  readonly storage: string;
  readonly key: string;
}

/** Change an object in place; it is removed when the change releases its deletion. */
export function rewrite(api: Api, { storage, key }: Place, change: (object: KubeObject) => KubeObject): void {
  const stored = api.store.get(storage, key);
  if (stored === undefined) return;
  const next = change(stored.object);
  if (next === stored.object) return;
  if (isReleased(next)) api.store.remove(storage, key, next);
  else api.store.put(storage, key, next);
}

/** Take a finalizer off; nothing happens when it isn't there. */
export function removeFinalizer(api: Api, place: Place, finalizer: string): void {
  rewrite(api, place, (object) => {
    const finalizers = object.metadata.finalizers ?? [];
    if (!finalizers.includes(finalizer)) return object;
    const left = finalizers.filter((candidate) => candidate !== finalizer);
    return withMetadata(object, { finalizers: left.length === 0 ? undefined : left });
  });
}
