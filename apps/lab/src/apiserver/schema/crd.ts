/**
 * Read the openAPIV3Schema of a CustomResourceDefinition version into a structural schema.
 *
 * @source Kubernetes documentation, "Specifying a structural schema"
 */
import { isObject, type JsonObject, type JsonValue } from '../json.ts';
import type { BuiltinSchemas } from './builtin.ts';
import { childPath } from './problem.ts';
import { defined, type SchemaType, type StructuralSchema } from './structural.ts';

/** A schema with what was found wrong (problems refuse the CRD) or ignored (warnings). */
export interface CrdSchema {
  readonly schema: StructuralSchema;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

interface Reading {
  readonly builtins: BuiltinSchemas;
  readonly problems: string[];
  readonly warnings: string[];
}

/** Schemas deeper than this are refused. */
const depthLimit = 64;

/** Read a schema; apiVersion, kind and metadata of the root need not be stated. */
export function structuralFromCrd(openApiV3Schema: JsonObject, builtins: BuiltinSchemas): CrdSchema {
  const reading: Reading = { builtins, problems: [], warnings: [] };
  const root = node(openApiV3Schema, { reading, path: 'openAPIV3Schema', depth: 0, isValueRule: false });
  if (root.type !== 'object') reading.problems.push('openAPIV3Schema.type: must be "object" at the root');
  return { schema: asResource(root, builtins), problems: reading.problems, warnings: reading.warnings };
}

/** Every resource has these fields; their descriptions are those of the builtin kinds. */
function asResource(schema: StructuralSchema, builtins: BuiltinSchemas): StructuralSchema {
  const standard = builtins.schemaFor({ group: '', version: 'v1', kind: 'ConfigMap' })?.properties ?? {};
  const text: StructuralSchema = { type: 'string' };
  return {
    ...schema,
    properties: {
      ...schema.properties,
      apiVersion: { ...(standard['apiVersion'] ?? text), ...schema.properties?.['apiVersion'] },
      kind: { ...(standard['kind'] ?? text), ...schema.properties?.['kind'] },
      metadata: standard['metadata'] ?? builtins.objectMeta,
    },
  };
}

interface Place {
  readonly reading: Reading;
  readonly path: string;
  readonly depth: number;
  /** Inside allOf, anyOf, oneOf, not: value rules alone, no type needed. */
  readonly isValueRule: boolean;
}

function node(raw: JsonObject, place: Place): StructuralSchema {
  const { problems, warnings, builtins } = place.reading;
  if (place.depth > depthLimit) {
    problems.push(`${place.path}: nested deeper than ${depthLimit} levels`);
    return { preserveUnknownFields: true };
  }
  for (const keyword of ['$ref', 'definitions', 'dependencies', 'additionalItems', 'patternProperties'])
    if (raw[keyword] !== undefined) problems.push(`${place.path}.${keyword}: forbidden in a structural schema`);
  if (raw['uniqueItems'] === true) problems.push(`${place.path}.uniqueItems: forbidden: use x-kubernetes-list-type: set`);
  if (raw['x-kubernetes-validations'] !== undefined)
    warnings.push(`${place.path}.x-kubernetes-validations: CEL rules are not evaluated by this API server`);
  if (raw['properties'] !== undefined && isTruthy(raw['additionalProperties']))
    problems.push(`${place.path}.additionalProperties: mutually exclusive with properties`);
  const schema = defined<StructuralSchema>({
    ...plain(raw),
    type: typeOf(raw, place),
    properties: children(raw['properties'], place),
    additionalProperties: additional(raw['additionalProperties'], place),
    items: isObject(raw['items']) ? node(raw['items'], inner(place, 'items')) : undefined,
    allOf: parts(raw, 'allOf', place),
    anyOf: parts(raw, 'anyOf', place),
    oneOf: parts(raw, 'oneOf', place),
    not: isObject(raw['not']) ? node(raw['not'], { ...inner(place, 'not'), isValueRule: true }) : undefined,
  });
  return schema.embeddedResource === true ? asResource({ type: 'object', ...schema }, builtins) : schema;
}

function inner(place: Place, key: string): Place {
  return { ...place, path: childPath(place.path, key), depth: place.depth + 1 };
}

const types: readonly string[] = ['object', 'array', 'string', 'integer', 'number', 'boolean'] satisfies SchemaType[];

function typeOf(raw: JsonObject, place: Place): SchemaType | undefined {
  const { type } = raw;
  if (typeof type === 'string' && types.includes(type)) return type as SchemaType;
  if (type !== undefined && type !== '')
    place.reading.problems.push(`${place.path}.type: unsupported value ${JSON.stringify(type)}: use one of ${types.join(', ')}`);
  else if (!place.isValueRule && raw['x-kubernetes-int-or-string'] !== true && raw['x-kubernetes-preserve-unknown-fields'] !== true)
    place.reading.problems.push(`${place.path}.type: must not be empty for specified object fields`);
  return undefined;
}

function children(raw: JsonValue | undefined, place: Place): Record<string, StructuralSchema> | undefined {
  if (!isObject(raw)) return undefined;
  return Object.fromEntries(
    Object.entries(raw).flatMap(([key, child]) =>
      isObject(child) ? [[key, node(child, inner(inner(place, 'properties'), key))] as const] : [],
    ),
  );
}

function additional(raw: JsonValue | undefined, place: Place): StructuralSchema | undefined {
  if (isObject(raw)) return node(raw, inner(place, 'additionalProperties'));
  return raw === true ? { preserveUnknownFields: true } : undefined;
}

function parts(raw: JsonObject, key: string, place: Place): readonly StructuralSchema[] | undefined {
  const list = raw[key];
  if (!Array.isArray(list)) return undefined;
  return (list as readonly JsonValue[])
    .filter(isObject)
    .map((part, index) => node(part, { ...inner(place, `${key}[${index}]`), isValueRule: true }));
}

function isTruthy(value: JsonValue | undefined): boolean {
  return value !== undefined && value !== false && value !== null;
}

/** The keywords that carry over as they are. */
function plain(raw: JsonObject): { [K in keyof StructuralSchema]: StructuralSchema[K] | undefined } {
  const listType = text(raw['x-kubernetes-list-type']);
  const mapType = text(raw['x-kubernetes-map-type']);
  return {
    title: text(raw['title']),
    description: text(raw['description']),
    format: text(raw['format']),
    pattern: text(raw['pattern']),
    nullable: flag(raw['nullable']),
    default: raw['default'],
    enum: Array.isArray(raw['enum']) ? (raw['enum'] as readonly JsonValue[]) : undefined,
    required: Array.isArray(raw['required'])
      ? (raw['required'] as readonly JsonValue[]).filter((name) => typeof name === 'string')
      : undefined,
    minLength: count(raw['minLength']),
    maxLength: count(raw['maxLength']),
    minimum: count(raw['minimum']),
    maximum: count(raw['maximum']),
    exclusiveMinimum: flag(raw['exclusiveMinimum']),
    exclusiveMaximum: flag(raw['exclusiveMaximum']),
    multipleOf: count(raw['multipleOf']),
    minItems: count(raw['minItems']),
    maxItems: count(raw['maxItems']),
    minProperties: count(raw['minProperties']),
    maxProperties: count(raw['maxProperties']),
    intOrString: flag(raw['x-kubernetes-int-or-string']),
    preserveUnknownFields: flag(raw['x-kubernetes-preserve-unknown-fields']),
    embeddedResource: flag(raw['x-kubernetes-embedded-resource']),
    listType: listType === 'set' || listType === 'map' || listType === 'atomic' ? listType : undefined,
    listMapKeys: Array.isArray(raw['x-kubernetes-list-map-keys'])
      ? (raw['x-kubernetes-list-map-keys'] as readonly JsonValue[]).filter((key) => typeof key === 'string')
      : undefined,
    mapType: mapType === 'atomic' || mapType === 'granular' ? mapType : undefined,
  };
}

function text(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
function flag(value: JsonValue | undefined): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}
function count(value: JsonValue | undefined): number | undefined {
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'number' ? value : undefined;
}
