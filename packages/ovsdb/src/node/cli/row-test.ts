/**
 * Conditions on rows as they are typed on a command line: `name=blue`, `external_ids:owner=me`, `nb_cfg>=3`, `ports=[]`.
 */
import { readUuid } from '../../notation/uuid.ts';
import { isMapValue, isSetValue, valuesEqual } from '../../notation/value.ts';
import type { Atom, Row, Value } from '../../notation/value.ts';
import type { AtomicType, ColumnType, TableSchema } from '../../schema/types.ts';
import { UsageError } from './arguments.ts';

/** A condition, read but not yet held against a schema. */
export interface WrittenTest {
  readonly text: string;
  readonly column: string;
  readonly key: string | undefined;
  /** undefined: the key, or the element, is there. */
  readonly operator: Operator | undefined;
  readonly value: string;
}

/** Tells whether a row meets a condition. */
export type RowTest = (row: Row) => boolean;

type Operator = '=' | '!=' | '<' | '<=' | '>' | '>=';

const FORM = /^(?<column>\w+)(?::(?<key>"(?:[^"\\]|\\.)*"|[^=!<>]+))?(?:(?<operator>!=|<=|>=|=|<|>)(?<value>.*))?$/s;
const UUID_TYPE: ColumnType = { key: { type: 'uuid' }, min: 1, max: 1, shape: 'scalar' };

/** @throws {UsageError} when the text is no condition */
export function readTest(text: string): WrittenTest {
  const { column, key, operator, value = '' } = FORM.exec(text)?.groups ?? {};
  if (column === undefined || (key === undefined && operator === undefined))
    throw new UsageError(`"${text}" is no condition: COLUMN=VALUE, COLUMN:KEY=VALUE or COLUMN:KEY is wanted, or !=, <, <=, >, >= for =`);
  return { text, column, key, operator: operator as Operator | undefined, value };
}

/** @throws {UsageError} naming the column that the table lacks, or the value that does not fit it */
export function compileTest(written: WrittenTest, table: TableSchema): RowTest {
  const { text, column, key, operator, value } = written;
  const type = column === '_uuid' ? UUID_TYPE : table.columns.get(column)?.type;
  if (type === undefined)
    throw new UsageError(`table ${table.name} has no column "${column}"; it has ${[...table.columns.keys()].toSorted().join(', ')}`);
  if (key !== undefined) return keyTest(written, type);
  if (operator === undefined) throw new UsageError(`"${text}" says nothing of ${column}`);
  if (type.shape === 'map' && value !== '[]' && value !== '{}')
    throw new UsageError(`"${text}": column ${column} is a map; name a key as in ${column}:KEY=VALUE, or ${column}={} for none`);
  if (operator === '=' || operator === '!=') {
    const wanted = readValue(written, type);
    return (row) => valuesEqual(row[column], wanted) === (operator === '=');
  }
  if (type.shape === 'set' || type.shape === 'map') throw new UsageError(`"${text}": "${operator}" compares single values alone`);
  const wanted = readAtom(value, type.key.type, text);
  return (row) => isOrdered(row[column], operator, wanted);
}

function keyTest({ text, column, key = '', operator, value }: WrittenTest, type: ColumnType): RowTest {
  if (type.shape === 'scalar') throw new UsageError(`"${text}": column ${column} holds one value and has no key "${key}"`);
  const wantedKey = readAtom(key, type.key.type, text);
  if (type.value === undefined) {
    if (operator !== undefined) throw new UsageError(`"${text}": column ${column} is no map; ${column}:ELEMENT asks for an element`);
    return (row) => elements(row[column]).includes(wantedKey);
  }
  const entry = (row: Row): Atom | undefined => {
    const map = row[column];
    return isMapValue(map) ? map.get(wantedKey) : undefined;
  };
  if (operator === undefined) return (row) => entry(row) !== undefined;
  const wanted = readAtom(value, type.value.type, text);
  if (operator === '=' || operator === '!=') return (row) => (entry(row) === wanted) === (operator === '=');
  return (row) => isOrdered(entry(row), operator, wanted);
}

function isOrdered(value: Value, operator: '<' | '<=' | '>' | '>=', wanted: Atom): boolean {
  if (value === undefined || isMapValue(value) || isSetValue(value)) return false;
  switch (operator) {
    case '<':
      return value < wanted;
    case '<=':
      return value <= wanted;
    case '>':
      return value > wanted;
    case '>=':
      return value >= wanted;
  }
}

function elements(value: Value): readonly Atom[] {
  if (value === undefined || isMapValue(value)) return [];
  return isSetValue(value) ? value : [value];
}

function readValue({ text, value }: WrittenTest, { shape, key }: ColumnType): Value {
  if (shape === 'map') return new Map();
  if (shape === 'optional' && value === '[]') return undefined;
  if (shape !== 'set') return readAtom(value, key.type, text);
  const inner = /^\[(?<inner>.*)\]$/s.exec(value)?.groups?.['inner'];
  const items = (inner ?? value).match(/"(?:[^"\\]|\\.)*"|[^,\s][^,]*/g) ?? [];
  return items.map((item) => readAtom(item.trim(), key.type, text));
}

function readAtom(text: string, type: AtomicType, condition: string): Atom {
  switch (type) {
    case 'string':
      return unquoted(text);
    case 'uuid': {
      const uuid = readUuid(text);
      if (uuid !== undefined) return uuid;
      break;
    }
    case 'boolean':
      if (text === 'true' || text === 'false') return text === 'true';
      break;
    case 'integer':
      if (/^-?\d+$/.test(text)) return Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text);
      break;
    case 'real':
      if (text !== '' && Number.isFinite(Number(text))) return Number(text);
      break;
  }
  throw new UsageError(`"${condition}": "${text}" is no ${type}`);
}

function unquoted(text: string): string {
  if (!/^".*"$/s.test(text)) return text;
  try {
    return JSON.parse(text) as string;
  } catch {
    return text;
  }
}
