/** All objects of one resource, and the recent changes to them. */
import type { Change, Stored } from './stored.ts';

/** The current objects, in key order, and a bounded history from which any recent state can be told again. */
export class Collection {
  readonly #items = new Map<string, Stored>();
  readonly #historyLimit: number;
  #sorted: readonly string[] | undefined;
  #history: Change[] = [];
  #forgottenThrough: number;

  /**
   * @param startRevision the store's revision when the collection began: nothing before it can be told
   * @param historyLimit  how many changes are kept
   */
  constructor(startRevision: number, historyLimit: number) {
    this.#forgottenThrough = startRevision;
    this.#historyLimit = historyLimit;
  }

  get(key: string): Stored | undefined {
    return this.#items.get(key);
  }

  get size(): number {
    return this.#items.size;
  }

  /** The revision before which history is gone; a watch or a list from an older one must get 410. */
  get forgottenThrough(): number {
    return this.#forgottenThrough;
  }

  /** The current objects in key order; only those whose key begins with `prefix`. */
  list(prefix = ''): Stored[] {
    this.#sorted ??= [...this.#items.keys()].sort(compareKeys);
    const found: Stored[] = [];
    for (const key of this.#sorted) {
      const stored = key.startsWith(prefix) ? this.#items.get(key) : undefined;
      if (stored !== undefined) found.push(stored);
    }
    return found;
  }

  /** Changes after a revision, oldest first; `undefined` when history doesn't reach back that far. */
  changesAfter(revision: number): readonly Change[] | undefined {
    if (revision < this.#forgottenThrough) return undefined;
    let low = 0;
    let high = this.#history.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#history[middle]?.revision ?? 0) <= revision) low = middle + 1;
      else high = middle;
    }
    return this.#history.slice(low);
  }

  /** The objects as they were at a revision, in key order; `undefined` when history doesn't reach back that far. */
  listAt(revision: number, prefix = ''): Stored[] | undefined {
    const changes = this.changesAfter(revision);
    if (changes === undefined) return undefined;
    if (changes.length === 0) return this.list(prefix);
    const items = new Map(this.#items);
    for (const change of changes.toReversed()) {
      if (change.previous === undefined) items.delete(change.key);
      else items.set(change.key, change.previous);
    }
    const keys = [...items.keys()].filter((key) => key.startsWith(prefix)).sort(compareKeys);
    return keys.flatMap((key) => items.get(key) ?? []);
  }

  /** Put an object back without history. */
  restore(key: string, stored: Stored): void {
    this.#items.set(key, stored);
    this.#sorted = undefined;
  }

  /** History up to a revision can't be told. */
  forgetThrough(revision: number): void {
    this.#forgottenThrough = Math.max(this.#forgottenThrough, revision);
  }

  /** Take over a committed change. */
  apply(change: Change): void {
    if (change.type === 'DELETED') this.#items.delete(change.key);
    else this.#items.set(change.key, change.stored);
    if (change.type !== 'MODIFIED') this.#sorted = undefined;
    this.#history.push(change);
    if (this.#history.length > this.#historyLimit * 1.25) this.#forget();
  }

  /** Amortised: a quarter of the limit is dropped at once, so that pushing stays O(1). */
  #forget(): void {
    const gone = this.#history.length - this.#historyLimit;
    this.#forgottenThrough = this.#history[gone - 1]?.revision ?? this.#forgottenThrough;
    this.#history = this.#history.slice(gone);
  }
}

function compareKeys(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
