/**
 * Conditions and mutations -> wire notation. What the types of a column and its operator do not allow is refused here, since
 * the server would refuse the whole transaction for it.
 *
 * @source RFC 7047 §5.1 (<condition>, <mutation>)
 */
import { OvsdbError } from '../errors.ts';
import type { Json } from '../json/json.ts';
import type { Condition, ConditionFunction, Mutation, Mutator } from '../operation.ts';
import type { ColumnType, TableSchema } from '../schema/types.ts';
import { badValue, encodeValue, isNamedUuid } from './encode.ts';
import type { ColumnPlace, WritableValue } from './encode.ts';

const UUID_COLUMN: ColumnType = { key: { type: 'uuid' }, min: 1, max: 1, shape: 'scalar' };
const ARITHMETIC: ReadonlySet<Mutator> = new Set(['+=', '-=', '*=', '/=', '%=']);
const ORDERED: ReadonlySet<string> = new Set(['<', '<=', '>', '>=']);

/** @throws {OvsdbError} OVSDB_UNKNOWN_COLUMN or OVSDB_BAD_VALUE */
export function encodeWhere(where: readonly Condition[], table: TableSchema): Json {
  return where.map(([column, test, value]) => {
    const type = columnType(table, column);
    const place = { table: table.name, column };
    if (ORDERED.has(test) && !(isNumeric(type) && (type.shape === 'scalar' || type.shape === 'optional')))
      throw badValue(value, place, `"${test}" compares single numbers alone`);
    return [column, test, encodeValue(value, operandType(type, test), place)];
  });
}

/**
 * What a condition may compare a column with: values that the column may hold, or parts of such.
 *
 * @source ovsdb-server 3.1 is stricter than RFC 7047 §5.1 (<condition>)
 */
function operandType(type: ColumnType, test: ConditionFunction): ColumnType {
  if (ORDERED.has(test)) return { ...type, min: 1 };
  if (type.shape === 'scalar') return type;
  if (test === 'includes') return { ...type, min: 0 };
  return test === 'excludes' ? { ...type, min: 0, max: Infinity } : type;
}

/** @throws {OvsdbError} OVSDB_UNKNOWN_COLUMN or OVSDB_BAD_VALUE */
export function encodeMutation([column, mutator, value]: Mutation, table: TableSchema): Json {
  const type = columnType(table, column);
  const place = { table: table.name, column };
  checkMutator(mutator, { type, place, value, isMutable: column !== '_uuid' && table.columns.get(column)?.mutable === true });
  if (ARITHMETIC.has(mutator))
    return [column, mutator, encodeValue(value, { key: { type: type.key.type }, min: 1, max: 1, shape: 'scalar' }, place)];
  const part: ColumnType = { ...type, min: 0, max: mutator === 'delete' ? Infinity : type.max };
  const isMap = value === undefined || (typeof value === 'object' && !Array.isArray(value) && !isNamedUuid(value));
  // @source RFC 7047 §5.1 (<mutation>): a set of keys deletes entries whatever their values.
  if (type.shape === 'map' && mutator === 'delete' && !isMap)
    return [column, mutator, encodeValue(value, { key: type.key, min: 0, max: Infinity, shape: 'set' }, place)];
  return [column, mutator, encodeValue(value, part, place)];
}

/** @throws {OvsdbError} OVSDB_UNKNOWN_COLUMN */
export function columnType(table: TableSchema, column: string): ColumnType {
  if (column === '_uuid' || column === '_version') return UUID_COLUMN;
  const found = table.columns.get(column);
  if (found === undefined)
    throw new OvsdbError('OVSDB_UNKNOWN_COLUMN', `table "${table.name}" has no column "${column}"`, { table: table.name, column });
  return found.type;
}

function checkMutator(
  mutator: Mutator,
  at: { readonly type: ColumnType; readonly place: ColumnPlace; readonly value: WritableValue; readonly isMutable: boolean },
): void {
  const { type, place, value, isMutable } = at;
  if (!isMutable) throw badValue(value, place, 'the column cannot be changed after the insert');
  if (!ARITHMETIC.has(mutator)) {
    if (type.shape === 'scalar') throw badValue(value, place, `"${mutator}" changes sets and maps alone`);
    return;
  }
  if (!isNumeric(type) || type.shape === 'map' || (mutator === '%=' && type.key.type !== 'integer'))
    throw badValue(value, place, `"${mutator}" changes ${mutator === '%=' ? 'integers' : 'numbers'} alone`);
  if ((mutator === '/=' || mutator === '%=') && (value === 0 || value === 0n)) throw badValue(value, place, 'nothing can be divided by it');
}

function isNumeric({ key }: ColumnType): boolean {
  return key.type === 'integer' || key.type === 'real';
}
