/**
 * The difference notation of update2 and update3 applied to a value.
 *
 * @source ovsdb-server(7) §4.1.14
 */
import { isMapValue, isSetValue } from '../notation/value.ts';
import type { Atom, Value } from '../notation/value.ts';
import type { ColumnType } from '../schema/types.ts';
import type { LargeSets } from './large-sets.ts';

/** From this size on it pays to remember the elements of a set. */
const LARGE = 64;

/**
 * The new value of a column. Elements that stay keep their order, new ones come last.
 *
 * @param large what is remembered of large sets between changes
 */
export function applyDifference(old: Value, difference: Value, type: ColumnType, large?: LargeSets): Value {
  if (type.max === 1) return difference;
  if (isMapValue(difference)) return mapDifference(isMapValue(old) ? old : new Map(), difference);
  if (isSetValue(difference)) return setDifference(isSetValue(old) ? old : [], difference, large);
  return difference;
}

function setDifference(old: readonly Atom[], difference: readonly Atom[], large: LargeSets | undefined): readonly Atom[] {
  if (difference.length === 0) return old;
  const memory = old.length < LARGE ? undefined : large;
  const elements = memory?.take(old) ?? new Set(old);
  const added: Atom[] = [];
  const removed = new Set<Atom>();
  for (const atom of difference) {
    if (elements.delete(atom)) removed.add(atom);
    else {
      elements.add(atom);
      added.push(atom);
    }
  }
  // `concat` copies once, into an array that has room for exactly its elements.
  const next = (removed.size === 0 ? old : old.filter((atom) => !removed.has(atom))).concat(added);
  memory?.keep(next, elements);
  return next;
}

function mapDifference(old: ReadonlyMap<Atom, Atom>, difference: ReadonlyMap<Atom, Atom>): ReadonlyMap<Atom, Atom> {
  const next = new Map(old);
  for (const [key, value] of difference) {
    if (next.has(key) && next.get(key) === value) next.delete(key);
    else next.set(key, value);
  }
  return next;
}
