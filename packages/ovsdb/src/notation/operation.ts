/**
 * Operations -> wire notation, directed and checked by the schema.
 *
 * @source RFC 7047 §5.2
 */
import { OvsdbError } from '../errors.ts';
import type { Json } from '../json/json.ts';
import type { Condition, Mutation, Operation, WritableRow } from '../operation.ts';
import type { ColumnType, DatabaseSchema, TableSchema } from '../schema/types.ts';
import { encodeMap, encodeValue } from './encode.ts';
import type { WritableValue } from './encode.ts';

const UUID_COLUMN: ColumnType = { key: { type: 'uuid' }, min: 1, max: 1, shape: 'scalar' };

/** @throws {OvsdbError} OVSDB_UNKNOWN_TABLE, OVSDB_UNKNOWN_COLUMN or OVSDB_BAD_VALUE, with the operation and its index */
export function encodeOperations(operations: readonly Operation[], schema: DatabaseSchema): Json[] {
  return operations.map((operation, index) => {
    try {
      return encodeOperation(operation, schema);
    } catch (error) {
      if (!(error instanceof OvsdbError)) throw error;
      const { table, column, value } = error;
      throw new OvsdbError(error.code, error.message, {
        operation,
        index,
        cause: error,
        value,
        ...(table === undefined ? {} : { table }),
        ...(column === undefined ? {} : { column }),
      });
    }
  });
}

function encodeOperation(operation: Operation, schema: DatabaseSchema): Json {
  switch (operation.op) {
    case 'commit':
      return { op: 'commit', durable: operation.durable };
    case 'abort':
      return { op: 'abort' };
    case 'comment':
      return { op: 'comment', comment: operation.comment };
    case 'assert':
      return { op: 'assert', lock: operation.lock };
    case 'insert':
    case 'select':
    case 'update':
    case 'mutate':
    case 'delete':
    case 'wait':
      return encodeTableOperation(operation, tableOf(schema, operation.table));
  }
}

type TableOperation = Extract<Operation, { readonly table: string }>;

function encodeTableOperation(operation: TableOperation, table: TableSchema): Json {
  const { op } = operation;
  switch (op) {
    case 'insert': {
      const { uuidName, uuid } = operation;
      return {
        op,
        table: table.name,
        row: encodeRow(operation.row, table),
        ...(uuidName === undefined ? {} : { 'uuid-name': uuidName }),
        ...(uuid === undefined ? {} : { uuid }),
      };
    }
    case 'select':
      return {
        op,
        table: table.name,
        where: encodeWhere(operation.where, table),
        ...(operation.columns === undefined ? {} : { columns: operation.columns }),
      };
    case 'update':
      return { op, table: table.name, where: encodeWhere(operation.where, table), row: encodeRow(operation.row, table) };
    case 'mutate':
      return {
        op,
        table: table.name,
        where: encodeWhere(operation.where, table),
        mutations: operation.mutations.map((mutation) => encodeMutation(mutation, table)),
      };
    case 'delete':
      return { op, table: table.name, where: encodeWhere(operation.where, table) };
    case 'wait':
      return {
        op,
        table: table.name,
        where: encodeWhere(operation.where, table),
        columns: operation.columns,
        until: operation.until,
        rows: operation.rows.map((row) => encodeRow(row, table)),
        ...(operation.timeoutMs === undefined ? {} : { timeout: operation.timeoutMs }),
      };
  }
}

function encodeRow(row: WritableRow, table: TableSchema): Json {
  const encoded: Record<string, Json> = {};
  for (const name in row) {
    const type = columnType(table, name);
    encoded[name] = encodeValue(row[name], type, { table: table.name, column: name });
  }
  return encoded;
}

function encodeWhere(where: readonly Condition[], table: TableSchema): Json {
  return where.map(([column, test, value]) => [column, test, encodeOperand(value, columnType(table, column), { table, column })]);
}

function encodeMutation([column, mutator, value]: Mutation, table: TableSchema): Json {
  const type = columnType(table, column);
  if (type.shape === 'map' && mutator === 'delete' && Array.isArray(value)) {
    // @source RFC 7047 §5.1 (<mutation>): a set of keys deletes entries whatever their values.
    const keys: ColumnType = { key: type.key, min: 0, max: Infinity, shape: 'set' };
    return [column, mutator, encodeValue(value, keys, { table: table.name, column })];
  }
  return [column, mutator, encodeOperand(value, type, { table, column })];
}

/** Conditions and mutations may state fewer or more elements than the column may hold. */
function encodeOperand(value: WritableValue, type: ColumnType, at: { readonly table: TableSchema; readonly column: string }): Json {
  const place = { table: at.table.name, column: at.column };
  const key = { type: type.key.type };
  if (type.shape === 'map')
    return encodeMap(value, { key, value: { type: type.value?.type ?? 'string' }, min: 0, max: Infinity, shape: 'map' }, place);
  return encodeValue(
    value,
    { key, min: type.shape === 'scalar' ? 1 : 0, max: type.shape === 'scalar' ? 1 : Infinity, shape: type.shape },
    place,
  );
}

function tableOf(schema: DatabaseSchema, name: string): TableSchema {
  const table = schema.tables.get(name);
  if (table === undefined) throw new OvsdbError('OVSDB_UNKNOWN_TABLE', `database ${schema.name} has no table "${name}"`, { table: name });
  return table;
}

function columnType(table: TableSchema, column: string): ColumnType {
  if (column === '_uuid') return UUID_COLUMN;
  const found = table.columns.get(column);
  if (found === undefined)
    throw new OvsdbError('OVSDB_UNKNOWN_COLUMN', `table "${table.name}" has no column "${column}"`, { table: table.name, column });
  return found.type;
}
