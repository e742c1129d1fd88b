/** JSON merge patch. @source RFC 7396 §2 */
import { asObject, isObject, type JsonObject, type JsonValue } from '../json.ts';

/** The target with the patch merged in: null removes, an object merges, anything else replaces. */
export function mergePatch(target: JsonValue | undefined, patch: JsonValue): JsonValue {
  if (!isObject(patch)) return patch;
  const merged: Record<string, JsonValue | undefined> = { ...asObject(target) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else if (value !== undefined) merged[key] = mergePatch(merged[key], value);
  }
  return merged satisfies JsonObject;
}
