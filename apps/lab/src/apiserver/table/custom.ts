/** The columns that a CustomResourceDefinition states. @source apiextensions.k8s.io/v1 CustomResourceColumnDefinition */
import { formatJson, type JsonObject, type JsonValue } from '../json.ts';
import { formatAge } from './age.ts';
import { ageColumn, nameColumn, textAt, type CellContext, type Column } from './column.ts';
import { compileJsonPath } from './json-path.ts';

/** The columns of a custom resource: its name, then what the CRD states, or the age when it states nothing. */
export function customColumns(stated: readonly JsonObject[]): readonly Column[] {
  return [nameColumn, ...(stated.length === 0 ? [ageColumn] : stated.map(customColumn))];
}

const types: readonly string[] = ['string', 'integer', 'number', 'boolean', 'date'] satisfies Column['type'][];

function customColumn(stated: JsonObject): Column {
  const path = compileJsonPath(textAt(stated, 'jsonPath') ?? '');
  const type = (types.find((known) => known === stated['type']) ?? 'string') as Column['type'];
  const format = textAt(stated, 'format');
  const description = textAt(stated, 'description');
  return {
    name: textAt(stated, 'name') ?? '',
    type,
    priority: typeof stated['priority'] === 'number' ? stated['priority'] : 0,
    ...(format === undefined ? {} : { format }),
    ...(description === undefined ? {} : { description }),
    cell: (object, context) => cellOf(path?.(object) ?? [], type, context),
  };
}

function cellOf(values: readonly JsonValue[], type: Column['type'], context: CellContext): JsonValue {
  const [first] = values;
  if (first === undefined || first === null) return null;
  if (type === 'date') return formatAge(first, context.now);
  if (type === 'string') return values.map(asText).join(',');
  const isNumber = typeof first === 'number' || typeof first === 'bigint';
  if (type === 'boolean') return typeof first === 'boolean' ? first : null;
  if (!isNumber) return null;
  // kubectl reads numbers as float64: text keeps the digits
  return typeof first === 'bigint' ? asText(first) : first;
}

function asText(value: JsonValue): string {
  return typeof value === 'object' ? formatJson(value) : String(value);
}
