/** Structural schemas as OpenAPI schemas; named components become references. */
import { asObject, type JsonObject, type JsonValue } from '../json.ts';
import type { StructuralSchema } from '../schema/structural.ts';

/** What differs between the two forms of OpenAPI. */
export interface Dialect {
  /** '#/components/schemas/' in 3.0, '#/definitions/' in 2.0 */
  readonly prefix: string;
  /** In 3.0 a reference that has a description stands inside allOf; in 2.0 beside it. */
  readonly wrapsReferences: boolean;
}

/** @source OpenAPI 3.0 "Reference Object" */
export const dialectV3: Dialect = { prefix: '#/components/schemas/', wrapsReferences: true };
/** @source OpenAPI 2.0 "Reference Object" */
export const dialectV2: Dialect = { prefix: '#/definitions/', wrapsReferences: false };

/** Collects the components that emitted schemas refer to. */
export class SchemaEmitter {
  readonly #dialect: Dialect;
  readonly #pending = new Map<string, StructuralSchema>();
  readonly #done = new Map<string, JsonObject>();

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  /** Add a top-level schema under a name, with extra keywords (x-kubernetes-group-version-kind). */
  define(name: string, schema: StructuralSchema, extra: JsonObject): void {
    const old = this.#done.get(name)?.['x-kubernetes-group-version-kind'];
    const gvks = [...(Array.isArray(old) ? (old as readonly JsonValue[]) : []), extra];
    this.#done.set(name, { ...this.#body(schema), 'x-kubernetes-group-version-kind': gvks });
  }

  /** All components, those that others refer to included. */
  components(): JsonObject {
    for (;;) {
      const [next] = this.#pending;
      if (next === undefined) return Object.fromEntries([...this.#done].toSorted(([left], [right]) => (left < right ? -1 : 1)));
      const [name, schema] = next;
      this.#pending.delete(name);
      if (!this.#done.has(name)) this.#done.set(name, this.#body(schema));
    }
  }

  /** A reference to a component, or the schema in place. */
  #value(schema: StructuralSchema): JsonObject {
    const { component } = schema;
    if (component === undefined) return this.#body(schema);
    if (!this.#done.has(component)) this.#pending.set(component, base(schema));
    const reference = { $ref: `${this.#dialect.prefix}${component}` };
    const below = base(schema).description;
    const about = { ...text('description', schema.description === below ? undefined : schema.description), ...merging(schema) };
    if (Object.keys(about).length === 0) return reference;
    return this.#dialect.wrapsReferences ? { ...about, default: {}, allOf: [reference] } : { ...about, ...reference };
  }

  #body(schema: StructuralSchema): JsonObject {
    const { properties, additionalProperties, items } = schema;
    return {
      ...text('description', schema.description),
      ...text('type', schema.type ?? (schema.preserveUnknownFields === true ? 'object' : undefined)),
      ...(schema.intOrString === true ? this.#intOrString() : {}),
      ...(properties === undefined
        ? {}
        : { properties: Object.fromEntries(Object.entries(properties).map(([key, member]) => [key, this.#value(member)])) }),
      ...(additionalProperties === undefined ? {} : { additionalProperties: this.#value(additionalProperties) }),
      ...(items === undefined ? {} : { items: this.#value(items) }),
      ...rules(schema),
      ...merging(schema),
    };
  }

  #intOrString(): JsonObject {
    return this.#dialect.wrapsReferences
      ? { oneOf: [{ type: 'integer' }, { type: 'string' }], 'x-kubernetes-int-or-string': true }
      : { type: 'string', format: 'int-or-string' };
  }
}

/** A field's node overlays the component's own node: the component is what lies below. */
function base(schema: StructuralSchema): StructuralSchema {
  const below: unknown = Object.getPrototypeOf(schema);
  return below === Object.prototype || below === null ? schema : (below as StructuralSchema);
}

function text(key: string, value: string | undefined): JsonObject {
  return value === undefined || value === '' ? {} : { [key]: value };
}

function rules(schema: StructuralSchema): JsonObject {
  const { format, enum: values, pattern, minLength, maxLength, minimum, maximum, minItems, maxItems, required, nullable } = schema;
  const all: JsonObject = {
    format,
    enum: values,
    pattern,
    minLength,
    maxLength,
    minimum,
    maximum,
    minItems,
    maxItems,
    nullable,
    required: required === undefined || required.length === 0 ? undefined : required,
    default: schema.default,
    'x-kubernetes-preserve-unknown-fields': schema.preserveUnknownFields,
    'x-kubernetes-embedded-resource': schema.embeddedResource,
  };
  return asObject(Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)));
}

function merging(schema: StructuralSchema): JsonObject {
  const all: JsonObject = {
    'x-kubernetes-list-type': schema.listType,
    'x-kubernetes-list-map-keys': schema.listMapKeys,
    'x-kubernetes-map-type': schema.mapType,
    'x-kubernetes-patch-strategy': schema.patchStrategy,
    'x-kubernetes-patch-merge-key': schema.patchMergeKey,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
