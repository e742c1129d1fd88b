/** Keys of objects, and where they live on the server. */
import type { KubeObject, Resource } from '@kube-ovn/api';
import { KubeError } from '../errors.ts';

/** Query parameters; those that are undefined are left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** `namespace/name`, or `name` where there is no namespace. */
export function keyOf(object: KubeObject): string {
  const { namespace, name } = object.metadata;
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`;
}

/** The parts of a key. */
export function splitKey(key: string): { readonly namespace: string | undefined; readonly name: string } {
  const slash = key.indexOf('/');
  return slash === -1 ? { namespace: undefined, name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/**
 * Path of a collection.
 *
 * @param namespace for namespaced resources; all namespaces when left out
 * @source Kubernetes API concepts, "Resource URIs"
 */
export function collectionPath(resource: Resource<unknown>, namespace?: string): string {
  const root = resource.apiVersion.includes('/') ? `/apis/${resource.apiVersion}` : `/api/${resource.apiVersion}`;
  const scope = resource.namespaced && namespace !== undefined ? `/namespaces/${segment(namespace, resource)}` : '';
  return `${root}${scope}/${resource.plural}`;
}

/**
 * Path of one object, or of a subresource of it.
 *
 * @throws {KubeError} KUBE_BAD_REQUEST when the key does not fit the resource's scope or cannot be part of a path
 */
export function objectPath(resource: Resource<unknown>, key: string, subresource?: string): string {
  const { namespace, name } = splitKey(key);
  if (resource.namespaced !== (namespace !== undefined)) {
    const wanted = resource.namespaced ? 'namespace/name' : 'a name alone';
    throw new KubeError('KUBE_BAD_REQUEST', `${resource.plural} ${JSON.stringify(key)}: the key of a ${resource.kind} is ${wanted}`);
  }
  const path = `${collectionPath(resource, namespace)}/${segment(name, resource)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}

/** A name is one segment of a path: anything else could address another object. */
function segment(name: string, resource: Resource<unknown>): string {
  if (name === '' || name === '.' || name === '..' || name.includes('/')) {
    throw new KubeError('KUBE_BAD_REQUEST', `${resource.plural}: ${JSON.stringify(name)} is not a name`);
  }
  return encodeURIComponent(name);
}

/** `path?query`. */
export function withQuery(path: string, query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value));
  return parameters.size === 0 ? path : `${path}?${parameters.toString()}`;
}
