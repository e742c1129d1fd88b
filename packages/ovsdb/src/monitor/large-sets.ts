/**
 * Remembers which elements a large set holds, so that a change of one element does not cost a search through all of them. A set
 * that never changes costs nothing, and what is remembered of a value goes with the value.
 */
import type { Atom } from '../notation/value.ts';

/** The elements of sets that have changed before. */
export class LargeSets {
  readonly #elements = new WeakMap<readonly Atom[], Set<Atom>>();

  /** The elements of a set, to be changed into those of the value that takes its place, and then given to `keep`. */
  take(set: readonly Atom[]): Set<Atom> {
    const elements = this.#elements.get(set) ?? new Set(set);
    this.#elements.delete(set);
    return elements;
  }

  keep(set: readonly Atom[], elements: Set<Atom>): void {
    this.#elements.set(set, elements);
  }
}
