/** The step between deciding on a write and storing it: others may write meanwhile. */
import type { AdmissionRequest } from '../admission/admission.ts';
import type { Api } from '../api.ts';
import type { KubeObject } from '../object.ts';
import { targetKey } from '../api.ts';
import { refit } from './decode.ts';

/** What the commit gave, or that what it was decided on no longer holds and nothing was committed. */
export type Admitted<T> = { readonly done: T } | 'overtaken';

/**
 * Ask the webhooks, then commit.
 *
 * Between the last look at the store and the commit nothing else runs; with no webhook to ask, nothing else runs since the call.
 *
 * The decision is overtaken when the object itself changed while they were asked, or, where values are chosen by what other objects hold
 * (service addresses), when any object of the kind did.
 *
 * @throws {StatusError} what a webhook refuses; 422 when it made the object invalid
 */
export async function admitWrite<T>(
  api: Api,
  request: AdmissionRequest & { readonly object: KubeObject },
  commit: (object: KubeObject) => T,
): Promise<Admitted<T>> {
  const { resource } = request.target;
  const collection = api.store.collection(resource.storage);
  const stored = collection.get(targetKey(request.target));
  const revision = api.store.revision;
  const answer = api.admission.admit(request);
  const object = (answer instanceof Promise ? await answer : answer) ?? request.object;
  if (collection.get(targetKey(request.target)) !== stored) return 'overtaken';
  if (resource.strategy.readsOthers === true && collection.changesAfter(revision)?.length !== 0) return 'overtaken';
  return { done: commit(object === request.object ? object : refit(resource, object)) };
}
