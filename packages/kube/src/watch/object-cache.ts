/**
 * The objects of one collection, as a table that only ever moves forward.
 *
 * Two streams feed it: the watch, which is in order but late, and the answers to our own writes, which are early. So each
 * piece of news is held against the version of the object that we have, and against how far the watch has come.
 */
import type { KubeObject } from '@kube-ovn/api';
import { sourceTable, type SourceTable, type Table } from '@kube-ovn/dataflow';
import type { WatchEvent } from '../client/client.ts';
import { keyOf } from '../client/paths.ts';
import { compareVersions } from './resource-version.ts';

export class ObjectCache<T extends KubeObject> {
  readonly #objects: SourceTable<T>;
  readonly #trim: (object: T) => T;
  /** The watch has told us everything up to here. */
  #seen = '';

  constructor(name: string, trim: (object: T) => T) {
    this.#objects = sourceTable<T>(name, { equals: isSameVersion });
    this.#trim = trim;
  }

  get table(): Table<T> {
    return this.#objects;
  }

  /** Where a watch goes on from; empty before the first list. */
  get resourceVersion(): string {
    return this.#seen;
  }

  /** The whole collection as it was at `version`; what we wrote later stays. */
  replace(items: readonly T[], version: string): void {
    const order = compareVersions(version, this.#seen);
    // A server that was set back (etcd restored from a backup) tells what is so now; what we know is of another history.
    if (order !== undefined && order < 0) return this.#restart(items, version);
    const next = new Map(items.map((item) => [keyOf(item), this.#newer(keyOf(item), this.#trim(item))]));
    for (const [key, object] of this.#objects.entries()) if (!next.has(key) && isNewer(object, version)) next.set(key, object);
    this.#seen = version;
    this.#objects.replace(next);
  }

  #restart(items: readonly T[], version: string): void {
    this.#seen = version;
    this.#objects.replace(items.map((item) => [keyOf(item), this.#trim(item)]));
  }

  /** Events of the watch, in their order. @returns the first that is an error, if any; those after it are left out */
  apply(events: readonly WatchEvent<T>[]): WatchEvent<T> | undefined {
    for (const event of events) {
      if (event.type === 'ERROR') return event;
      this.#applyOne(event);
      this.#seen = event.object.metadata.resourceVersion ?? this.#seen;
    }
    return undefined;
  }

  /** The answer to a write of ours. */
  upsert(object: T): void {
    const version = object.metadata.resourceVersion;
    // The watch is past it already, and may have told of the object's end since.
    const order = compareVersions(version, this.#seen);
    if (order !== undefined && order <= 0) return;
    const key = keyOf(object);
    const next = this.#newer(key, this.#trim(object));
    const isGone = next.metadata.deletionTimestamp !== undefined && (next.metadata.finalizers ?? []).length === 0;
    // An update that takes the last finalizer off is the end of an object; only the watch can tell of that in order.
    if (!isGone) this.#objects.set(key, next);
  }

  #applyOne({ type, object }: WatchEvent<T>): void {
    if (type === 'BOOKMARK') return;
    const key = keyOf(object);
    if (type !== 'DELETED') return this.#objects.set(key, this.#newer(key, this.#trim(object)));
    const known = this.#objects.peek(key);
    // A newer incarnation that we made ourselves outlives the news of the older one's end.
    if (known === undefined || !isNewer(known, object.metadata.resourceVersion)) this.#objects.delete(key);
  }

  #newer(key: string, object: T): T {
    const known = this.#objects.peek(key);
    return known !== undefined && isNewer(known, object.metadata.resourceVersion) ? known : object;
  }
}

function isNewer(object: KubeObject, version: string | undefined): boolean {
  const order = compareVersions(object.metadata.resourceVersion, version);
  return order !== undefined && order > 0;
}

function isSameVersion(a: KubeObject, b: KubeObject): boolean {
  const version = a.metadata.resourceVersion;
  return a === b || (version !== undefined && version === b.metadata.resourceVersion && a.metadata.uid === b.metadata.uid);
}
