/** A namespace that is going away takes everything in it along; a new one gets its default service account. */
import type { Api } from '../api.ts';
import { asArray, asObject } from '../json.ts';
import type { KubeObject } from '../object.ts';
import { formatTime } from '../object.ts';
import { createObject } from '../operations/create.ts';
import { deleteObject } from '../operations/delete.ts';
import type { Resource } from '../resource/resource.ts';
import { StatusError } from '../status.ts';
import { rewrite } from './finalizers.ts';
import { systemUser } from './system.ts';
import { WorkQueue } from './work-queue.ts';

/** @source core/v1 FinalizerKubernetes */
const finalizer = 'kubernetes';

/** Follows the store and empties namespaces. */
export class NamespaceLifecycle {
  readonly #api: Api;
  readonly #caCertificate: string;
  readonly #queue: WorkQueue;
  readonly #leave: () => void;

  /** @param caCertificate PEM text that each namespace's `kube-root-ca.crt` shows */
  constructor(api: Api, caCertificate: string, failed: (error: unknown) => void) {
    this.#api = api;
    this.#caCertificate = caCertificate;
    this.#queue = new WorkQueue(api.ports, (name) => this.#look(name), failed);
    for (const { object } of api.store.collection('namespaces').list()) this.#queue.add(object.metadata.name ?? '');
    this.#leave = api.store.onChange((storage, { type, stored }) => {
      const { name = '', namespace } = stored.object.metadata;
      if (storage === 'namespaces' && type !== 'DELETED') this.#queue.add(name);
      if (type === 'DELETED' && namespace !== undefined && this.#isTerminating(namespace)) this.#queue.add(namespace);
    });
  }

  close(): void {
    this.#leave();
    this.#queue.close();
  }

  #isTerminating(name: string): boolean {
    return this.#api.store.get('namespaces', name)?.object.metadata.deletionTimestamp !== undefined;
  }

  async #look(name: string): Promise<void> {
    const namespace = this.#api.store.get('namespaces', name)?.object;
    if (namespace === undefined) return;
    if (namespace.metadata.deletionTimestamp === undefined) await this.#furnish(name);
    else if (asArray(asObject(namespace['spec'])['finalizers']).includes(finalizer)) await this.#empty(name);
  }

  async #furnish(name: string): Promise<void> {
    await this.#ensure(name, 'serviceaccounts', { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default' } });
    await this.#ensure(name, 'configmaps', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'kube-root-ca.crt' },
      data: { 'ca.crt': this.#caCertificate },
    });
  }

  async #ensure(namespace: string, plural: string, object: KubeObject): Promise<void> {
    const resource = this.#api.registry.find('', 'v1', plural);
    if (resource === undefined || this.#api.store.get(plural, `${namespace}/${object.metadata.name ?? ''}`) !== undefined) return;
    try {
      await createObject(this.#api, { resource, namespace }, object, systemUser('namespace-lifecycle'));
    } catch (error) {
      // made by somebody else, or the namespace is going
      if (!(error instanceof StatusError)) throw error;
    }
  }

  async #empty(name: string): Promise<void> {
    const resources = this.#api.registry
      .all()
      .filter((resource) => resource.namespaced && resource.apiVersion === resource.storageApiVersion && resource.verbs.includes('delete'));
    for (const resource of resources) await this.#deleteAll(resource, name);
    const remaining = resources.flatMap((resource) => {
      const count = this.#api.store.collection(resource.storage).list(`${name}/`).length;
      return count === 0 ? [] : [`${resource.storage} has ${count} resource instances`];
    });
    if (remaining.length > 0) this.#report(name, remaining);
    else
      rewrite(this.#api, { storage: 'namespaces', key: name }, (object) => ({
        ...object,
        spec: {
          ...asObject(object['spec']),
          finalizers: asArray(asObject(object['spec'])['finalizers']).filter((item) => item !== finalizer),
        },
      }));
  }

  async #deleteAll(resource: Resource, namespace: string): Promise<void> {
    for (const { object } of this.#api.store.collection(resource.storage).list(`${namespace}/`)) {
      const { name = '', uid = '', deletionTimestamp } = object.metadata;
      if (deletionTimestamp !== undefined) continue;
      try {
        await deleteObject(
          this.#api,
          { resource, namespace, name },
          { uid, propagation: 'Background' },
          systemUser('namespace-controller'),
        );
      } catch (error) {
        if (!(error instanceof StatusError) || (error.code !== 404 && error.code !== 409)) throw error;
      }
    }
  }

  #report(name: string, remaining: readonly string[]): void {
    rewrite(this.#api, { storage: 'namespaces', key: name }, (object) => {
      const status = asObject(object['status']);
      const message = `Some resources are remaining: ${remaining.join(', ')}`;
      const old = asArray(status['conditions'])
        .map(asObject)
        .find((condition) => condition['type'] === 'NamespaceContentRemaining');
      if (old?.['message'] === message) return object;
      const condition = {
        type: 'NamespaceContentRemaining',
        status: 'True',
        reason: 'SomeResourcesRemain',
        message,
        lastTransitionTime: old?.['lastTransitionTime'] ?? formatTime(this.#api.ports.now()),
      };
      return { ...object, status: { ...status, phase: 'Terminating', conditions: [condition] } };
    });
  }
}
