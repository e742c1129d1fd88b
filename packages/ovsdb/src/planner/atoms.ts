/**
 * Comparing wanted values with each other and with what the replica holds.
 */
import { normalAtom } from '../notation/value.ts';
import type { Atom } from '../notation/value.ts';
import { isRowRef } from './fragment.ts';
import type { WantedAtom, WantedValue } from './fragment.ts';

/** A collection as it may be stated. */
export type WantedCollection = Exclude<WantedValue, WantedAtom | undefined>;

/** True when a wanted value is a set or a map. */
export function isCollection(value: WantedValue): value is WantedCollection {
  return typeof value === 'object' && !isRowRef(value);
}

/** True for the map forms of a collection. */
export function isWantedMap(value: WantedCollection): value is Exclude<WantedCollection, readonly WantedAtom[]> {
  return !Array.isArray(value);
}

/** The entries of a wanted map. */
export function mapEntries(value: Exclude<WantedCollection, readonly WantedAtom[]>): Iterable<readonly [Atom, WantedAtom]> {
  return value instanceof Map ? (value as ReadonlyMap<Atom, WantedAtom>) : Object.entries(value as Readonly<Record<string, WantedAtom>>);
}

/** A key for maps: equal atoms, equal keys. */
export function atomKey(atom: Atom): string {
  return typeof atom === 'string' ? `s${atom}` : typeof atom === 'boolean' ? `b${atom}` : `n${atom}`;
}

/** Equality of two wanted atoms. */
export function wantedAtomsEqual(a: WantedAtom | undefined, b: WantedAtom | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  if (isRowRef(a)) return isRowRef(b) && a.ref.table === b.ref.table && a.ref.key === b.ref.key;
  return !isRowRef(b) && normalAtom(a) === normalAtom(b);
}

/** Equality of two wanted values; the order of a set counts, as a difference only costs a second look. */
export function wantedValuesEqual(a: WantedValue, b: WantedValue): boolean {
  if (a === b) return true;
  if (!isCollection(a) || !isCollection(b)) return !isCollection(a) && !isCollection(b) && wantedAtomsEqual(a, b);
  if (isWantedMap(a)) return isWantedMap(b) && wantedMapsEqual(new Map(mapEntries(a)), new Map(mapEntries(b)));
  if (isWantedMap(b) || a.length !== b.length) return false;
  return a.every((atom, at) => wantedAtomsEqual(atom, b[at]));
}

function wantedMapsEqual(a: ReadonlyMap<Atom, WantedAtom>, b: ReadonlyMap<Atom, WantedAtom>): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) if (!wantedAtomsEqual(value, b.get(key))) return false;
  return true;
}
