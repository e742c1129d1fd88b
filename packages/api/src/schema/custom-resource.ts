/**
 * From one schema to a CustomResourceDefinition and a typed resource.
 */
import type Type from 'typebox';
import type { KubeObject, Resource } from '../objects/meta.ts';
import type { Shape } from './fields.ts';

/** A column that `kubectl get` prints. @source apiextensions/v1 CustomResourceColumnDefinition */
export interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly jsonPath: string;
  /** 0 (default) is always shown, larger ones with `-o wide`. */
  readonly priority?: number;
}

/** Where `kubectl scale` finds its numbers. @source apiextensions/v1 CustomResourceSubresourceScale */
export interface ScalePaths {
  readonly specReplicasPath: string;
  readonly statusReplicasPath: string;
  readonly labelSelectorPath?: string;
}

/** The part of apiextensions/v1 CustomResourceDefinition that we write; plain JSON. */
export interface CustomResourceDefinition {
  readonly apiVersion: 'apiextensions.k8s.io/v1';
  readonly kind: 'CustomResourceDefinition';
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: {
    readonly group: string;
    readonly scope: 'Cluster' | 'Namespaced';
    readonly names: {
      readonly kind: string;
      readonly listKind: string;
      readonly plural: string;
      readonly singular: string;
      readonly shortNames?: readonly string[];
    };
    readonly versions: readonly {
      readonly name: string;
      readonly served: boolean;
      readonly storage: boolean;
      readonly schema: { readonly openAPIV3Schema: JsonSchema };
      readonly subresources?: { readonly status?: Readonly<Record<string, never>>; readonly scale?: ScalePaths };
      readonly additionalPrinterColumns?: readonly PrinterColumn[];
    }[];
  };
}

/** A JSON schema as plain data. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Group and version of our own custom resources. */
const GROUP = 'kubeovn.io';
const VERSION = 'v1';

/** An object of a custom resource. */
export interface CustomObject<Spec, Status> extends KubeObject {
  readonly spec: Spec;
  readonly status?: Status;
}

export interface CustomResourceOptions<S extends Type.TObject, T extends Type.TObject> {
  /** Default: that of Kube-OVN. */
  readonly group?: string;
  /** Default: that of Kube-OVN. */
  readonly version?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly description: string;
  readonly spec: S;
  readonly status: T;
  /** Whether status is written through its own endpoint. Default: true. */
  readonly statusSubresource?: boolean;
  readonly scale?: ScalePaths;
  /** Default: false. */
  readonly namespaced?: boolean;
  readonly columns: readonly PrinterColumn[];
}

/** A custom resource: where it lives, and its definition for the API server. */
export interface CustomResource<T> {
  readonly resource: Resource<T>;
  readonly crd: CustomResourceDefinition;
}

/**
 * Define a custom resource.
 *
 * A spec without required fields defaults to `{}`, so that defaults inside it apply to an object that was written without one.
 */
export function customResource<S extends Type.TObject, T extends Type.TObject>(
  options: CustomResourceOptions<S, T>,
): CustomResource<CustomObject<Shape<S>, Shape<T>>> {
  const { group = GROUP, version = VERSION, annotations, kind, plural, singular, shortNames, scale, namespaced = false } = options;
  return {
    resource: { apiVersion: `${group}/${version}`, kind, plural, namespaced },
    crd: {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `${plural}.${group}`, ...(annotations && { annotations }) },
      spec: {
        group,
        scope: namespaced ? 'Namespaced' : 'Cluster',
        names: { kind, listKind: `${kind}List`, plural, singular, ...(shortNames.length === 0 ? {} : { shortNames }) },
        versions: [
          {
            name: version,
            served: true,
            storage: true,
            schema: { openAPIV3Schema: rootSchema(options) },
            ...(options.statusSubresource === false ? {} : { subresources: { status: {}, ...(scale && { scale }) } }),
            additionalPrinterColumns: options.columns,
          },
        ],
      },
    },
  };
}

function rootSchema(options: { readonly description: string; readonly spec: Type.TObject; readonly status: Type.TObject }): JsonSchema {
  const spec = plain(options.spec);
  const needsSpec = Array.isArray(spec['required']) && spec['required'].length > 0;
  return {
    type: 'object',
    description: options.description,
    ...(needsSpec ? { required: ['spec'] } : {}),
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      spec: needsSpec ? spec : { ...spec, default: {} },
      status: plain(options.status),
    },
  };
}

/** typebox keeps marks of its own beside the schema; a definition is plain JSON. */
function plain(schema: Type.TSchema): JsonSchema {
  const copy: unknown = JSON.parse(JSON.stringify(schema));
  return copy as JsonSchema;
}
