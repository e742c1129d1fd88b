/** A store as text: a snapshot, and a journal of the changes since, so that a server that is started again has its objects back. */
import type { JsonObject } from '../json.ts';
import { asArray, asObject, asString, formatJson, parseJson } from '../json.ts';
import type { KubeObject } from '../object.ts';
import { keyOf } from '../object.ts';
import type { Store } from './store.ts';
import type { Change } from './stored.ts';

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

/** A change as a line of the journal. */
export function formatChange(resource: string, { type, key, revision, stored }: Change): string {
  const object = type === 'DELETED' ? 'null' : stored.json(stored.object.apiVersion);
  return `{"revision":${revision},"resource":${formatJson(resource)},"key":${formatJson(key)},"object":${object}}\n`;
}

/** The texts that a store is brought back from. */
export interface Saved {
  readonly snapshot: string;
  /** may end in the middle of a line, and may repeat what the snapshot has */
  readonly journal: string;
}

/**
 * Fill a store that is still empty. Each object keeps its resourceVersion; the store goes on above both its own first revision and the
 * saved one. Nothing is told to listeners.
 *
 * @throws {Error} a text is neither snapshot nor journal
 */
export function restoreStore(store: Store, { snapshot, journal }: Saved): void {
  const { revision, objects } = readSnapshot(snapshot);
  const last = replay(objects, revision, journal);
  for (const [resource, items] of objects) for (const [key, object] of items) store.restore(resource, key, object);
  store.advanceTo(last);
}

type Objects = Map<string, Map<string, KubeObject>>;

function readSnapshot(text: string): { revision: number; objects: Objects } {
  const snapshot = asObject(parseJson(text));
  const revision = snapshot['revision'];
  if (snapshot['version'] !== 1 || typeof revision !== 'number') throw new Error('this is no snapshot of the lab API server (version 1)');
  const objects: Objects = new Map();
  for (const [resource, items] of Object.entries(asObject(snapshot['resources']))) {
    const read = asArray(items).map((item) => named(resource, asObject(item)));
    objects.set(resource, new Map(read.map((object) => [keyOf(object), object])));
  }
  return { revision, objects };
}

function named(resource: string, item: JsonObject): KubeObject {
  if (asString(asObject(item['metadata'])['name']) === undefined)
    throw new Error(`the snapshot has an object without a name under ${resource}`);
  return item as KubeObject;
}

/** @returns the revision of the last change */
function replay(objects: Objects, from: number, journal: string): number {
  let last = from;
  // what follows the last line end was not written whole
  for (const line of journal.split('\n').slice(0, -1)) {
    const { revision, resource, key, object } = asObject(parseJson(line));
    if (typeof revision !== 'number' || typeof resource !== 'string' || typeof key !== 'string')
      throw new Error('the journal has a line that is no change');
    if (revision <= last) continue;
    last = revision;
    const items = objects.get(resource) ?? new Map<string, KubeObject>();
    objects.set(resource, items);
    if (object === null || object === undefined) items.delete(key);
    else items.set(key, named(resource, asObject(object)));
  }
  return last;
}
