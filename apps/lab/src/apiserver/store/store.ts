/**
 * The store: every object, one revision counter, synchronous commits.
 *
 * A commit is one step of the event loop, so reading, deciding and writing without an `await` between is atomic; across an
 * `await` the caller passes the revision it decided on. It knows nothing of HTTP, validation or Kubernetes semantics.
 */
import type { KubeObject } from '../object.ts';
import { withMetadata } from '../object.ts';
import { Collection } from './collection.ts';
import type { Change } from './stored.ts';
import { Stored } from './stored.ts';

/** Called for each committed change in commit order, before the outermost committing call returns.  */
export type ChangeListener = (resource: string, change: Change) => void;

/** How a store begins. */
export interface StoreOptions {
  /**
   * The first revision. Derived from the time of start, it is larger than any revision that an earlier run gave away,
   * so that a client which resumes from one gets 410 and lists again.
   */
  readonly startRevision: number;
  /** changes kept per resource for watches and consistent lists */
  readonly historyLimit: number;
  /** told of a listener that threw; the others hear the change all the same */
  readonly failed: (error: unknown) => void;
}

/** All collections under one revision counter. Resources are named `plural.group` (or `plural`). */
export class Store {
  readonly #collections = new Map<string, Collection>();
  readonly #listeners = new Set<ChangeListener>();
  readonly #options: StoreOptions;
  readonly #untold: [resource: string, change: Change][] = [];
  #telling = false;
  #startRevision: number;
  #revision: number;

  constructor(options: StoreOptions) {
    this.#options = options;
    this.#startRevision = options.startRevision;
    this.#revision = options.startRevision;
  }

  /** The revision of the latest commit. */
  get revision(): number {
    return this.#revision;
  }

  /** The collection of a resource; made when first asked for. */
  collection(resource: string): Collection {
    let found = this.#collections.get(resource);
    if (found === undefined) {
      found = new Collection(this.#startRevision, this.#options.historyLimit);
      this.#collections.set(resource, found);
    }
    return found;
  }

  get(resource: string, key: string): Stored | undefined {
    return this.collection(resource).get(key);
  }

  /** The resources that have a collection. */
  resources(): readonly string[] {
    return [...this.#collections.keys()];
  }

  /** Insert or replace; stamps `metadata.resourceVersion`. */
  put(resource: string, key: string, object: KubeObject): Stored {
    const previous = this.get(resource, key);
    const stored = this.#stamp(object);
    this.#commit(resource, { type: previous === undefined ? 'ADDED' : 'MODIFIED', key, revision: stored.revision, stored, previous });
    return stored;
  }

  /** Remove; the change carries `last` (the final state) at the revision of the deletion. Absent keys are left alone. */
  remove(resource: string, key: string, last?: KubeObject): Stored | undefined {
    const previous = this.get(resource, key);
    if (previous === undefined) return undefined;
    const stored = this.#stamp(last ?? previous.object);
    this.#commit(resource, { type: 'DELETED', key, revision: stored.revision, stored, previous });
    return stored;
  }

  /** Put an object back as it was, with its own resourceVersion. Before anyone listens or reads. */
  restore(resource: string, key: string, object: KubeObject): void {
    this.collection(resource).restore(key, new Stored(object, Number(object.metadata.resourceVersion ?? 0)));
  }

  /** Never give out a revision up to this one again; history begins after it. Before anyone listens or reads. */
  advanceTo(revision: number): void {
    this.#revision = this.#startRevision = Math.max(this.#revision, revision);
    for (const collection of this.#collections.values()) collection.forgetThrough(this.#revision);
  }

  /** Hear of every commit. @returns stop hearing */
  onChange(listener: ChangeListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #stamp(object: KubeObject): Stored {
    const revision = ++this.#revision;
    return new Stored(withMetadata(object, { resourceVersion: String(revision) }), revision);
  }

  #commit(resource: string, change: Change): void {
    this.collection(resource).apply(change);
    this.#untold.push([resource, change]);
    if (!this.#telling) this.#tell();
  }

  /** A listener may commit in turn; what it commits is told after the change at hand, so that all hear the same order. */
  #tell(): void {
    this.#telling = true;
    for (let next = this.#untold.shift(); next !== undefined; next = this.#untold.shift()) {
      for (const listener of this.#listeners) this.#tellOne(listener, next);
      // history keeps the replaced revision; its texts would be most of the memory
      next[1].previous?.forgetTexts();
    }
    this.#telling = false;
  }

  #tellOne(listener: ChangeListener, change: [resource: string, change: Change]): void {
    try {
      listener(...change);
    } catch (error) {
      this.#options.failed(error);
    }
  }
}
