/**
 * The difference notation of update2 and update3 applied to a value.
 *
 * @source ovsdb-server(7) §4.1.14
 */
import { isMapValue, isSetValue } from '../notation/value.ts';
import type { Atom, Value } from '../notation/value.ts';
import type { ColumnType } from '../schema/types.ts';

/** Below this many differing elements a linear search is cheaper than building a set. */
const FEW = 4;

/** The new value of a column. Elements that stay keep their order, new ones come last. */
export function applyDifference(old: Value, difference: Value, type: ColumnType): Value {
  if (type.max === 1) return difference;
  if (isMapValue(difference)) return mapDifference(isMapValue(old) ? old : new Map(), difference);
  if (isSetValue(difference)) return setDifference(isSetValue(old) ? old : [], difference);
  return difference;
}

function setDifference(old: readonly Atom[], difference: readonly Atom[]): readonly Atom[] {
  if (difference.length === 0) return old;
  if (difference.length <= FEW) return fewDifferences(old, difference);
  const pending = new Set(difference);
  const next: Atom[] = [];
  for (const atom of old) if (!pending.delete(atom)) next.push(atom);
  for (const atom of pending) next.push(atom);
  return next;
}

function fewDifferences(old: readonly Atom[], difference: readonly Atom[]): readonly Atom[] {
  const next = old.slice();
  for (const atom of difference) {
    const at = next.indexOf(atom);
    if (at === -1) next.push(atom);
    else next.splice(at, 1);
  }
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
