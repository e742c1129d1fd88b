/** One listener on the store for all watches; each change goes only to the watchers of its resource. */
import type { Change } from '../store/stored.ts';
import type { Store } from '../store/store.ts';

/** A running watch, as the hub sees it. */
export interface Watcher {
  changed(change: Change): void;
  /** the watch ends as if the connection broke, or (on `expire`) as if its revision were forgotten */
  cut(how: 'close' | 'expire'): void;
}

/** The watchers by resource. */
export class WatchHub {
  readonly #watchers = new Map<string, Set<Watcher>>();

  constructor(store: Store) {
    store.onChange((resource, change) => {
      for (const watcher of this.#watchers.get(resource) ?? []) watcher.changed(change);
    });
  }

  /** How many watches are open. */
  get size(): number {
    return [...this.#watchers.values()].reduce((sum, set) => sum + set.size, 0);
  }

  /** @returns stop */
  add(resource: string, watcher: Watcher): () => void {
    const set = this.#watchers.get(resource) ?? new Set<Watcher>();
    this.#watchers.set(resource, set.add(watcher));
    return () => {
      set.delete(watcher);
      if (set.size === 0 && this.#watchers.get(resource) === set) this.#watchers.delete(resource);
    };
  }

  /** End watches (all, or those of one resource). @returns how many */
  cut(how: 'close' | 'expire', resource?: string): number {
    const chosen = [...this.#watchers].filter(([name]) => resource === undefined || name === resource).flatMap(([, set]) => [...set]);
    for (const watcher of chosen) watcher.cut(how);
    return chosen.length;
  }
}
