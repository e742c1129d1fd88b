/** The selectable fields of an object, as text. */
import { at } from '../json.ts';
import type { KubeObject } from '../object.ts';
import type { Resource } from './resource.ts';

/** Names that a field selector on this resource may use. */
export function supportedFields(resource: Resource): ReadonlySet<string> {
  return new Set(['metadata.name', 'metadata.namespace', ...resource.selectableFields]);
}

/** The values of those names in an object; absent ones are the empty text. */
export function fieldsOf(resource: Resource, object: KubeObject): { readonly [field: string]: string } {
  const fields: Record<string, string> = {
    'metadata.name': object.metadata.name ?? '',
    'metadata.namespace': object.metadata.namespace ?? '',
  };
  for (const path of resource.selectableFields) {
    const value = at(object, ...path.split('.'));
    fields[path] = value === undefined || value === null || typeof value === 'object' ? '' : String(value);
  }
  return fields;
}
