export { applyBuiltinDefaults } from './builtin-defaults.ts';
export { BuiltinSchemas } from './builtin.ts';
export { validateCrd } from './validate-crd.ts';
export { structuralFromCrd, type CrdSchema } from './crd.ts';
export { depthLimit, normalise, type Normalised } from './normalise.ts';
export type { FieldError, FieldReason } from './problem.ts';
export type { GroupVersionKind, StructuralSchema } from './structural.ts';
