/** Field problems in the words of the Kubernetes API. @source apimachinery pkg/util/validation/field */
import type { JsonValue } from '../json.ts';

/** @source metav1.CauseType */
export type FieldReason =
  | 'FieldValueRequired'
  | 'FieldValueInvalid'
  | 'FieldValueNotSupported'
  | 'FieldValueTypeInvalid'
  | 'FieldValueDuplicate'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany'
  | 'FieldValueForbidden';

/** What is wrong with one field. */
export interface FieldError {
  /** Path, such as `spec.ports[0].port`; '' names the object itself. */
  readonly field: string;
  readonly reason: FieldReason;
  readonly message: string;
}

/** A value as messages show it: strings quoted, structures shortened. */
export function shown(value: JsonValue): string {
  if (typeof value === 'bigint') return value.toString();
  const text = JSON.stringify(value, (_key, entry: unknown) => (typeof entry === 'bigint' ? entry.toString() : entry));
  return text.length > 200 ? `${text.slice(0, 200)}...` : text;
}

/** `spec` + `ports` → `spec.ports`. */
export function childPath(path: string, key: string): string {
  if (!/^[\w-]+$/.test(key)) return `${path}[${key}]`;
  return path === '' ? key : `${path}.${key}`;
}
