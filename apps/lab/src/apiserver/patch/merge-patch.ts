/** JSON merge patch. @source RFC 7396 §2 */
import { asObject, isObject, type JsonObject, type JsonValue } from '../json.ts';

/** The target with the patch merged in: null removes, an object merges, anything else replaces. */
export function mergePatch(target: JsonValue | undefined, patch: JsonValue): JsonValue {
  if (!isObject(patch)) return patch;
  // a map, since assigning a key like __proto__ to an object would not make a member
  const merged = new Map<string, JsonValue | undefined>(Object.entries(asObject(target)));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else if (value !== undefined) merged.set(key, mergePatch(merged.get(key), value));
  }
  return Object.fromEntries(merged) satisfies JsonObject;
}
