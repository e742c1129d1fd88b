/** What becomes of a patch. */
import type { JsonObject } from '../json.ts';

/** A patch that can't be applied; the fields go into the Status as they are. */
export interface PatchRefused {
  readonly ok: false;
  readonly code: 400 | 409 | 413 | 415 | 422;
  readonly reason: string;
  readonly message: string;
}

/** The patched object, or why there is none. */
export type PatchOutcome = { readonly ok: true; readonly object: JsonObject } | PatchRefused;

/** A refusal. */
export function refused(code: PatchRefused['code'], reason: string, message: string): PatchRefused {
  return { ok: false, code, reason, message };
}
