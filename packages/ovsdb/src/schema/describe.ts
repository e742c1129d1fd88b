/**
 * Tables and columns in words, for people.
 */
import type { Atom } from '../notation/value.ts';
import type { BaseType, ColumnSchema, ColumnType, TableSchema } from './types.ts';

/** A column in words: "set of up to 4 weak references to Mirror; cannot be changed". */
export function describeColumn({ type, mutable, ephemeral }: ColumnSchema): string {
  return [describeType(type), ...(mutable ? [] : ['cannot be changed']), ...(ephemeral ? ['is not kept on disk'] : [])].join('; ');
}

function describeType({ key, value, min, max, shape }: ColumnType): string {
  const base = describeBase(key);
  switch (shape) {
    case 'scalar':
      return base;
    case 'optional':
      return `optional ${base}`;
    case 'set':
      return `set${size(min, max)} of ${base}`;
    case 'map':
      return `map${size(min, max)} of ${base} to ${value === undefined ? 'string' : describeBase(value)}`;
  }
}

function size(min: number, max: number): string {
  if (max === Infinity) return min === 0 ? '' : ` (at least ${min})`;
  return ` (${min} to ${max})`;
}

function describeBase(base: BaseType): string {
  if (base.refTable !== undefined) return `${base.refType ?? 'strong'} reference to ${base.refTable}`;
  if (base.enum !== undefined) return `${base.type} (${base.enum.map(atomText).join(', ')})`;
  const least = base.minInteger ?? base.minReal ?? base.minLength;
  const most = base.maxInteger ?? base.maxReal ?? base.maxLength;
  const unit = base.type === 'string' ? ' characters' : '';
  if (least !== undefined && most !== undefined) return `${base.type} (${least} to ${most}${unit})`;
  if (least !== undefined) return `${base.type} (at least ${least}${unit})`;
  return most === undefined ? base.type : `${base.type} (at most ${most}${unit})`;
}

function atomText(atom: Atom): string {
  return typeof atom === 'string' ? JSON.stringify(atom) : String(atom);
}

/** A table in words: "root table; unique by name; at most 1 row". */
export function describeTable({ isRoot, indexes, maxRows }: TableSchema): string {
  return [
    isRoot ? 'root table' : 'rows live as long as others refer to them',
    ...indexes.map((columns) => `unique by ${columns.join(' and ')}`),
    ...(maxRows === Infinity ? [] : [`at most ${maxRows} row${maxRows === 1 ? '' : 's'}`]),
  ].join('; ');
}
