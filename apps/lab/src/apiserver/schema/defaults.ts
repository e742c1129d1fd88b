/** Fill in a schema's defaults. @source Kubernetes documentation, "Custom resources: defaulting" */
import { isObject, type JsonObject, type JsonValue } from '../json.ts';
import { memberSchema, type StructuralSchema } from './structural.ts';

/** An object with the defaults of its schema where it is silent. Parts that need none are shared with the input. */
export function applyDefaults(object: JsonObject, schema: StructuralSchema): JsonObject {
  const filled = fill(object, schema);
  return isObject(filled) ? filled : object;
}

function fill(value: JsonValue, schema: StructuralSchema): JsonValue {
  if (Array.isArray(value)) return fillList(value, schema);
  if (!isObject(value)) return value;
  let changed: Record<string, JsonValue | undefined> | undefined;
  // a builtin kind's properties are many and bear no defaults at this level: walk the data there
  const defaults = schema.component === undefined ? (schema.properties ?? {}) : {};
  for (const [key, member] of Object.entries(defaults)) {
    if (member.default !== undefined && !Object.hasOwn(value, key)) (changed ??= { ...value })[key] = member.default;
  }
  for (const [key, entry] of Object.entries(changed ?? value)) {
    const member = memberSchema(schema, key);
    if (member === undefined || entry === undefined) continue;
    const next = entry === null && member.nullable !== true && member.default !== undefined ? member.default : fill(entry, member);
    if (next !== entry) (changed ??= { ...value })[key] = next;
  }
  return changed ?? value;
}

function fillList(value: readonly JsonValue[], schema: StructuralSchema): JsonValue {
  const { items } = schema;
  if (items === undefined) return value;
  const filled = value.map((item) => fill(item, items));
  return filled.some((item, index) => item !== value[index]) ? filled : value;
}
