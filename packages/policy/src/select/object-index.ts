/** Objects with labels, found by the selectors that match them. */
import type { Labels, Selector } from '../model.ts';
import { matchesSelector } from './selector.ts';
import { anchorOf } from './selector-index.ts';

interface Labelled {
  readonly labels: Labels;
}

/** Below this many objects, looking at each costs less than keeping an index. */
const indexedFrom = 32;

/** A set of objects. The index is made when the first selector asks for it. */
export class ObjectIndex<T extends Labelled> {
  readonly #all = new Set<T>();
  #byLabel: Map<string, Map<string, Set<T>>> | undefined;

  get size(): number {
    return this.#all.size;
  }

  add(object: T): void {
    if (this.#all.has(object)) return;
    this.#all.add(object);
    if (this.#byLabel !== undefined) this.#put(object, this.#byLabel);
  }

  /** The object's labels must be those that it was added with. */
  delete(object: T): void {
    if (!this.#all.delete(object) || this.#byLabel === undefined) return;
    for (const key of Object.keys(object.labels)) {
      const byValue = this.#byLabel.get(key);
      const value = object.labels[key] ?? '';
      const objects = byValue?.get(value);
      objects?.delete(object);
      if (objects?.size === 0) byValue?.delete(value);
      if (byValue?.size === 0) this.#byLabel.delete(key);
    }
  }

  [Symbol.iterator](): IterableIterator<T> {
    return this.#all.values();
  }

  /** The objects that the selector matches. @complexity in proportion to the objects that meet its rarest positive condition */
  matching(selector: Selector): T[] {
    const found: T[] = [];
    this.collect(selector, found);
    return found;
  }

  /** Put them into `found`. */
  collect(selector: Selector, found: T[]): void {
    for (const candidates of this.#candidates(selector)) {
      for (const object of candidates) if (matchesSelector(selector, object.labels)) found.push(object);
    }
  }

  #candidates(selector: Selector): Iterable<Iterable<T>> {
    const anchor = anchorOf(selector);
    if (anchor === undefined || this.#all.size < indexedFrom) return [this.#all];
    const byValue = this.#index().get(anchor.key);
    if (byValue === undefined) return [];
    if (anchor.operator === 'Exists') return byValue.values();
    return anchor.values.map((value) => byValue.get(value) ?? []);
  }

  #index(): Map<string, Map<string, Set<T>>> {
    if (this.#byLabel === undefined) {
      this.#byLabel = new Map();
      for (const object of this.#all) this.#put(object, this.#byLabel);
    }
    return this.#byLabel;
  }

  #put(object: T, byLabel: Map<string, Map<string, Set<T>>>): void {
    for (const key of Object.keys(object.labels)) {
      const value = object.labels[key] ?? '';
      let byValue = byLabel.get(key);
      if (byValue === undefined) byLabel.set(key, (byValue = new Map()));
      const objects = byValue.get(value);
      if (objects === undefined) byValue.set(value, new Set([object]));
      else objects.add(object);
    }
  }
}
