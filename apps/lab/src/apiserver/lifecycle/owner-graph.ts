/** Who owns whom, kept from the store's changes. */
import type { KubeObject } from '../object.ts';
import type { Store } from '../store/store.ts';
import type { Place } from './finalizers.ts';

/** An object in the graph. */
export interface Node extends Place {
  readonly uid: string;
  readonly namespace: string | undefined;
  readonly owners: readonly string[];
}

/** Objects by uid, and the dependents of each uid, whether its object exists or not. */
export class OwnerGraph {
  readonly #nodes = new Map<string, Node>();
  readonly #dependents = new Map<string, Set<string>>();

  find(uid: string): Node | undefined {
    return this.#nodes.get(uid);
  }

  /** Dependents that may name this owner: in its namespace, or any when it is cluster-scoped. */
  dependents(uid: string): readonly Node[] {
    return [...(this.#dependents.get(uid) ?? [])].flatMap((dependent) => this.#nodes.get(dependent) ?? []);
  }

  /** Take in the latest state of an object. */
  set(place: Place, object: KubeObject): void {
    const { uid, namespace, ownerReferences = [] } = object.metadata;
    if (uid === undefined) return;
    this.#unlink(uid);
    const owners = ownerReferences.map((owner) => owner.uid);
    this.#nodes.set(uid, { ...place, uid, namespace, owners });
    for (const owner of owners) {
      const set = this.#dependents.get(owner) ?? new Set<string>();
      this.#dependents.set(owner, set.add(uid));
    }
  }

  remove(uid: string): void {
    this.#unlink(uid);
    this.#nodes.delete(uid);
  }

  /** The object of a node, if it is still the same one. */
  object(store: Store, { storage, key, uid }: Node): KubeObject | undefined {
    const found = store.get(storage, key)?.object;
    return found?.metadata.uid === uid ? found : undefined;
  }

  #unlink(uid: string): void {
    for (const owner of this.#nodes.get(uid)?.owners ?? []) {
      const set = this.#dependents.get(owner);
      set?.delete(uid);
      if (set?.size === 0) this.#dependents.delete(owner);
    }
  }
}
