/** What a controller wants done: plain data, so that a plan can be compared, tested and printed. */
import type { KubeObject, OwnerReference, Resource } from '@kube-ovn/api';
import { keyOf } from './objects.ts';

/** An object to create: its name may be left to the API server. */
export type Draft = Omit<KubeObject, 'metadata'> & { readonly metadata: Omit<KubeObject['metadata'], 'name'> & { readonly name?: string } };

/** One request to the API server, or one event. */
export type Action =
  | { readonly do: 'create'; readonly resource: Resource<unknown>; readonly object: Draft }
  | {
      readonly do: 'delete';
      readonly resource: Resource<unknown>;
      readonly key: string;
      readonly uid: string;
      readonly graceSeconds?: number;
    }
  | {
      readonly do: 'patch';
      readonly resource: Resource<unknown>;
      readonly key: string;
      readonly body: object;
      /** Default merge. */
      readonly type?: 'merge' | 'strategic';
      readonly subresource?: 'status';
    }
  | {
      readonly do: 'event';
      readonly about: KubeObject;
      readonly type: 'Normal' | 'Warning';
      readonly reason: string;
      readonly message: string;
    };

/** Everything to do for one object now. */
export type Plan = readonly Action[];

/** Delete exactly this object, not another of its name. */
export function deletion(resource: Resource<unknown>, object: KubeObject): Action {
  return { do: 'delete', resource, key: keyOf(object), uid: object.metadata.uid ?? '' };
}

/** Change the fields of a status. */
export function statusPatch(resource: Resource<unknown>, object: KubeObject, status: object): Action {
  return { do: 'patch', resource, key: keyOf(object), body: { status }, subresource: 'status' };
}

/** The reference by which a controller owns what it makes. */
export function controllerReference(resource: Resource<unknown>, owner: KubeObject): OwnerReference {
  return {
    apiVersion: resource.apiVersion,
    kind: resource.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
}
