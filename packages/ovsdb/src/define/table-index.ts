/**
 * Secondary indexes on one or several columns of a defined table, with typed keys.
 */
import { isMapValue, isSetValue } from '../notation/value.ts';
import type { Atom, Row, Value } from '../notation/value.ts';
import type { KeysOf } from '../replica/replica-index.ts';
import type { ReplicaView } from '../replica/view.ts';
import type { ReadOf, RowOf, TableDefinition } from './table.ts';

/** Columns that rows can be found by: all but maps. */
export type KeyColumn<T extends TableDefinition> = {
  [K in keyof T['columns']]: ReadOf<T['columns'][K]> extends ReadonlyMap<Atom, Atom> ? never : K;
}[keyof T['columns']] &
  string;

type MapColumn<T extends TableDefinition> = {
  [K in keyof T['columns']]: ReadOf<T['columns'][K]> extends ReadonlyMap<Atom, Atom> ? K : never;
}[keyof T['columns']] &
  string;

type ElementOf<R> = R extends readonly (infer E)[] ? E : NonNullable<R>;

type ColumnKey<T extends TableDefinition, K extends string> = ElementOf<ReadOf<T['columns'][K]>>;
type EntryOf<R> = R extends ReadonlyMap<infer K, infer V> ? readonly [K, V] : never;
type MapKey<T extends TableDefinition, K extends string> = EntryOf<ReadOf<T['columns'][K]>>[0];
type MapItem<T extends TableDefinition, K extends string> = EntryOf<ReadOf<T['columns'][K]>>[1];

/** An index; a replica builds it when it is first used, and keeps it up from then on. */
export interface TableIndex<T extends TableDefinition, Key extends readonly unknown[]> {
  readonly table: T;
  readonly name: string;
  readonly keysOf: KeysOf;
  /** Never present; carries the type. */
  readonly __key?: Key;
}

/**
 * Find rows by the values of one or several columns. A set counts with each of its elements; a row in which one of the columns is
 * empty is not found.
 */
export function indexOn<T extends TableDefinition, const C extends readonly [KeyColumn<T>, ...KeyColumn<T>[]]>(
  table: T,
  ...columns: C
): TableIndex<T, { readonly [I in keyof C]: ColumnKey<T, C[I] & string> }> {
  return { table, name: `on ${columns.join(', ')}`, keysOf: (row) => columns.reduce(combine(row), ['']) };
}

/** Find rows by what a map column holds under a key, as `external_ids:pod`. A row without that key is not found. */
export function indexOnEntry<T extends TableDefinition, const C extends MapColumn<T>>(
  table: T,
  column: C,
  key: MapKey<T, C> & Atom,
): TableIndex<T, readonly [MapItem<T, C>]> {
  const keysOf = (row: Row): readonly string[] => {
    const map = row[column];
    const item = isMapValue(map) ? map.get(key) : undefined;
    return item === undefined ? [] : [part(item)];
  };
  return { table, name: `on ${column}:${String(key)}`, keysOf };
}

/** The rows of a replica or a snapshot under a key. */
export function findBy<T extends TableDefinition, Key extends readonly unknown[]>(
  view: ReplicaView,
  index: TableIndex<T, Key>,
  ...key: Key
): readonly RowOf<T>[] {
  const { table, name, keysOf } = index;
  if (!view.hasIndex(table.name, name)) view.addIndex(table.name, name, keysOf);
  return view.find(table.name, name, key.map((atom) => part(atom as Atom)).join('')) as readonly (Row & RowOf<T>)[];
}

/** Each key so far with each element of a further column. */
function combine(row: Row): (keys: readonly string[], column: string) => readonly string[] {
  return (keys, column) => {
    const atoms = elements(row[column]);
    return keys.flatMap((key) => atoms.map((atom) => key + part(atom)));
  };
}

function elements(value: Value): readonly Atom[] {
  if (value === undefined || isMapValue(value)) return [];
  return isSetValue(value) ? value : [value];
}

/** The length goes first, so that no two lists of atoms make the same text. */
function part(atom: Atom): string {
  const text = String(atom);
  return `${text.length}:${text}`;
}
