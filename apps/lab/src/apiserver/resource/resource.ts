/** What the server knows of one kind of object at one version. */
import type { JsonObject } from '../json.ts';
import type { KubeObject } from '../object.ts';
import type { StructuralSchema } from '../schema/index.ts';
import type { FieldError, ResourceName } from '../status.ts';

/** A part of an object, or an action on it, with a path of its own. */
export interface Subresource {
  readonly name: string;
  /** the kind of its body; the resource's own kind when left out */
  readonly kind?: string;
  readonly group?: string;
  readonly version?: string;
  readonly verbs: readonly string[];
}

/** Where a scale subresource finds its numbers. @source CustomResourceSubresourceScale */
export interface ScalePaths {
  readonly specReplicas: readonly string[];
  readonly statusReplicas: readonly string[];
  readonly selector: readonly string[];
}

/** What a strategy may look at. */
export interface StrategyContext {
  readonly now: () => number;
  readonly find: (storage: string, key: string) => KubeObject | undefined;
  readonly all: (storage: string) => readonly KubeObject[];
}

/** The rules of one kind beyond its schema: values the server decides, and fields that may not change. */
export interface Strategy {
  /** its values depend on other objects of the kind, so a decision is void when one of them changes */
  readonly readsOthers?: true;
  readonly prepareCreate?: (object: KubeObject, context: StrategyContext) => KubeObject;
  readonly prepareUpdate?: (next: KubeObject, before: KubeObject, context: StrategyContext) => KubeObject;
  readonly validateCreate?: (object: KubeObject, context: StrategyContext) => readonly FieldError[];
  /** why the object may not be deleted; `undefined` when it may */
  readonly refuseDelete?: (object: KubeObject) => string | undefined;
  readonly validateUpdate?: (next: KubeObject, before: KubeObject, context: StrategyContext) => readonly FieldError[];
}

/** A served kind at a served version. */
export interface Resource extends ResourceName {
  readonly version: string;
  readonly apiVersion: string;
  readonly singular: string;
  readonly listKind: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly subresources: readonly Subresource[];
  /** name of its collection in the store; the same for all versions */
  readonly storage: string;
  /** apiVersion that is stored */
  readonly storageApiVersion: string;
  readonly schema: StructuralSchema | undefined;
  readonly builtin: boolean;
  /** `metadata.generation` counts changes of the desired state */
  readonly countsGeneration: boolean;
  /** the status that a create brings is kept (nodes register with their status) */
  readonly keepsStatusOnCreate: boolean;
  /** a replace without resourceVersion is taken as "whatever is there" */
  readonly unconditionalUpdate: boolean;
  /** a replace of an absent object makes it */
  readonly createOnUpdate: boolean;
  /** deletion waits for `deletionGracePeriodSeconds` (pods) */
  readonly gracefulDeletion: boolean;
  /** paths that field selectors may name besides metadata.name and metadata.namespace */
  readonly selectableFields: readonly string[];
  readonly scale?: ScalePaths;
  /** a custom resource's `additionalPrinterColumns` */
  readonly columns?: readonly JsonObject[];
  readonly strategy: Strategy;
}

/** Verbs of a resource that is stored. */
export const storedVerbs: readonly string[] = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/** Verbs of a status or scale subresource. */
export const partVerbs: readonly string[] = ['get', 'patch', 'update'];

/** Whether the resource has the subresource. */
export function hasSubresource(resource: Resource, name: string): boolean {
  return resource.subresources.some((subresource) => subresource.name === name);
}
