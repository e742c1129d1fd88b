/**
 * Column definitions from which row types follow.
 *
 * @source RFC 7047 §3.2 (<column-schema>, <type>)
 */
import type { NamedUuid } from '../notation/encode.ts';
import type { Atom, UuidOf } from '../notation/value.ts';
import type { RowRef } from '../planner/fragment.ts';
import type { AtomicType, BaseType, ColumnType } from '../schema/types.ts';

/** A column; `Read` is its type in a row, `Write` what may be written to it. */
export interface ColumnDefinition<Read, Write = Read> {
  readonly type: ColumnType;
  /** Never present; carries the types. */
  readonly __read?: Read;
  /** Never present; carries the types. */
  readonly __write?: Write;
}

/** A column that holds exactly one atom, from which sets, optionals and maps are made. */
export interface AtomColumn<Read extends Atom, Write = Read> extends ColumnDefinition<Read, Write> {
  readonly __atom: true;
}

/** What can be written to a column of references to rows of a table. */
export type RowPointer<T extends string = string> = UuidOf<T> | NamedUuid | RowRef<T>;

/** Makers of column definitions. */
export interface ColumnBuilders {
  string(limits?: { readonly minLength?: number; readonly maxLength?: number }): AtomColumn<string>;
  /** Both bounds within ±2^53: every value is a number. */
  integer(min: number, max: number): AtomColumn<number>;
  /** Values beyond ±2^53 are bigint. */
  integer(min?: number | bigint, max?: number | bigint): AtomColumn<number | bigint>;
  real(min?: number, max?: number): AtomColumn<number>;
  boolean(): AtomColumn<boolean>;
  /** A reference when `refTable` is given; strong unless said otherwise. */
  uuid<const T extends string = string>(refTable?: T, refType?: 'strong' | 'weak'): AtomColumn<UuidOf<T>, RowPointer<T>>;
  /** One of these strings. */
  enum<const V extends readonly string[]>(...values: V): AtomColumn<V[number]>;
  /** One of these values of an atomic type. */
  enumOf<const V extends readonly Atom[]>(type: AtomicType, ...values: V): AtomColumn<V[number]>;
  /** Zero or one. */
  optional<R extends Atom, W>(of: AtomColumn<R, W>): ColumnDefinition<R | undefined, W | undefined>;
  /** A set; `max` defaults to unlimited, `min` to 0. */
  set<R extends Atom, W>(
    of: AtomColumn<R, W>,
    size?: { readonly min?: 0 | 1; readonly max?: number },
  ): ColumnDefinition<readonly R[], readonly W[]>;
  map<K extends Atom, KW, V extends Atom, W>(
    key: AtomColumn<K, KW>,
    value: AtomColumn<V, W>,
    size?: { readonly min?: 0 | 1; readonly max?: number },
  ): ColumnDefinition<ReadonlyMap<K, V>, ReadonlyMap<K, W> | (K extends string ? Readonly<Record<string, W>> : never)>;
}

/** Makers of column definitions. */
export const column: ColumnBuilders = {
  string: (limits = {}) => atom({ type: 'string', ...limits }),
  integer: <R extends number>(min?: number | bigint, max?: number | bigint) =>
    atom<R, R>({
      type: 'integer',
      ...(min === undefined ? {} : { minInteger: min }),
      ...(max === undefined ? {} : { maxInteger: max }),
    }),
  real: (min, max) =>
    atom({ type: 'real', ...(min === undefined ? {} : { minReal: min }), ...(max === undefined ? {} : { maxReal: max }) }),
  boolean: () => atom({ type: 'boolean' }),
  uuid: (refTable, refType = 'strong') => atom(refTable === undefined ? { type: 'uuid' } : { type: 'uuid', refTable, refType }),
  enum: (...values) => atom({ type: 'string', enum: values }),
  enumOf: (type, ...values) => atom({ type, enum: values }),
  optional: (of) => ({ type: { key: of.type.key, min: 0, max: 1, shape: 'optional' } }),
  set: (of, { min = 0, max = Infinity } = {}) => ({ type: { key: of.type.key, min, max, shape: 'set' } }),
  map: (key, value, { min = 0, max = Infinity } = {}) => ({ type: { key: key.type.key, value: value.type.key, min, max, shape: 'map' } }),
};

function atom<R extends Atom, W>(key: BaseType): AtomColumn<R, W> {
  return { type: { key, min: 1, max: 1, shape: 'scalar' }, __atom: true };
}
