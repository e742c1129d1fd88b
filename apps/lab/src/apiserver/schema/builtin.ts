/** Structural schemas of the builtin kinds, built from the models on first use and kept. */
import { atomicModels, fieldMergeRules, quantityFields } from './merge-rules.ts';
import { clientNodeModels, type Model, type ModelField, type ModelSource } from './model-source.ts';
import { defined, type GroupVersionKind, type SchemaType, type StructuralSchema } from './structural.ts';
import { alsoRequired, fieldValueRules, neverRequired } from './value-rules.ts';

/** Models whose content is any JSON, whatever their fields say. */
const freeForm: ReadonlySet<string> = new Set(['any', 'object', 'RuntimeRawExtension', 'VersionedJSON']);

/** Looks up the schemas of builtin kinds. Make one and pass it on: it keeps what it has built. */
export class BuiltinSchemas {
  readonly #source: ModelSource;
  readonly #built = new Map<string, StructuralSchema>();

  constructor(source: ModelSource = clientNodeModels()) {
    this.#source = source;
  }

  /**
   * The schema of a builtin kind, or undefined when there is no such kind.
   *
   * @source class names of @kubernetes/client-node: `V1Pod`, and `CoreV1Event`/`EventsV1Event` where groups collide
   */
  schemaFor(gvk: GroupVersionKind): StructuralSchema | undefined {
    const version = capitalised(gvk.version);
    const group = capitalised(gvk.group === '' ? 'core' : (gvk.group.split('.')[0] ?? ''));
    return this.#model(`${version}${gvk.kind}`) ?? this.#model(`${group}${version}${gvk.kind}`);
  }

  /** @source Kubernetes meta/v1 ObjectMeta */
  get objectMeta(): StructuralSchema {
    const schema = this.#model('V1ObjectMeta');
    if (schema === undefined) throw new Error('bug: @kubernetes/client-node has no model V1ObjectMeta');
    return schema;
  }

  #model(name: string): StructuralSchema | undefined {
    const known = this.#built.get(name);
    if (known !== undefined) return known;
    const model = this.#source.model(name);
    if (model === undefined) return undefined;
    const schema = modelSchema(model, (type) => this.#typeSchema(type));
    this.#built.set(name, schema);
    return schema;
  }

  /** @source type expressions of the attribute maps */
  #typeSchema(type: string): StructuralSchema {
    const list = /^Array<(.*)>$/.exec(type)?.[1];
    if (list !== undefined) return { type: 'array', items: this.#typeSchema(list) };
    const map = /^\{ \[key: string\]: (.*); \}$/.exec(type)?.[1];
    if (map !== undefined) return { type: 'object', additionalProperties: this.#typeSchema(map) };
    if (freeForm.has(type)) return { preserveUnknownFields: true };
    if (type === 'IntOrString') return { intOrString: true, component: 'io.k8s.apimachinery.pkg.util.intstr.IntOrString' };
    if (type === 'Date' || type === 'V1MicroTime') return { type: 'string', format: 'date-time' };
    if (type === 'string' || type === 'boolean' || type === 'number') return { type: type };
    const model = this.#model(type);
    if (model === undefined) throw new Error(`bug: no model for type ${type}`);
    return model;
  }
}

function modelSchema(model: Model, typeSchema: (type: string) => StructuralSchema): StructuralSchema {
  const short = shortName(model.name);
  const required = requiredFields(short, model.fields);
  let properties: Record<string, StructuralSchema> | undefined;
  return {
    ...defined<StructuralSchema>({
      type: 'object',
      description: model.description === '' ? undefined : model.description,
      required: required.length === 0 ? undefined : required,
      mapType: atomicModels.has(short) ? 'atomic' : undefined,
      component: componentName(model.name),
      ...(model.fields.length === 0 ? { preserveUnknownFields: true } : {}),
    }),
    // built on first use: models refer to each other in cycles
    get properties(): Readonly<Record<string, StructuralSchema>> {
      properties ??= Object.fromEntries(model.fields.map((field) => [field.name, fieldSchema(short, field, typeSchema)]));
      return properties;
    },
  };
}

/** A status is written by controllers in steps, and the API server does not insist on its fields either. */
function requiredFields(model: string, fields: readonly ModelField[]): readonly string[] {
  if (/Status$|^NodeSystemInfo$/.test(model)) return [];
  const stated = fields.filter((field) => field.required && !neverRequired.has(`${model}.${field.name}`)).map((field) => field.name);
  return [...new Set([...stated, ...(alsoRequired[model] ?? [])])];
}

function fieldSchema(model: string, field: ModelField, typeSchema: (type: string) => StructuralSchema): StructuralSchema {
  const key = `${model}.${field.name}`;
  const base = quantityFields.has(key) ? quantity(field.type) : typed(typeSchema(field.type), field);
  const rules = fieldValueRules[key];
  const ruled =
    rules === undefined ? base : base.items === undefined ? { ...base, ...rules } : { ...base, items: { ...base.items, ...rules } };
  // a reference keeps its lazy properties: overlay, never copy
  return overlay(ruled, defined({ ...fieldMergeRules[key], description: field.description === '' ? undefined : field.description }));
}

function overlay(base: StructuralSchema, over: Partial<StructuralSchema>): StructuralSchema {
  if (base.component === undefined) return { ...base, ...over };
  return Object.create(base, Object.getOwnPropertyDescriptors(over)) as StructuralSchema;
}

function typed(schema: StructuralSchema, field: ModelField): StructuralSchema {
  if (schema.type !== ('number' as SchemaType)) return field.format === 'byte' ? { ...schema, format: 'byte' } : schema;
  if (field.format === 'int32' || field.format === 'int64') return { type: 'integer', format: field.format };
  return defined({ type: 'number', format: field.format === '' ? undefined : field.format });
}

function quantity(type: string): StructuralSchema {
  const value: StructuralSchema = { intOrString: true, component: 'io.k8s.apimachinery.pkg.api.resource.Quantity' };
  return type.startsWith('{') ? { type: 'object', additionalProperties: value } : value;
}

/** `V1PodSpec` → `PodSpec`; `CoreV1Event` → `Event`. */
function shortName(model: string): string {
  return model.replace(/^[A-Z]?[a-zA-Z]*?V\d+(?:(?:alpha|beta)\d+)?(?=[A-Z])/, '');
}

/** `V1PodSpec` → `io.k8s.api.v1.PodSpec`; `CoreV1Event` → `io.k8s.api.core.v1.Event`. */
function componentName(model: string): string {
  const parts = /^([A-Z][a-z]*)??(V\d+(?:(?:alpha|beta)\d+)?)([A-Z].*)$/.exec(model);
  if (parts === null) return `io.k8s.api.${model}`;
  const [, group, version, kind] = parts;
  return ['io.k8s.api', group?.toLowerCase(), version?.toLowerCase(), kind].filter((part) => part !== undefined).join('.');
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
