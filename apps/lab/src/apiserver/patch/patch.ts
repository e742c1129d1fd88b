/** The patch forms that are not server-side apply, behind one function. */
import { isObject, type JsonObject, type JsonValue } from '../json.ts';
import type { StructuralSchema } from '../schema/structural.ts';
import { jsonPatch } from './json-patch.ts';
import { mergePatch } from './merge-patch.ts';
import { refused, type PatchOutcome } from './outcome.ts';
import { strategicMerge, StrategicPatchError } from './strategic.ts';

/** One patch. */
export interface PatchRequest {
  /** application/json-patch+json, merge-patch+json, strategic-merge-patch+json */
  readonly type: 'json' | 'merge' | 'strategic';
  readonly current: JsonObject;
  readonly patch: JsonValue;
  /** Builtin kinds alone take strategic merge patches. */
  readonly schema?: StructuralSchema | undefined;
}

/** Apply a patch; nothing is pruned, defaulted or validated here, and the input is left as it is. */
export function applyPatch(request: PatchRequest): PatchOutcome {
  const { type, current, patch, schema } = request;
  if (type === 'json') return jsonPatch(current, patch);
  if (!isObject(patch)) return refused(400, 'BadRequest', `a ${type} patch must be an object`);
  if (type === 'merge') return { ok: true, object: mergePatch(current, patch) as JsonObject };
  if (schema?.component === undefined)
    return refused(
      415,
      'UnsupportedMediaType',
      'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
    );
  try {
    return { ok: true, object: strategicMerge(current, patch, schema) };
  } catch (error) {
    if (error instanceof StrategicPatchError) return refused(422, 'Invalid', error.message);
    throw error;
  }
}
