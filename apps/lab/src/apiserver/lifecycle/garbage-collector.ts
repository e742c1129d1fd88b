/**
 * Deletes what has lost its owners.
 *
 * Background: dependents go after their owner. Foreground: the owner waits, by a finalizer, for dependents that block it.
 * Orphan: dependents forget the owner first.
 *
 * @source k8s.io/kubernetes/pkg/controller/garbagecollector
 */
import type { Api } from '../api.ts';
import type { KubeObject, OwnerReference } from '../object.ts';
import { withMetadata } from '../object.ts';
import { deleteObject, foregroundFinalizer, orphanFinalizer } from '../operations/delete.ts';
import type { Propagation } from '../operations/delete.ts';
import { StatusError } from '../status.ts';
import { removeFinalizer, rewrite } from './finalizers.ts';
import { OwnerGraph } from './owner-graph.ts';
import type { Node } from './owner-graph.ts';
import { systemUser } from './system.ts';
import { WorkQueue } from './work-queue.ts';

/** Follows the store and deletes. */
export class GarbageCollector {
  readonly #api: Api;
  readonly #graph = new OwnerGraph();
  readonly #queue: WorkQueue;
  readonly #leave: () => void;

  constructor(api: Api, failed: (error: unknown) => void) {
    this.#api = api;
    this.#queue = new WorkQueue(api.ports, (uid) => this.#look(uid), failed);
    for (const storage of api.store.resources()) {
      for (const { object } of api.store.collection(storage).list()) this.#changed(storage, object);
    }
    this.#leave = api.store.onChange((storage, change) => {
      if (change.type === 'DELETED') this.#deleted(change.stored.object);
      else this.#changed(storage, change.stored.object);
    });
  }

  close(): void {
    this.#leave();
    this.#queue.close();
  }

  #changed(storage: string, object: KubeObject): void {
    const { uid, name = '', namespace, ownerReferences = [], deletionTimestamp, finalizers = [] } = object.metadata;
    if (uid === undefined) return;
    this.#graph.set({ storage, key: namespace === undefined ? name : `${namespace}/${name}` }, object);
    const held = deletionTimestamp !== undefined && (finalizers.includes(foregroundFinalizer) || finalizers.includes(orphanFinalizer));
    const leaderless = ownerReferences.some((owner) => this.#ownerOf(owner, namespace) === undefined);
    if (held || leaderless) this.#queue.add(uid);
  }

  #deleted(object: KubeObject): void {
    const { uid, ownerReferences = [] } = object.metadata;
    if (uid === undefined) return;
    this.#graph.remove(uid);
    for (const dependent of this.#graph.dependents(uid)) this.#queue.add(dependent.uid);
    for (const owner of ownerReferences) this.#queue.add(owner.uid);
  }

  /** The owner that a reference names; a namespaced owner is only seen from its own namespace. */
  #ownerOf(reference: OwnerReference, namespace: string | undefined): KubeObject | undefined {
    const node = this.#graph.find(reference.uid);
    if (node === undefined || (node.namespace !== undefined && node.namespace !== namespace)) return undefined;
    return this.#graph.object(this.#api.store, node);
  }

  async #look(uid: string): Promise<void> {
    const node = this.#graph.find(uid);
    const object = node === undefined ? undefined : this.#graph.object(this.#api.store, node);
    if (node === undefined || object === undefined) return;
    const { deletionTimestamp, finalizers = [] } = object.metadata;
    if (deletionTimestamp === undefined) return this.#collect(node, object);
    if (finalizers.includes(orphanFinalizer)) this.#orphanDependents(node);
    else if (finalizers.includes(foregroundFinalizer)) await this.#deleteDependents(node);
  }

  /** Delete an object whose owners are all gone or going; forget single ones that are. */
  async #collect(node: Node, object: KubeObject): Promise<void> {
    const { ownerReferences = [], namespace } = object.metadata;
    if (ownerReferences.length === 0) return;
    const states = ownerReferences.map((reference) => ({ reference, owner: this.#ownerOf(reference, namespace) }));
    const solid = states.filter(({ owner }) => owner !== undefined && !isGoingForeground(owner));
    if (solid.length > 0) {
      if (solid.length < states.length) this.#forget(node, new Set(solid.map(({ reference }) => reference.uid)));
      return;
    }
    const waiting = states.some(({ owner }) => owner !== undefined);
    const deep = waiting && this.#graph.dependents(node.uid).length > 0;
    await this.#delete(node, object, deep ? 'Foreground' : undefined);
  }

  async #deleteDependents(node: Node): Promise<void> {
    const dependents = this.#graph.dependents(node.uid);
    const blocking = dependents.filter((dependent) => {
      const references = this.#graph.object(this.#api.store, dependent)?.metadata.ownerReferences ?? [];
      return references.some((reference) => reference.uid === node.uid && reference.blockOwnerDeletion === true);
    });
    if (blocking.length === 0) {
      removeFinalizer(this.#api, node, foregroundFinalizer);
      return;
    }
    for (const dependent of dependents) {
      const object = this.#graph.object(this.#api.store, dependent);
      if (object !== undefined && object.metadata.deletionTimestamp === undefined) await this.#collect(dependent, object);
    }
  }

  #orphanDependents(node: Node): void {
    for (const dependent of this.#graph.dependents(node.uid)) {
      const others = dependent.owners.filter((owner) => owner !== node.uid);
      this.#forget(dependent, new Set(others));
    }
    removeFinalizer(this.#api, node, orphanFinalizer);
  }

  #forget(node: Node, keep: ReadonlySet<string>): void {
    rewrite(this.#api, node, (object) => {
      const left = (object.metadata.ownerReferences ?? []).filter((reference) => keep.has(reference.uid));
      return withMetadata(object, { ownerReferences: left.length === 0 ? undefined : left });
    });
  }

  async #delete(node: Node, object: KubeObject, wish: Propagation | undefined): Promise<void> {
    const resource = this.#api.registry.findStorage(node.storage);
    if (resource === undefined) return;
    const { name = '', namespace, uid = '', finalizers = [] } = object.metadata;
    const own = finalizers.includes(orphanFinalizer) ? 'Orphan' : finalizers.includes(foregroundFinalizer) ? 'Foreground' : 'Background';
    try {
      await deleteObject(
        this.#api,
        { resource, name, ...(namespace === undefined ? {} : { namespace }) },
        { uid, propagation: wish ?? own },
        systemUser('generic-garbage-collector'),
      );
    } catch (error) {
      // gone or made anew meanwhile: that one isn't ours to delete
      if (!(error instanceof StatusError) || (error.code !== 404 && error.code !== 409)) throw error;
    }
  }
}

function isGoingForeground(owner: KubeObject): boolean {
  return owner.metadata.deletionTimestamp !== undefined && (owner.metadata.finalizers ?? []).includes(foregroundFinalizer);
}
