/**
 * Who belongs to a controller: what refers to it and matches its selector; matching orphans are adopted, and what no
 * longer matches is released.
 *
 * @source Kubernetes pkg/controller/controller_ref_manager.go (behaviour)
 */
import type { KubeObject, LabelSelector, OwnerReference, Resource } from '@kube-ovn/api';
import { controllerReference, type Action } from './action.ts';
import { keyOf } from './objects.ts';
import { selects } from './selector.ts';

/** The owner that controls an object. */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((reference) => reference.controller === true);
}

/** Index key of what a controller owns: the owner's uid. */
export function byController(object: KubeObject): readonly string[] {
  const owner = controllerOf(object);
  return owner === undefined ? [] : [owner.uid];
}

/** Index key of what nobody owns: its namespace. */
export function orphanNamespace(object: KubeObject): readonly string[] {
  return controllerOf(object) === undefined ? [object.metadata.namespace ?? ''] : [];
}

/** Who claims. */
export interface Claimant {
  readonly owner: KubeObject;
  readonly ownerResource: Resource<unknown>;
  readonly selector: LabelSelector | undefined;
  readonly resource: Resource<unknown>;
}

/** What belongs to the owner, adopted ones included, and what must be written for it. */
export interface Claim<T> {
  readonly owned: readonly T[];
  readonly actions: readonly Action[];
}

/** Decide about each candidate: those that the owner controls, and orphans of its namespace. */
export function claim<T extends KubeObject>(claimant: Claimant, candidates: readonly T[]): Claim<T> {
  const { owner, ownerResource, selector, resource } = claimant;
  const isOwnerGoing = owner.metadata.deletionTimestamp !== undefined;
  const owned: T[] = [];
  const actions: Action[] = [];
  for (const candidate of candidates) {
    const controller = controllerOf(candidate);
    const isMatch = selects(selector, candidate.metadata.labels);
    if (controller?.uid === owner.metadata.uid) {
      if (isMatch || isOwnerGoing) owned.push(candidate);
      else
        actions.push(
          rewrite(
            resource,
            candidate,
            references(candidate).filter((reference) => reference.uid !== owner.metadata.uid),
          ),
        );
    } else if (controller === undefined && isMatch && !isOwnerGoing && candidate.metadata.deletionTimestamp === undefined) {
      owned.push(candidate);
      actions.push(rewrite(resource, candidate, [...references(candidate), controllerReference(ownerResource, owner)]));
    }
  }
  return { owned, actions };
}

function references(object: KubeObject): readonly OwnerReference[] {
  return object.metadata.ownerReferences ?? [];
}

/** The uid makes the patch fail rather than hit another object of the name. */
function rewrite(resource: Resource<unknown>, object: KubeObject, ownerReferences: readonly OwnerReference[]): Action {
  return { do: 'patch', resource, key: keyOf(object), body: { metadata: { uid: object.metadata.uid, ownerReferences } } };
}
