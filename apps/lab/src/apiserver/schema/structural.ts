/**
 * The structural schema: one vocabulary for builtin kinds and custom resources, so that pruning, defaulting,
 * validation, patching and OpenAPI each have one implementation. A node may be lazy (getters) and the graph may be
 * cyclic (JSONSchemaProps contains itself); walk it along the data, never on its own.
 */
import type { JsonValue } from '../json.ts';

/** Names of one kind. */
export interface GroupVersionKind {
  /** '' for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** @source OpenAPI 3.0 "Data Types" */
export type SchemaType = 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';

/** The keywords that restrict a value; they may stand inside allOf, anyOf, oneOf and not as well. */
export interface ValueRules {
  readonly format?: string;
  readonly enum?: readonly JsonValue[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly exclusiveMaximum?: boolean;
  readonly multipleOf?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly required?: readonly string[];
  readonly allOf?: readonly StructuralSchema[];
  readonly anyOf?: readonly StructuralSchema[];
  readonly oneOf?: readonly StructuralSchema[];
  readonly not?: StructuralSchema;
}

/**
 * One node of a structural schema.
 *
 * @source Kubernetes apiextensions.k8s.io/v1 JSONSchemaProps; the x-kubernetes-* keywords under their camelCase names
 */
export interface StructuralSchema extends ValueRules {
  readonly type?: SchemaType;
  readonly title?: string;
  readonly description?: string;
  readonly nullable?: boolean;
  readonly default?: JsonValue;
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  /** Schema of the values of a map; absent when the object is not a map. */
  readonly additionalProperties?: StructuralSchema;
  readonly items?: StructuralSchema;
  /** x-kubernetes-int-or-string */
  readonly intOrString?: boolean;
  /** x-kubernetes-preserve-unknown-fields */
  readonly preserveUnknownFields?: boolean;
  /** x-kubernetes-embedded-resource */
  readonly embeddedResource?: boolean;
  /** x-kubernetes-list-type; 'atomic' when absent */
  readonly listType?: 'atomic' | 'set' | 'map';
  /** x-kubernetes-list-map-keys */
  readonly listMapKeys?: readonly string[];
  /** Items of a keyed list may repeat a key (a few builtin fields). */
  readonly allowDuplicates?: boolean;
  /** x-kubernetes-map-type; 'granular' when absent */
  readonly mapType?: 'atomic' | 'granular';
  /** x-kubernetes-patch-strategy, for strategic merge patch; builtin kinds alone have it */
  readonly patchStrategy?: string;
  /** x-kubernetes-patch-merge-key */
  readonly patchMergeKey?: string;
  /** Name of the OpenAPI component this node is, when it is one (builtin kinds). */
  readonly component?: string;
}

/** A copy of an object without the keys whose value is undefined. */
export function defined<T extends object>(value: { readonly [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as T;
}

/** The schema of one named member of an object, whether a property or an entry of a map. */
export function memberSchema(schema: StructuralSchema | undefined, key: string): StructuralSchema | undefined {
  const properties = schema?.properties;
  if (properties !== undefined && Object.hasOwn(properties, key)) return properties[key];
  return schema?.additionalProperties;
}
