/**
 * The wanted value of one column of one row: the union of what the claims state.
 */
import { OvsdbError } from '../errors.ts';
import type { Atom } from '../notation/value.ts';
import type { ColumnSchema } from '../schema/types.ts';
import { atomKey, isCollection, isWantedMap, mapEntries, wantedAtomsEqual } from './atoms.ts';
import { isRowRef } from './fragment.ts';
import type { WantedAtom } from './fragment.ts';
import type { Entry } from './union.ts';

/** What is wanted of a column, with the owners whose claims lost. */
export interface WantedColumn {
  readonly value:
    | { readonly kind: 'atom'; readonly atom: WantedAtom | undefined }
    | { readonly kind: 'set'; readonly atoms: ReadonlyMap<string, WantedAtom> }
    | { readonly kind: 'map'; readonly pairs: ReadonlyMap<string, readonly [Atom, WantedAtom]> };
  readonly losers: readonly string[];
}

/** The columns that the claims of an entry state. */
export function statedColumns(entry: Entry): ReadonlySet<string> {
  const [only] = entry.claims;
  if (entry.claims.length === 1 && only !== undefined) return new Set(Object.keys(only.row.columns));
  return new Set(entry.claims.flatMap((claim) => Object.keys(claim.row.columns)));
}

/** @throws {OvsdbError} OVSDB_BAD_VALUE when a claim states a set where the column holds one atom, or the like */
export function wantedColumn(entry: Entry, column: ColumnSchema): WantedColumn {
  switch (column.type.shape) {
    case 'scalar':
    case 'optional':
      return wantedAtom(entry, column);
    case 'set':
      return { value: { kind: 'set', atoms: wantedSet(entry, column) }, losers: [] };
    case 'map':
      return wantedMap(entry, column);
  }
}

/** A key for wanted atoms: equal atoms, equal keys. */
function wantedKey(atom: WantedAtom): string {
  return isRowRef(atom) ? `r${atom.ref.table}/${atom.ref.key}` : atomKey(atom);
}

function wantedAtom(entry: Entry, column: ColumnSchema): WantedColumn {
  const losers: string[] = [];
  let found: { readonly atom: WantedAtom | undefined } | undefined;
  for (const { owner, row } of entry.claims) {
    if (!(column.name in row.columns)) continue;
    const value = row.columns[column.name];
    if (isCollection(value)) throw misshapen(entry, column, 'one value', value);
    if (found === undefined) found = { atom: value };
    else if (!wantedAtomsEqual(found.atom, value)) losers.push(owner);
  }
  return { value: { kind: 'atom', atom: found?.atom }, losers };
}

function wantedSet(entry: Entry, column: ColumnSchema): ReadonlyMap<string, WantedAtom> {
  const atoms = new Map<string, WantedAtom>();
  for (const { row } of entry.claims) {
    const value = row.columns[column.name];
    if (value === undefined) continue;
    if (!isCollection(value) || isWantedMap(value)) throw misshapen(entry, column, 'an array', value);
    for (const atom of value) atoms.set(wantedKey(atom), atom);
  }
  return atoms;
}

function wantedMap(entry: Entry, column: ColumnSchema): WantedColumn {
  const losers: string[] = [];
  const pairs = new Map<string, readonly [Atom, WantedAtom]>();
  for (const { owner, row } of entry.claims) {
    const value = row.columns[column.name];
    if (value === undefined) continue;
    if (!isCollection(value) || !isWantedMap(value)) throw misshapen(entry, column, 'a map', value);
    for (const [key, atom] of mapEntries(value)) {
      const name = atomKey(key);
      const earlier = pairs.get(name);
      if (earlier === undefined) pairs.set(name, [key, atom]);
      else if (!wantedAtomsEqual(earlier[1], atom)) losers.push(owner);
    }
  }
  return { value: { kind: 'map', pairs }, losers };
}

function misshapen(entry: Entry, column: ColumnSchema, form: string, value: unknown): OvsdbError {
  return new OvsdbError('OVSDB_BAD_VALUE', `${entry.table} "${entry.key}": column ${column.name} takes ${form}`, {
    table: entry.table,
    column: column.name,
    value,
  });
}
