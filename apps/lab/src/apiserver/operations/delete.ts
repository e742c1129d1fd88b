/** DELETE of one object: preconditions, propagation, grace, finalizers. */
import type { Api, Target, WriteOptions } from '../api.ts';
import { targetKey } from '../api.ts';
import type { JsonValue } from '../json.ts';
import { asArray, asObject, asString, asText, at, isObject } from '../json.ts';
import type { KubeObject } from '../object.ts';
import { formatTime, withMetadata } from '../object.ts';
import { badRequest, conflict, forbidden, invalid, notFound, staleWrite } from '../status.ts';
import { Stored } from '../store/stored.ts';
import { isReleased } from './update.ts';

/** What becomes of objects that name the deleted one as owner. */
export type Propagation = 'Background' | 'Foreground' | 'Orphan';

/** @source Kubernetes meta/v1 DeleteOptions */
export interface DeleteOptions {
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly gracePeriodSeconds?: number;
  readonly propagation?: Propagation;
}

/** The finalizers by which the garbage collector holds an owner. */
export const orphanFinalizer = 'orphan';
export const foregroundFinalizer = 'foregroundDeletion';

/** how often a deletion is tried again when others write in between */
const attempts = 10;

/**
 * Read DeleteOptions from a body and the query; the body wins.
 *
 * @throws {StatusError} 400, 422
 */
export function readDeleteOptions(body: JsonValue | undefined, query: URLSearchParams): DeleteOptions {
  const options = isObject(body) ? body : {};
  const kind = asString(options['kind']);
  if (kind !== undefined && kind !== 'DeleteOptions') throw badRequest(`the body of a delete must be DeleteOptions, not ${kind}`);
  const preconditions = asObject(options['preconditions']);
  const uid = asString(preconditions['uid']);
  const resourceVersion = asString(preconditions['resourceVersion']);
  const grace = options['gracePeriodSeconds'] ?? (query.has('gracePeriodSeconds') ? Number(query.get('gracePeriodSeconds')) : undefined);
  const propagation = asString(options['propagationPolicy']) ?? query.get('propagationPolicy') ?? undefined;
  const orphan = options['orphanDependents'] ?? (query.has('orphanDependents') ? query.get('orphanDependents') === 'true' : undefined);
  if (grace !== undefined && grace !== null && (typeof grace !== 'number' || !Number.isInteger(grace)))
    throw badRequest(`gracePeriodSeconds must be an integer, not ${asText(grace)}`);
  return {
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    ...(typeof grace === 'number' ? { gracePeriodSeconds: Math.max(0, grace) } : {}),
    ...propagationOf(propagation, orphan),
  };
}

function propagationOf(policy: string | undefined, orphan: JsonValue | undefined): { propagation?: Propagation } {
  if (policy === 'Background' || policy === 'Foreground' || policy === 'Orphan') return { propagation: policy };
  if (policy !== undefined && policy !== '') {
    throw invalid({ group: 'meta.k8s.io', plural: 'deleteoptions', kind: 'DeleteOptions' }, '', [
      {
        field: 'propagationPolicy',
        reason: 'FieldValueNotSupported',
        message: `Unsupported value: "${policy}": supported values: "Background", "Foreground", "Orphan"`,
      },
    ]);
  }
  return typeof orphan === 'boolean' ? { propagation: orphan ? 'Orphan' : 'Background' } : {};
}

/** How a deletion went: gone, or still held by grace or finalizers. */
export interface Deleted {
  readonly stored: Stored;
  readonly gone: boolean;
}

/**
 * Delete an object, or mark it for deletion when something holds it.
 *
 * @throws {StatusError} 404, 409 (preconditions)
 */
export async function deleteObject(api: Api, target: Target, asked: DeleteOptions, options: WriteOptions): Promise<Deleted> {
  const { resource, name = '' } = target;
  const key = targetKey(target);
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const stored = api.store.get(resource.storage, key);
    if (stored === undefined) throw notFound(resource, name);
    checkPreconditions(target, stored.object, asked);
    const refusal = resource.strategy.refuseDelete?.(stored.object);
    if (refusal !== undefined) throw forbidden(resource, name, refusal);
    const asking = api.admission.admit({
      operation: 'DELETE',
      target,
      before: stored.as(resource.apiVersion),
      dryRun: options.dryRun,
      user: options.user,
      warn: options.warn,
    });
    if (asking instanceof Promise) await asking;
    if (api.store.get(resource.storage, key) !== stored) continue;
    return finish(api, target, stored, { next: marked(api, target, stored.object, asked), dryRun: options.dryRun });
  }
  throw staleWrite(resource, name);
}

function finish(api: Api, target: Target, stored: Stored, { next, dryRun }: { next: KubeObject; dryRun: boolean }): Deleted {
  const key = targetKey(target);
  const gone = isReleased(next);
  if (dryRun) return { stored: new Stored(next, stored.revision), gone };
  if (gone) return { stored: api.store.remove(target.resource.storage, key, next) ?? stored, gone };
  // a second delete that changes nothing writes nothing
  const same =
    next.metadata.deletionTimestamp === stored.object.metadata.deletionTimestamp &&
    asArray(next.metadata.finalizers).length === asArray(stored.object.metadata.finalizers).length;
  return { stored: same ? stored : api.store.put(target.resource.storage, key, next), gone };
}

function checkPreconditions({ resource, name = '' }: Target, object: KubeObject, asked: DeleteOptions): void {
  const { uid = '', resourceVersion = '' } = object.metadata;
  if (asked.uid !== undefined && asked.uid !== uid) {
    throw conflict(
      resource,
      name,
      `the UID in the precondition (${asked.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
    );
  }
  if (asked.resourceVersion !== undefined && asked.resourceVersion !== resourceVersion) {
    throw conflict(
      resource,
      name,
      `the ResourceVersion in the precondition (${asked.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`,
    );
  }
}

/** The object with what a deletion writes on it. */
function marked(api: Api, { resource }: Target, object: KubeObject, asked: DeleteOptions): KubeObject {
  const grace = resource.gracefulDeletion ? graceOf(object, asked.gracePeriodSeconds) : 0;
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, generation } = object.metadata;
  const finalizers = propagationFinalizers(object, asked.propagation);
  const list = finalizers.length === 0 ? undefined : finalizers;
  if (deletionTimestamp !== undefined && grace >= deletionGracePeriodSeconds) return withMetadata(object, { finalizers: list });
  const when = formatTime(api.ports.now() + grace * 1000);
  const counted = deletionTimestamp === undefined && generation !== undefined ? generation + 1 : generation;
  return withNamespacePhase(
    withMetadata(object, { deletionTimestamp: when, deletionGracePeriodSeconds: grace, generation: counted, finalizers: list }),
  );
}

/** A pod that no kubelet runs, or that has ended, needs no grace. @source podStrategy.CheckGracefulDelete */
function graceOf(pod: KubeObject, asked: number | undefined): number {
  const wanted = asked ?? Number(at(pod, 'spec', 'terminationGracePeriodSeconds') ?? 30);
  const unscheduled = (asString(at(pod, 'spec', 'nodeName')) ?? '') === '';
  const phase = at(pod, 'status', 'phase');
  return unscheduled || phase === 'Succeeded' || phase === 'Failed' ? 0 : wanted;
}

function propagationFinalizers(object: KubeObject, propagation: Propagation | undefined): readonly string[] {
  const present = object.metadata.finalizers ?? [];
  if (propagation === undefined) return present;
  const others = present.filter((finalizer) => finalizer !== orphanFinalizer && finalizer !== foregroundFinalizer);
  if (propagation === 'Orphan') return [...others, orphanFinalizer];
  return propagation === 'Foreground' ? [...others, foregroundFinalizer] : others;
}

function withNamespacePhase(object: KubeObject): KubeObject {
  return object.kind === 'Namespace' && object.apiVersion === 'v1'
    ? { ...object, status: { ...asObject(object['status']), phase: 'Terminating' } }
    : object;
}
