/**
 * Which lease an owner has.
 */
import type { Slot } from './lease-table.ts';

/** What stands at an owner that has none any more. */
const NONE = -1;

/** How many abandoned owners are kept whatever the size: about 1 MB of names, for which a cluster that is redeployed is not swept. */
const MIN_ABANDONED = 16_384;

/**
 * A map from an owner's name to the slot of its lease.
 *
 * A name that is given up is marked and not deleted: the engine's Map keeps deleted entries in the chain of their bucket
 * until it grows, so that a name which comes and goes for ever would be found ever more slowly. Marks are swept out when
 * there are as many as names that have a lease.
 *
 * @complexity O(1); the sweep is O(size) once in as many deletions
 */
export class OwnerIndex {
  #slots = new Map<string, Slot>();
  #abandoned = 0;

  /** How many owners have a lease. */
  get size(): number {
    return this.#slots.size - this.#abandoned;
  }

  get(owner: string): Slot | undefined {
    const slot = this.#slots.get(owner);
    return slot === NONE ? undefined : slot;
  }

  /** The owner must have none. */
  add(owner: string, slot: Slot): void {
    const before = this.#slots.size;
    this.#slots.set(owner, slot);
    if (this.#slots.size === before) this.#abandoned -= 1;
  }

  /** The owner must have one. */
  delete(owner: string): void {
    this.#slots.set(owner, NONE);
    this.#abandoned += 1;
    if (this.#abandoned <= MIN_ABANDONED || this.#abandoned <= this.size) return;
    const kept = new Map<string, Slot>();
    for (const [other, slot] of this.#slots) if (slot !== NONE) kept.set(other, slot);
    this.#slots = kept;
    this.#abandoned = 0;
  }

  *slots(): IterableIterator<Slot> {
    for (const slot of this.#slots.values()) if (slot !== NONE) yield slot;
  }
}
