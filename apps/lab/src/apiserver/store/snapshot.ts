/** A store as text, so that a server that is started again has its objects back. */
import { asArray, asObject, asString, formatJson, parseJson } from '../json.ts';
import type { KubeObject } from '../object.ts';
import { keyOf } from '../object.ts';
import type { Store } from './store.ts';

/** Everything in the store: its revision, and each object on a line of its own. */
export function formatSnapshot(store: Store): string {
  const resources = store.resources().map((resource) => {
    const items = store
      .collection(resource)
      .list()
      .map((stored) => stored.json(stored.object.apiVersion));
    return `${formatJson(resource)}:[\n${items.join(',\n')}\n]`;
  });
  return `{"version":1,"revision":${store.revision},"resources":{\n${resources.join(',\n')}\n}}\n`;
}

/**
 * Put the objects of a snapshot into a store that is still empty. Each keeps its resourceVersion; the store goes on above
 * both its own first revision and the snapshot's. Nothing is told to listeners.
 *
 * @throws {Error} the text is no snapshot
 */
export function loadSnapshot(store: Store, text: string): void {
  const snapshot = asObject(parseJson(text));
  const revision = snapshot['revision'];
  if (snapshot['version'] !== 1 || typeof revision !== 'number') throw new Error('this is no snapshot of the lab API server (version 1)');
  for (const [resource, items] of Object.entries(asObject(snapshot['resources']))) {
    for (const item of asArray(items)) {
      const object = asObject(item) as KubeObject;
      if (asString(asObject(object.metadata)['name']) === undefined)
        throw new Error(`the snapshot has an object without a name under ${resource}`);
      store.restore(resource, keyOf(object), object);
    }
  }
  store.advanceTo(revision);
}
