/** POST to a collection. */
import type { Api, Target, WriteOptions } from '../api.ts';
import { strategyContext, targetKey } from '../api.ts';
import type { JsonValue } from '../json.ts';
import type { KubeObject } from '../object.ts';
import { formatTime, withMetadata } from '../object.ts';
import { trackUpdate } from '../patch/index.ts';
import { hasSubresource } from '../resource/resource.ts';
import { alreadyExists, badRequest, invalid, namespaceTerminating, notFound, unavailable } from '../status.ts';
import { Stored } from '../store/stored.ts';
import { admitWrite } from './admit.ts';
import { fit, readObject } from './decode.ts';
import { metadataProblems } from './names.ts';

/** Kubernetes cuts the base so that base and suffix fit in a label. @source k8s.io/apiserver/pkg/storage/names */
const generatedBaseLimit = 58;
const suffixLength = 5;
/** how many generated names are tried */
const generateAttempts = 8;
/** how often a create is decided anew when others write while webhooks are asked */
const attempts = 10;

/**
 * Create an object.
 *
 * @returns the stored object (for a dry run: as it would be stored)
 * @throws {StatusError} 400, 403, 404 (no such namespace), 409 (exists), 422
 */
export async function createObject(api: Api, target: Target, body: JsonValue, options: WriteOptions): Promise<Stored> {
  const read = readObject(target, body);
  if ((read.metadata.resourceVersion ?? '') !== '') throw badRequest('resourceVersion should not be set on objects to be created');
  requireNamespace(api, target, read.metadata.name ?? read.metadata.generateName ?? '');
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const wanted = withName(api, target, read);
    const named = { ...target, name: wanted.metadata.name ?? '' };
    const prepared = prepare(api, named, wanted, options);
    if (api.store.get(target.resource.storage, targetKey(named)) !== undefined) throw alreadyExists(target.resource, named.name);
    const { dryRun, user, warn } = options;
    const request = { operation: 'CREATE' as const, target: named, object: prepared, dryRun, user, warn };
    const admitted = await admitWrite(api, request, (object) => commit(api, named, object, options));
    if (admitted !== 'overtaken') return admitted.done;
  }
  throw unavailable(`${target.resource.plural} change faster than webhooks answer; try again`);
}

/** A generated name that is taken is generated again, a few times. */
function withName(api: Api, target: Target, object: KubeObject): KubeObject {
  const { name, generateName } = object.metadata;
  if (name !== undefined || generateName === undefined || generateName === '') return object;
  const base = generateName.slice(0, generatedBaseLimit);
  const candidates = Array.from({ length: generateAttempts }, () => base + api.ports.suffix(suffixLength));
  const free = candidates.find(
    (candidate) => api.store.get(target.resource.storage, targetKey({ ...target, name: candidate })) === undefined,
  );
  return withMetadata(object, { name: free ?? candidates[0] });
}

/** Everything that is decided before admission: server-set metadata, defaults, the kind's own rules, validation. */
function prepare(api: Api, target: Target, read: KubeObject, options: WriteOptions): KubeObject {
  const { resource } = target;
  const context = strategyContext(api);
  const fresh = withMetadata(withoutStatus(target, read), {
    uid: api.ports.uuid(),
    creationTimestamp: formatTime(api.ports.now()),
    generation: resource.countsGeneration ? 1 : undefined,
    deletionTimestamp: undefined,
    deletionGracePeriodSeconds: undefined,
    resourceVersion: undefined,
    selfLink: undefined,
    managedFields: options.applied === true ? read.metadata.managedFields : undefined,
  });
  const fitted = fit(resource, fresh, options);
  const problems = [...metadataProblems(resource, fitted.object), ...fitted.errors];
  if (problems.length > 0) throw invalid(resource, target.name ?? '', problems);
  const complete = resource.strategy.prepareCreate?.(fitted.object, context) ?? fitted.object;
  const refused = resource.strategy.validateCreate?.(complete, context) ?? [];
  if (refused.length > 0) throw invalid(resource, target.name ?? '', refused);
  return complete;
}

function withoutStatus({ resource }: Target, object: KubeObject): KubeObject {
  if (resource.keepsStatusOnCreate || !hasSubresource(resource, 'status')) return object;
  const { status: _status, ...rest } = object;
  return { ...rest, apiVersion: object.apiVersion, kind: object.kind, metadata: object.metadata };
}

function commit(api: Api, target: Target, admitted: KubeObject, options: WriteOptions): Stored {
  const { resource } = target;
  requireNamespace(api, target, target.name ?? '');
  const now = formatTime(api.ports.now());
  const managed =
    options.applied === true
      ? admitted
      : (trackUpdate({
          after: admitted,
          schema: resource.schema,
          fieldManager: options.fieldManager,
          operation: 'Update',
          apiVersion: resource.apiVersion,
          now,
        }) as KubeObject);
  const complete = { ...managed, apiVersion: resource.storageApiVersion };
  return options.dryRun ? new Stored(complete, 0) : api.store.put(resource.storage, targetKey(target), complete);
}

/** Namespaced objects need a living namespace. */
function requireNamespace(api: Api, { resource, namespace = '' }: Target, name: string): void {
  if (!resource.namespaced) return;
  const found = api.store.get('namespaces', namespace)?.object;
  if (found === undefined) throw notFound({ group: '', plural: 'namespaces', kind: 'Namespace' }, namespace);
  if (found.metadata.deletionTimestamp !== undefined) throw namespaceTerminating(resource, name, namespace);
}
