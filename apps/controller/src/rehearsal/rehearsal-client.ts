/**
 * A Kubernetes client that writes nothing: what it is asked to write is noted, and answered as the API server would have answered.
 * What is read is real.
 */
import type { KubeObject, Resource } from '@kube-ovn/api';
import { type KubeClient, keyOf } from '@kube-ovn/kube';

/** A request that was not sent. */
export interface Unsent {
  readonly verb: 'create' | 'replace' | 'patch' | 'delete';
  readonly kind: string;
  /** `namespace/name` or `name`. */
  readonly key: string;
  readonly body: unknown;
}

export interface RehearsalClient extends KubeClient {
  readonly unsent: readonly Unsent[];
}

/** @param written hears of objects that would have been created */
export function rehearsalClient(client: KubeClient, written: (kind: string, object: KubeObject) => void): RehearsalClient {
  const unsent: Unsent[] = [];
  const shown = new Map<string, unknown>();
  const nameOf = (resource: Resource<unknown>, key: string): string => `${resource.plural} ${key}`;
  const note = (verb: Unsent['verb'], resource: Resource<unknown>, key: string, body: unknown): void => {
    unsent.push({ verb, kind: resource.kind, key, body });
  };
  const show = <T>(resource: Resource<T>, key: string, object: T): T => {
    shown.set(nameOf(resource, key), object);
    return object;
  };
  const get = async <T>(resource: Resource<T>, key: string): Promise<T> => {
    const known = shown.get(nameOf(resource, key));
    return known === undefined ? client.get(resource, key) : (known as T);
  };
  const lists = new Map<string, Promise<ReadonlyMap<string, unknown>>>();
  // Of some kinds the controller may read lists alone.
  const before = async <T>(resource: Resource<T>, key: string): Promise<T> => {
    const list =
      lists.get(resource.plural) ??
      client.list(resource).then(({ items }) => new Map(items.map((item) => [keyOf(item as KubeObject), item as unknown])));
    lists.set(resource.plural, list);
    return (shown.get(nameOf(resource, key)) ?? (await list).get(key) ?? (await get(resource, key))) as T;
  };
  return {
    unsent,
    get,
    list: (resource, options) => client.list(resource, options),
    watch: (resource, options, events) => client.watch(resource, options, events),
    create: async (resource, object) => {
      const key = keyOf(object);
      note('create', resource, key, object);
      const made = { ...object, metadata: { ...object.metadata, uid: `rehearsal-${unsent.length}` } };
      written(resource.kind, made);
      return show(resource, key, made);
    },
    replace: async (resource, object) => {
      note('replace', resource, keyOf(object), object);
      return show(resource, keyOf(object), withoutVersion(object));
    },
    patch: async (resource, key, body) => {
      const target = await before(resource, key);
      note('patch', resource, key, body);
      return show(resource, key, withoutVersion(merged(target, body) as typeof target));
    },
    delete: async (resource, key) => note('delete', resource, key, undefined),
    writes: 0,
    close: () => client.close(),
  };
}

/** So that an informer takes it for the newest. */
function withoutVersion<T>(object: T): T {
  const { metadata } = object as { readonly metadata?: { readonly resourceVersion?: string } };
  if (metadata === undefined) return object;
  const { resourceVersion: _, ...rest } = metadata;
  return { ...object, metadata: rest };
}

/** @source RFC 7396 */
function merged(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = merged(result[name], value);
  }
  return result;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
