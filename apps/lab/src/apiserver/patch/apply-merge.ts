/** The merge of server-side apply: granular objects and keyed lists merge, all else is replaced. */
import { asArray, asObject, isObject, jsonEqual, type JsonObject, type JsonValue } from '../json.ts';
import { memberSchema, type StructuralSchema } from '../schema/structural.ts';
import { itemIndex, itemElement } from './field-set.ts';

/** The live object with a configuration merged in. */
export function mergeApplied(live: JsonObject, applied: JsonObject, schema: StructuralSchema | undefined): JsonObject {
  // a map, since assigning a key like __proto__ to an object would not make a member
  const merged = new Map<string, JsonValue | undefined>(Object.entries(live));
  for (const [key, value] of Object.entries(applied)) {
    if (value !== undefined && value !== null) merged.set(key, mergeValue(merged.get(key), value, memberSchema(schema, key)));
  }
  return Object.fromEntries(merged);
}

function mergeValue(live: JsonValue | undefined, applied: JsonValue, schema: StructuralSchema | undefined): JsonValue {
  if (isObject(applied) && schema?.mapType !== 'atomic') return mergeApplied(asObject(live), applied, schema);
  if (!Array.isArray(applied)) return applied;
  const items = applied as readonly JsonValue[];
  if (schema?.listType === 'set') {
    const known = asArray(live);
    return [
      ...known,
      ...items.filter(
        (item, index) => !known.some((other) => jsonEqual(other, item)) && items.findIndex((other) => jsonEqual(other, item)) === index,
      ),
    ];
  }
  return schema?.listType === 'map' ? mergeKeyed(asArray(live), items, schema) : items;
}

/** Items that are there keep their place; new ones follow in the order of the configuration. */
function mergeKeyed(live: readonly JsonValue[], applied: readonly JsonValue[], schema: StructuralSchema): readonly JsonValue[] {
  const merged = [...live];
  for (const item of applied) {
    const index = itemIndex(merged, itemElement(item, schema), schema);
    if (index < 0) merged.push(item);
    else if (isObject(item)) merged[index] = mergeApplied(asObject(merged[index]), item, schema.items);
  }
  return merged;
}
