/**
 * What an owner wants to be in the database: plain data, references by natural key, never by UUID.
 */
import type { Atom } from '../notation/value.ts';

/** A row by its natural key, which is unique in its table. */
export interface RowId<T extends string = string> {
  readonly table: T;
  readonly key: string;
}

/** A reference to a row that exists or that some fragment wants. */
export interface RowRef<T extends string = string> {
  readonly ref: RowId<T>;
}

/** An atom of a wanted value. */
export type WantedAtom = Atom | RowRef;

/** A wanted value. A plain object is a map with string keys; undefined is the empty optional, set or map. */
export type WantedValue =
  | WantedAtom
  | undefined
  | readonly WantedAtom[]
  | ReadonlyMap<Atom, WantedAtom>
  | { readonly [key: string]: WantedAtom };

/** A row that must exist. Only the stated columns are touched. */
export interface WantedRow extends RowId {
  readonly columns: Readonly<Record<string, WantedValue>>;
  /** The column with the strong reference that keeps a row of a non-root table alive. */
  readonly parent?: RowId & { readonly column: string };
}

/** Elements that an owner contributes to a set or map column of a shared row. The union over all owners is what is wanted. */
export interface Membership extends RowId {
  readonly column: string;
  readonly set?: readonly WantedAtom[];
  readonly map?: Readonly<Record<string, WantedAtom>>;
}

/** All that one owner wants. */
export interface Fragment {
  readonly rows: readonly WantedRow[];
  readonly members: readonly Membership[];
}

/** Refer to a row by natural key. */
export function rowRef<const T extends string>(table: T, key: string): RowRef<T> {
  return { ref: { table, key } };
}

/** True for a reference. */
export function isRowRef(value: unknown): value is RowRef {
  return typeof value === 'object' && value !== null && typeof (value as Partial<RowRef>).ref === 'object';
}
