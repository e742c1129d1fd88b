/**
 * Which operation of a transaction its commit was refused for. A server names rows in the words of its refusal, and no standard
 * fixes those words: they are read where they are known, and where they name nothing, nobody is accused.
 *
 * @source ovsdb-server 3.1: the messages of its checks of references, of indexes and of the number of rows
 */
import { isArray, isObject } from '../json/json.ts';
import type { Json } from '../json/json.ts';
import type { Operation } from '../operation.ts';
import { readUuid } from './uuid.ts';
import type { Uuid } from './value.ts';

/** What the words of a refusal name. */
export interface Named {
  readonly table?: string;
  readonly column?: string;
  /** Rows that this transaction wrote, or tried to delete. */
  readonly rows: readonly Uuid[];
}

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const FORMS: readonly RegExp[] = [
  // A strong reference to nothing.
  new RegExp(`^Table (?<table>\\S+) column (?<column>\\S+) row (?<row>${UUID}) references nonexistent row`),
  // A row that others still refer to.
  new RegExp(`^cannot delete (?<table>\\S+) row (?<row>${UUID}) because of`),
  // A weak reference was the last element of a column that must not be empty.
  new RegExp(`from column "(?<column>[^"]+)" in "(?<table>[^"]+)" row (?<row>${UUID}) caused`),
  // Two rows with the same values of an index. Rows that the transaction did not write are no culprits.
  /^Transaction causes multiple rows in "(?<table>[^"]+)" table to have identical values .*? for index on columns? "(?<column>[^"]+)"/s,
  // More rows than the schema allows.
  /^transaction causes "(?<table>[^"]+)" table to contain/,
];
const WRITTEN_ROW = new RegExp(`row, with UUID (?<row>${UUID}), was (?:inserted|modified) by this transaction`, 'g');

/** Read the details of a refusal. */
export function readNamed(details: string): Named {
  for (const form of FORMS) {
    const groups = form.exec(details)?.groups;
    if (groups === undefined) continue;
    const { table, column, row } = groups;
    const rows = row === undefined ? [...details.matchAll(WRITTEN_ROW)].map((match) => match.groups?.['row'] ?? '') : [row];
    return { rows: rows as Uuid[], ...(table === undefined ? {} : { table }), ...(column === undefined ? {} : { column }) };
  }
  return { rows: [] };
}

/**
 * Index of the last operation that wrote one of the rows; else of the only one that writes to the table; else undefined.
 *
 * @param results as the server sent them: the UUIDs of inserts are in there although nothing was committed
 */
export function findCulprit({ table, rows }: Named, operations: readonly Operation[], results: readonly Json[]): number | undefined {
  const writers: number[] = [];
  for (let index = operations.length - 1; index >= 0; index--) {
    const operation = operations[index];
    if (operation === undefined || !isWrite(operation) || operation.table !== table) continue;
    if (rows.some((row) => concerns(operation, row, results[index] ?? null))) return index;
    writers.push(index);
  }
  return writers.length === 1 ? writers[0] : undefined;
}

type Write = Extract<Operation, { readonly op: 'insert' | 'update' | 'mutate' | 'delete' }>;

function isWrite(operation: Operation): operation is Write {
  return operation.op === 'insert' || operation.op === 'update' || operation.op === 'mutate' || operation.op === 'delete';
}

function concerns(operation: Write, row: Uuid, result: Json): boolean {
  if (operation.op !== 'insert')
    return operation.where.some(
      ([column, test, value]) => column === '_uuid' && test === '==' && typeof value === 'string' && readUuid(value) === row,
    );
  const uuid = isObject(result) ? result['uuid'] : undefined;
  return isArray(uuid) && uuid[1] === row;
}
