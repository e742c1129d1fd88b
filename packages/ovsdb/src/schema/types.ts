/**
 * A database schema in memory.
 *
 * @source RFC 7047 §3.2
 */
import type { Atom } from '../notation/value.ts';

/** An atomic type. */
export type AtomicType = 'integer' | 'real' | 'boolean' | 'string' | 'uuid';

/** A base type with its constraints. */
export interface BaseType {
  readonly type: AtomicType;
  readonly enum?: readonly Atom[];
  readonly minInteger?: bigint | number;
  readonly maxInteger?: bigint | number;
  readonly minReal?: number;
  readonly maxReal?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly refTable?: string;
  /** Default is strong. */
  readonly refType?: 'strong' | 'weak';
}

/** How a value of the column looks in memory (see `Value`). */
export type ColumnShape = 'scalar' | 'optional' | 'set' | 'map';

/** A column's type. */
export interface ColumnType {
  readonly key: BaseType;
  /** Present for maps. */
  readonly value?: BaseType;
  readonly min: 0 | 1;
  /** Largest number of elements; `Infinity` for "unlimited". */
  readonly max: number;
  readonly shape: ColumnShape;
}

/** A column. */
export interface ColumnSchema {
  readonly name: string;
  readonly type: ColumnType;
  readonly ephemeral: boolean;
  readonly mutable: boolean;
}

/** A table. */
export interface TableSchema {
  readonly name: string;
  readonly columns: ReadonlyMap<string, ColumnSchema>;
  readonly isRoot: boolean;
  /** Column sets whose values are unique in the table. */
  readonly indexes: readonly (readonly string[])[];
  readonly maxRows: number;
}

/** A database. */
export interface DatabaseSchema {
  readonly name: string;
  readonly version: string;
  readonly tables: ReadonlyMap<string, TableSchema>;
}

/** True when a column refers to rows and keeps them alive. @source RFC 7047 §3.2 (refType) */
export function isStrong(type: ColumnType): boolean {
  return (
    (type.key.refTable !== undefined && type.key.refType !== 'weak') ||
    (type.value?.refTable !== undefined && type.value.refType !== 'weak')
  );
}
