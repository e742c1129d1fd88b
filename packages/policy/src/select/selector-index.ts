/**
 * Selectors, found by the labels that they match.
 *
 * A selector that asks for a label hangs on that label, so that labels which no selector asks for cost one look-up each; only
 * selectors without such a condition (empty, or negative alone) are looked at for every object.
 */
import type { Labels, Requirement, Selector } from '../model.ts';
import { matchesSelector } from './selector.ts';

interface KeyEntry<T> {
  /** Items that ask for the key, whatever its value. */
  any: Set<T> | undefined;
  readonly byValue: Map<string, Set<T>>;
}

/** Items with a selector. */
export class SelectorIndex<T> {
  readonly #selectorOf: (item: T) => Selector;
  readonly #byKey = new Map<string, KeyEntry<T>>();
  readonly #always = new Set<T>();

  constructor(selectorOf: (item: T) => Selector) {
    this.#selectorOf = selectorOf;
  }

  add(item: T): void {
    const anchor = anchorOf(this.#selectorOf(item));
    if (anchor === undefined) {
      this.#always.add(item);
      return;
    }
    let entry = this.#byKey.get(anchor.key);
    if (entry === undefined) this.#byKey.set(anchor.key, (entry = { any: undefined, byValue: new Map() }));
    if (anchor.operator === 'Exists') (entry.any ??= new Set()).add(item);
    for (const value of anchor.values) {
      const items = entry.byValue.get(value);
      if (items === undefined) entry.byValue.set(value, new Set([item]));
      else items.add(item);
    }
  }

  delete(item: T): void {
    const anchor = anchorOf(this.#selectorOf(item));
    if (anchor === undefined) {
      this.#always.delete(item);
      return;
    }
    const entry = this.#byKey.get(anchor.key);
    if (entry === undefined) return;
    entry.any?.delete(item);
    for (const value of anchor.values) {
      const items = entry.byValue.get(value);
      items?.delete(item);
      if (items?.size === 0) entry.byValue.delete(value);
    }
    if ((entry.any?.size ?? 0) === 0 && entry.byValue.size === 0) this.#byKey.delete(anchor.key);
  }

  get isEmpty(): boolean {
    return this.#always.size === 0 && this.#byKey.size === 0;
  }

  /** Put every item whose selector matches the labels into `found`. @complexity in proportion to the labels and to what is found by one of them */
  collect(labels: Labels, found: T[]): void {
    for (const item of this.#always) this.#check(item, labels, found);
    if (this.#byKey.size === 0) return;
    for (const key of Object.keys(labels)) {
      const entry = this.#byKey.get(key);
      if (entry === undefined) continue;
      if (entry.any !== undefined) for (const item of entry.any) this.#check(item, labels, found);
      const items = entry.byValue.get(labels[key] ?? '');
      if (items !== undefined) for (const item of items) this.#check(item, labels, found);
    }
  }

  #check(item: T, labels: Labels, found: T[]): void {
    const selector = this.#selectorOf(item);
    if (selector.requirements.length === 0 || matchesSelector(selector, labels)) found.push(item);
  }
}

/** The condition by which a selector, or what it selects, is found: the one with the fewest values. */
export function anchorOf({ requirements }: Selector): Requirement | undefined {
  let best: Requirement | undefined;
  for (const requirement of requirements) {
    if (requirement.operator === 'In' && (best?.operator !== 'In' || requirement.values.length < best.values.length)) best = requirement;
    else if (requirement.operator === 'Exists' && best === undefined) best = requirement;
  }
  return best;
}
