/** One column of a table, and the reading of objects that several kinds' columns share. */
import { asArray, asObject, asString, at, isObject, type JsonObject, type JsonValue } from '../json.ts';
import { formatAge } from './age.ts';

/** What a cell may look at besides its object. */
export interface CellContext {
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** One column. @source meta.k8s.io/v1 TableColumnDefinition */
export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly format?: string;
  readonly description?: string;
  /** 0 shows always, 1 with -o wide. */
  readonly priority: number;
  readonly cell: (object: JsonObject, context: CellContext) => JsonValue;
}

/** A column that always shows. */
export function column(name: string, cell: Column['cell'], type: Column['type'] = 'string'): Column {
  return { name, type, priority: 0, cell };
}

/** A column that shows with -o wide. */
export function wide(name: string, cell: Column['cell']): Column {
  return { name, type: 'string', priority: 1, cell };
}

/** Every table's first column. */
export const nameColumn: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  priority: 0,
  description: 'Name must be unique within a namespace.',
  cell: (object) => at(object, 'metadata', 'name') ?? '',
};

/** How long the object has existed. */
export const ageColumn: Column = column('Age', (object, { now }) => formatAge(at(object, 'metadata', 'creationTimestamp'), now));

/** A number at a path; 0 when it is not there. */
export function numberAt(object: JsonObject, ...path: readonly string[]): number {
  const value = at(object, ...path);
  return typeof value === 'number' ? value : 0;
}

/** Text at a path. */
export function textAt(object: JsonObject, ...path: readonly string[]): string | undefined {
  return asString(at(object, ...path));
}

/** The objects of the list at a path. */
export function objectsAt(object: JsonObject, ...path: readonly string[]): readonly JsonObject[] {
  return asArray(at(object, ...path)).filter(isObject);
}

/** `a=1,b=2`; `<none>` when empty. @source labels.FormatLabels */
export function formatLabels(labels: JsonValue | undefined): string {
  const entries = Object.entries(asObject(labels)).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return entries.length === 0 ? '<none>' : entries.map(([key, value]) => `${key}=${asString(value) ?? ''}`).join(',');
}

/** A label selector as kubectl prints it. @source metav1.FormatLabelSelector */
export function formatSelector(selector: JsonValue | undefined): string {
  const { matchLabels } = asObject(selector);
  const equalities = Object.entries(asObject(matchLabels)).map(([key, value]) => `${key}=${asString(value) ?? ''}`);
  const expressions = objectsAt(asObject(selector), 'matchExpressions').map((expression) => {
    const key = textAt(expression, 'key') ?? '';
    const values = asArray(expression['values'])
      .map((value) => asString(value) ?? '')
      .join(',');
    const operator = textAt(expression, 'operator');
    if (operator === 'Exists') return key;
    if (operator === 'DoesNotExist') return `!${key}`;
    return `${key} ${operator === 'NotIn' ? 'notin' : 'in'} (${values})`;
  });
  const all = [...equalities.toSorted(), ...expressions];
  return all.length === 0 ? '<none>' : all.join(',');
}

/** A list shortened as kubectl does: three entries, then how many more. */
export function shortened(list: readonly string[], limit = 3): string {
  if (list.length === 0) return '<none>';
  const more = list.length - limit;
  return more > 0 ? `${list.slice(0, limit).join(',')} + ${more} more...` : list.join(',');
}
