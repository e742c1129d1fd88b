/**
 * Who holds a key. Nearly always one; several when they share it.
 */

/** What stands at a key that nobody holds any more. */
const NOBODY = Symbol('nobody');

type Held<E> = E | readonly E[] | typeof NOBODY;

/** How many abandoned keys are kept whatever the size. */
const MIN_ABANDONED = 1024;

/**
 * A map from a key to its holders, in the order in which they came.
 *
 * A key that is given up is marked and not deleted: the engine's Map keeps deleted entries in the chain of their bucket
 * until it grows, so that a key which comes and goes for ever would be found ever more slowly. Marks are swept out when
 * there are as many as keys that are held.
 *
 * @complexity O(1); the sweep is O(size) once in as many deletions
 */
export class HolderIndex<K, E extends object> {
  #held = new Map<K, Held<E>>();
  #abandoned = 0;

  /** How many keys are held. */
  get size(): number {
    return this.#held.size - this.#abandoned;
  }

  /** The holder that came first. */
  first(key: K): E | undefined {
    const held = this.#held.get(key);
    if (held === undefined || held === NOBODY) return undefined;
    return isList(held) ? held[0] : held;
  }

  all(key: K): readonly E[] {
    const held = this.#held.get(key);
    if (held === undefined || held === NOBODY) return [];
    return isList(held) ? held : [held];
  }

  /** True when the key was free before. */
  add(key: K, holder: E): boolean {
    const held = this.#held.get(key);
    if (held === undefined || held === NOBODY) {
      if (held === NOBODY) this.#abandoned -= 1;
      this.#held.set(key, holder);
      return true;
    }
    this.#held.set(key, [...(isList(held) ? held : [held]), holder]);
    return false;
  }

  /** True when the key is free now. */
  delete(key: K, holder: E): boolean {
    const held = this.#held.get(key);
    if (held === holder) {
      this.#abandon(key);
      return true;
    }
    if (held === undefined || held === NOBODY || !isList(held)) return false;
    const rest = held.filter((other) => other !== holder);
    const [only] = rest;
    if (only !== undefined) this.#held.set(key, rest.length === 1 ? only : rest);
    return false;
  }

  *keys(): IterableIterator<K> {
    for (const [key, held] of this.#held) if (held !== NOBODY) yield key;
  }

  /** The first holder of every key, in the order in which the keys came to be held. */
  *firsts(): IterableIterator<E> {
    for (const held of this.#held.values()) {
      if (held === NOBODY) continue;
      const first = isList(held) ? held[0] : held;
      if (first !== undefined) yield first;
    }
  }

  #abandon(key: K): void {
    this.#held.set(key, NOBODY);
    this.#abandoned += 1;
    if (this.#abandoned <= MIN_ABANDONED || this.#abandoned <= this.size) return;
    const kept = new Map<K, Held<E>>();
    for (const [other, held] of this.#held) if (held !== NOBODY) kept.set(other, held);
    this.#held = kept;
    this.#abandoned = 0;
  }
}

function isList<E extends object>(held: E | readonly E[]): held is readonly E[] {
  return Array.isArray(held);
}
