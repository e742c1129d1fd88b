/** Take fields out of an object by their paths. */
import { asArray, isObject, type JsonObject, type JsonValue } from '../json.ts';
import { memberSchema, type StructuralSchema } from '../schema/structural.ts';
import { itemElement, join } from './field-set.ts';

/** The object without these fields; objects and lists that this empties go as well. */
export function removeFields(object: JsonObject, gone: ReadonlySet<string>, schema: StructuralSchema | undefined): JsonObject {
  if (gone.size === 0) return object;
  return removeFrom(object, schema, { path: '', gone }) ?? {};
}

interface Walk {
  readonly path: string;
  readonly gone: ReadonlySet<string>;
}

function removeFrom(object: JsonObject, schema: StructuralSchema | undefined, walk: Walk): JsonObject | undefined {
  const kept = Object.entries(object).flatMap(([key, value]): [string, JsonValue][] => {
    if (value === undefined) return [];
    const next = removeValue(value, memberSchema(schema, key), { ...walk, path: join(walk.path, `f:${key}`) });
    return next === undefined ? [] : [[key, next]];
  });
  return kept.length === 0 && Object.keys(object).length > 0 ? undefined : Object.fromEntries(kept);
}

function removeValue(value: JsonValue, schema: StructuralSchema | undefined, walk: Walk): JsonValue | undefined {
  if (walk.gone.has(walk.path)) return undefined;
  if (isObject(value)) return schema?.mapType === 'atomic' ? value : removeFrom(value, schema, walk);
  if (!Array.isArray(value) || schema === undefined || (schema.listType !== 'map' && schema.listType !== 'set')) return value;
  const kept = asArray(value).flatMap((item): JsonValue[] => {
    const path = join(walk.path, itemElement(item, schema));
    if (walk.gone.has(path)) return [];
    if (!isObject(item)) return [item];
    const next = removeFrom(item, schema.items, { ...walk, path });
    return next === undefined ? [] : [next];
  });
  return kept.length === 0 && value.length > 0 ? undefined : kept;
}
