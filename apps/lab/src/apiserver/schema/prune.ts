/** Drop what a schema does not know. @source Kubernetes documentation, "Custom resources: field pruning" */
import { isObject, type JsonObject, type JsonValue } from '../json.ts';
import { childPath } from './problem.ts';
import { memberSchema, type StructuralSchema } from './structural.ts';

/** An object without unknown fields, and the paths of the fields that went. */
export interface Pruned {
  readonly object: JsonObject;
  readonly unknown: readonly string[];
}

/** Unknown fields that are reported; more are dropped without being named. */
const reportLimit = 100;

/** Drop unknown fields, and nulls where a null means absent. The input is left as it is. */
export function prune(object: JsonObject, schema: StructuralSchema): Pruned {
  const unknown: string[] = [];
  const pruned = pruneValue(object, schema, { path: '', unknown });
  return { object: isObject(pruned) ? pruned : object, unknown };
}

interface Walk {
  readonly path: string;
  readonly unknown: string[];
}

function pruneValue(value: JsonValue, schema: StructuralSchema, walk: Walk): JsonValue {
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items === undefined) return value;
    return (value as readonly JsonValue[]).map((item, index) => pruneValue(item, items, { ...walk, path: `${walk.path}[${index}]` }));
  }
  if (!isObject(value) || isScalarSchema(schema)) return value;
  const kept: [string, JsonValue][] = [];
  for (const [key, entry] of Object.entries(value)) {
    if (entry === undefined) continue;
    const path = childPath(walk.path, key);
    const member = memberSchema(schema, key);
    if (member === undefined) {
      if (schema.preserveUnknownFields === true) kept.push([key, entry]);
      else if (walk.unknown.length < reportLimit) walk.unknown.push(path);
    } else if (entry !== null || member.nullable === true || isFree(member)) {
      kept.push([key, pruneValue(entry, member, { ...walk, path })]);
    }
  }
  return Object.fromEntries(kept);
}

/** A node that names another type: validation will say so, pruning has nothing to compare with. */
function isScalarSchema(schema: StructuralSchema): boolean {
  return schema.type !== undefined && schema.type !== 'object';
}

function isFree(schema: StructuralSchema): boolean {
  return schema.preserveUnknownFields === true && schema.type === undefined;
}
