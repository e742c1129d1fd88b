/**
 * A fault in what a user wrote, as data: it becomes an event and a condition, and harms nothing else.
 */
import type { KubeObject } from './objects/meta.ts';

/** Stable codes of problems that this package finds. */
export type ProblemCode = 'API_BAD_ANNOTATION' | 'API_BAD_FIELD';

/** What is wrong, where, and the way out. */
export interface Problem {
  readonly code: string;
  /** `Kind namespace/name`, or what the message is. */
  readonly object: string;
  /** Path of the field, or key of the annotation. */
  readonly field: string;
  /** The value as found, cut to a bounded length. */
  readonly value: string;
  /** One sentence that names all of the above. */
  readonly message: string;
  /** What to do about it. */
  readonly hint: string;
}

/** A value, or why there is none. */
export type Reading<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Problem };

const MAX_VALUE = 256;

/** Make a problem; the message is put together from its parts. */
export function problem(parts: {
  readonly code: ProblemCode;
  readonly object: string;
  readonly field: string;
  readonly value: string;
  readonly hint: string;
}): Problem {
  const value = parts.value.length > MAX_VALUE ? `${parts.value.slice(0, MAX_VALUE)}...` : parts.value;
  return { ...parts, value, message: `${parts.object}: ${parts.field} is "${value}": ${parts.hint}` };
}

/** `Kind namespace/name` of an object; kinds are often missing from objects of a list, hence the parameter. */
export function describeObject(object: KubeObject, kind: string = object.kind ?? 'object'): string {
  const { namespace, name } = object.metadata;
  return namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}
