/**
 * Who holds a key. Nearly always one; several when they share it.
 */

/** A map from a key to its holders, in the order in which they came. */
export class HolderIndex<K, E extends object> {
  readonly #holders = new Map<K, E | readonly E[]>();

  /** How many keys are held. */
  get size(): number {
    return this.#holders.size;
  }

  /** The holder that came first. */
  first(key: K): E | undefined {
    const held = this.#holders.get(key);
    return isList(held) ? held[0] : held;
  }

  all(key: K): readonly E[] {
    const held = this.#holders.get(key);
    if (held === undefined) return [];
    return isList(held) ? held : [held];
  }

  /** True when the key was free before. */
  add(key: K, holder: E): boolean {
    const held = this.#holders.get(key);
    this.#holders.set(key, held === undefined ? holder : [...(isList(held) ? held : [held]), holder]);
    return held === undefined;
  }

  /** True when the key is free now. */
  delete(key: K, holder: E): boolean {
    const held = this.#holders.get(key);
    if (!isList(held)) return held === holder && this.#holders.delete(key);
    const rest = held.filter((other) => other !== holder);
    const [only] = rest;
    if (only === undefined) return this.#holders.delete(key);
    this.#holders.set(key, rest.length === 1 ? only : rest);
    return false;
  }

  keys(): IterableIterator<K> {
    return this.#holders.keys();
  }
}

function isList<E>(held: E | readonly E[] | undefined): held is readonly E[] {
  return Array.isArray(held);
}
