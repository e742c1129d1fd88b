/**
 * What every Kubernetes object carries.
 *
 * Only fields that we read or write are named. All are optional where a server may leave them out, so that code which
 * reads a strange object meets `undefined` and not a wrong promise.
 *
 * @source Kubernetes meta/v1 ObjectMeta, OwnerReference, LabelSelector, Condition
 */

/** Reference to the object that owns this one. */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** Metadata of an object. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly generateName?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
}

/** Any object of the API. */
export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ObjectMeta;
}

/** Selects objects by their labels. An empty selector selects all. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
    readonly values?: readonly string[];
  }[];
}

/** Where objects of one kind live in the API, and the type that they have. */
export interface Resource<T> {
  /** `v1` or `group/version`. */
  readonly apiVersion: string;
  readonly kind: string;
  /** Lower-case plural, the segment of the URL. */
  readonly plural: string;
  readonly namespaced: boolean;
  /** Carries the type alone; no value ever has it. */
  readonly $type?: T;
}
