/** JSON patch by fast-json-patch, with the answers that a Kubernetes API server gives. @source RFC 6902 */
import fastJsonPatch from 'fast-json-patch';
import { isObject, type JsonObject, type JsonValue } from '../json.ts';
import { refused, type PatchRefused } from './outcome.ts';

/** Operations in one patch. @source apiserver's MaxJSONPatchOperations */
const operationLimit = 10_000;

/** Apply a JSON patch; the input is left as it is. */
export function jsonPatch(current: JsonObject, patch: JsonValue): { readonly ok: true; readonly object: JsonObject } | PatchRefused {
  if (!Array.isArray(patch)) return refused(400, 'BadRequest', 'a JSON patch must be an array of operations');
  if (patch.length > operationLimit)
    return refused(413, 'RequestEntityTooLarge', `the patch has ${patch.length} operations: at most ${operationLimit} are allowed`);
  try {
    const operations = encode(patch as readonly JsonValue[]) as unknown as Parameters<typeof fastJsonPatch.applyPatch>[1];
    const patched = fastJsonPatch.applyPatch(encode(current), operations, true, false).newDocument as JsonValue;
    const decoded = decode(patched);
    if (isObject(decoded)) return { ok: true, object: decoded };
    return refused(422, 'Invalid', 'the patch replaces the object by something that is not one');
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return refused(422, 'Invalid', `the server rejected our request due to an error in our request: ${error.message.split('\n')[0] ?? ''}`);
  }
}

const tag = '\u0000bigint:';

/** fast-json-patch copies by printing, which has no form for bigint: carry them as marked text. */
function encode(value: JsonValue): JsonValue {
  return mapScalars(value, (scalar) => (typeof scalar === 'bigint' ? `${tag}${scalar}` : scalar));
}

function decode(value: JsonValue): JsonValue {
  return mapScalars(value, (scalar) => (typeof scalar === 'string' && scalar.startsWith(tag) ? BigInt(scalar.slice(tag.length)) : scalar));
}

function mapScalars(value: JsonValue, change: (scalar: JsonValue) => JsonValue): JsonValue {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map((item) => mapScalars(item, change));
  if (!isObject(value)) return change(value);
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, entry]) => (entry === undefined ? [] : [[key, mapScalars(entry, change)] as const])),
  );
}
