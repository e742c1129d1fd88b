/**
 * The few kinds of field that a structural schema of Kubernetes may have, as typebox types.
 *
 * One definition gives both the TypeScript type and the JSON schema. Kubernetes allows a subset of JSON schema, so
 * enumerations, maps and label selectors are written out here instead of typebox's own forms (`anyOf`, `patternProperties`).
 *
 * @source Kubernetes, "Specifying a structural schema"
 */
import Type from 'typebox';
import type { LabelSelector } from '../objects/meta.ts';

/** A whole number that may be larger than 2^53: see exact-json.ts. */
export type Counter = number | bigint;

/** Any JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Bounds and defaults of a text field. */
export interface TextOptions {
  readonly default?: string;
  readonly pattern?: string;
  readonly maxLength?: number;
  readonly format?: 'date-time';
}

/** Bounds and defaults of a number field. */
export interface NumberOptions {
  readonly default?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

export const text = (description: string, options: TextOptions = {}): Type.TOptional<Type.TString> =>
  Type.Optional(Type.String({ description, ...options }));

export const flag = (description: string, options: { readonly default?: boolean } = {}): Type.TOptional<Type.TBoolean> =>
  Type.Optional(Type.Boolean({ description, ...options }));

export const integer = (
  description: string,
  options: NumberOptions & { readonly format?: 'int32' | 'int64' } = {},
): Type.TOptional<Type.TInteger> => Type.Optional(Type.Integer({ description, ...options }));

export const texts = (description: string): Type.TOptional<Type.TArray<Type.TString>> =>
  Type.Optional(Type.Array(Type.String(), { description }));

export const choice = <const T extends string>(
  description: string,
  values: readonly T[],
  options: { readonly default?: T } = {},
): Type.TOptional<Type.TUnsafe<T>> => Type.Optional(Type.Unsafe<T>({ type: 'string', enum: [...values], description, ...options }));

/** A counter of addresses. @source Kube-OVN serialises these as JSON numbers of any size */
export const counter = (description: string): Type.TOptional<Type.TUnsafe<Counter>> =>
  Type.Optional(Type.Unsafe<Counter>({ type: 'number', description }));

/** Map of text to text. */
export const textMap = (description: string): Type.TOptional<Type.TUnsafe<Record<string, string>>> =>
  Type.Optional(Type.Unsafe<Record<string, string>>({ type: 'object', additionalProperties: { type: 'string' }, description }));

/** Map of text to objects of one schema. */
export const mapOf = <T extends Type.TSchema>(
  description: string,
  values: T,
): Type.TOptional<Type.TUnsafe<Record<string, Type.Static<T>>>> =>
  Type.Optional(Type.Unsafe<Record<string, Type.Static<T>>>({ type: 'object', additionalProperties: values, description }));

/** An object whose fields are kept as they are: it is passed on to Kubernetes, which checks it. */
export const openObject = (description: string): Type.TOptional<Type.TUnsafe<JsonObject>> =>
  Type.Optional(Type.Unsafe<JsonObject>({ type: 'object', description, 'x-kubernetes-preserve-unknown-fields': true }));

export const list = <T extends Type.TSchema>(description: string, items: T): Type.TOptional<Type.TArray<T>> =>
  Type.Optional(Type.Array(items, { description }));

/** An object with the given fields. */
export const fields = <T extends Type.TProperties>(
  properties: T,
  options: { readonly description?: string; readonly default?: unknown } = {},
): Type.TObject<T> => Type.Object(properties, options);

/** A field that may be absent. */
export const optional = Type.Optional;

type Frozen<T> = T extends readonly (infer U)[] ? readonly Frozen<U>[] : T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T;

/** The TypeScript type of a schema, readonly all the way down. */
export type Shape<S extends Type.TSchema> = Frozen<Type.Static<S>>;

/** A field that must be present. */
export const required = {
  text: (description: string, options: TextOptions = {}): Type.TString => Type.String({ description, ...options }),
  texts: (description: string, options: { readonly minItems?: number } = {}): Type.TArray<Type.TString> =>
    Type.Array(Type.String(), { description, ...options }),
  integer: (description: string, options: NumberOptions & { readonly format?: 'int32' | 'int64' } = {}): Type.TInteger =>
    Type.Integer({ description, ...options }),
  list: <T extends Type.TSchema>(description: string, items: T): Type.TArray<T> => Type.Array(items, { description, minItems: 1 }),
  choice: <const T extends string>(description: string, values: readonly T[]): Type.TUnsafe<T> =>
    Type.Unsafe<T>({ type: 'string', enum: [...values], description }),
};

/** A label selector. @source Kubernetes meta/v1 LabelSelector */
export const labelSelector = (description: string): Type.TUnsafe<LabelSelector> =>
  Type.Unsafe<LabelSelector>({
    type: 'object',
    description,
    properties: {
      matchLabels: { type: 'object', additionalProperties: { type: 'string' } },
      matchExpressions: {
        type: 'array',
        items: {
          type: 'object',
          required: ['key', 'operator'],
          properties: {
            key: { type: 'string' },
            operator: { type: 'string', enum: ['In', 'NotIn', 'Exists', 'DoesNotExist'] },
            values: { type: 'array', items: { type: 'string' } },
          },
        },
      },
    },
  });
