import type { StructuralSchema } from '../schema/structural.ts';

/** A kind that the API server serves. */
export interface ServedKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly subresources: readonly string[];
  /** Absent when nothing is known of its fields. */
  readonly schema?: StructuralSchema | undefined;
}
