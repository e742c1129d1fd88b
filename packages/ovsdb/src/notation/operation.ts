/**
 * Operations -> wire notation, directed and checked by the schema.
 *
 * @source RFC 7047 §5.2
 */
import { OvsdbError } from '../errors.ts';
import type { Json } from '../json/json.ts';
import type { Operation, WritableRow } from '../operation.ts';
import type { DatabaseSchema, TableSchema } from '../schema/types.ts';
import { columnType, encodeMutation, encodeWhere } from './clause.ts';
import { badValue, checkId, checkUuid, encodeValue } from './encode.ts';

/** @throws {OvsdbError} OVSDB_UNKNOWN_TABLE, OVSDB_UNKNOWN_COLUMN or OVSDB_BAD_VALUE, with the operation and its index */
export function encodeOperations(operations: readonly Operation[], schema: DatabaseSchema): Json[] {
  return operations.map((operation, index) => {
    try {
      return encodeOperation(operation, schema);
    } catch (error) {
      if (!(error instanceof OvsdbError)) throw error;
      const { table, column, value } = error;
      throw new OvsdbError(error.code, `operation ${index} (${operation.op}): ${error.message}`, {
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
        row: encodeNewRow(operation.row, table, true),
        ...(uuidName === undefined ? {} : { 'uuid-name': checkId(uuidName, { table: table.name, column: '_uuid' }) }),
        ...(uuid === undefined ? {} : { uuid: checkUuid(uuid, { table: table.name, column: '_uuid' }) }),
      };
    }
    case 'select':
      return {
        op,
        table: table.name,
        where: encodeWhere(operation.where, table),
        ...(operation.columns === undefined ? {} : { columns: checkColumns(operation.columns, table) }),
      };
    case 'update':
      return { op, table: table.name, where: encodeWhere(operation.where, table), row: encodeNewRow(operation.row, table, false) };
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
        columns: checkColumns(operation.columns, table),
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

/** A row to be written: its own columns alone. */
function encodeNewRow(row: WritableRow, table: TableSchema, isInsert: boolean): Json {
  for (const name in row) {
    const place = { table: table.name, column: name };
    if (name === '_uuid' || name === '_version') throw badValue(row[name], place, "this column is the server's own");
    if (!isInsert && table.columns.get(name)?.mutable === false)
      throw badValue(row[name], place, 'the column cannot be changed after the insert');
  }
  return encodeRow(row, table);
}

function checkColumns(columns: readonly string[], table: TableSchema): readonly string[] {
  for (const column of columns) columnType(table, column);
  return columns;
}

function tableOf(schema: DatabaseSchema, name: string): TableSchema {
  const table = schema.tables.get(name);
  if (table === undefined) throw new OvsdbError('OVSDB_UNKNOWN_TABLE', `database ${schema.name} has no table "${name}"`, { table: name });
  return table;
}
