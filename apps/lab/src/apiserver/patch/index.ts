export { serverSideApply, type ApplyConflict, type ApplyOutcome, type ApplyRequest } from './apply.ts';
export type { PatchOutcome, PatchRefused } from './outcome.ts';
export { applyPatch, type PatchRequest } from './patch.ts';
export { trackUpdate, type TrackedUpdate } from './track.ts';
