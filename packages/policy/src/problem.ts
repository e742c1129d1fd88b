/**
 * A fault in what a user wrote, as data: it becomes an event and a condition, and harms nothing else.
 */

/** Stable codes of problems that this package finds. */
export type ProblemCode =
  /** A field has a value that its type does not allow; what it selects fails closed. */
  | 'POLICY_BAD_FIELD'
  /** A field asks for something that is not supported; the part that holds it matches nothing. */
  | 'POLICY_UNSUPPORTED'
  /** Two policies of one tier have the same priority; they are judged in the order of their names. */
  | 'POLICY_SHARED_PRIORITY'
  /** More rules than the tier has places for; the last ones are left out, those that deny first of all kept. */
  | 'POLICY_TOO_MANY_RULES'
  /** A rule comes to more flows than its author would expect; it is in force. */
  | 'POLICY_COSTLY';

/** What is wrong, where, and the way out. */
export interface Problem {
  readonly code: ProblemCode;
  /** `Kind namespace/name`. */
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

const maxValue = 256;

/** Make a problem; the message is put together from its parts. */
export function problem(parts: Omit<Problem, 'message' | 'value'> & { readonly value: unknown }): Problem {
  const text = typeof parts.value === 'string' ? parts.value : (JSON.stringify(parts.value) ?? 'undefined');
  const value = text.length > maxValue ? `${text.slice(0, maxValue)}...` : text;
  return { ...parts, value, message: `${parts.object}: ${parts.field} is "${value}": ${parts.hint}` };
}
