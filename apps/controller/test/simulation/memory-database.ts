/** An OVSDB in memory: transactions as RFC 7047 says, as far as planner and client use them. */
import type { Random } from './random.ts';
import {
  type ColumnType,
  type Datum,
  defaultOf,
  mutateDatum,
  parseDatum,
  readColumnType,
  references,
  sameDatum,
  type Wire,
  wireText,
} from './memory-value.ts';

export type MemoryRow = ReadonlyMap<string, Datum>;
/** Table → UUID → row. Never changed once it is published. */
export type Snapshot = ReadonlyMap<string, ReadonlyMap<string, MemoryRow>>;

interface TableSchema {
  readonly columns: ReadonlyMap<string, ColumnType>;
  readonly indexes: readonly (readonly string[])[];
  readonly isRoot: boolean;
}

type Draft = Map<string, Map<string, MemoryRow>>;
type Operation = Readonly<Record<string, Wire>>;

class Refused extends Error {}

export class MemoryDatabase {
  readonly schema: Readonly<Record<string, unknown>>;
  readonly tables: ReadonlyMap<string, TableSchema>;
  readonly #random: Random;
  #content: Snapshot;
  #refused = 0;

  /** @param schema the text of an .ovsschema file */
  constructor(schema: string, random: Random) {
    this.schema = JSON.parse(schema) as Readonly<Record<string, unknown>>;
    this.#random = random;
    const tables = this.schema['tables'] as Record<
      string,
      { columns: Record<string, { type: unknown }>; indexes?: string[][]; isRoot?: boolean }
    >;
    this.tables = new Map(
      Object.entries(tables).map(([name, { columns, indexes = [], isRoot = false }]) => [
        name,
        { columns: new Map(Object.entries(columns).map(([column, { type }]) => [column, readColumnType(type)])), indexes, isRoot },
      ]),
    );
    this.#content = new Map([...this.tables.keys()].map((name) => [name, new Map<string, MemoryRow>()]));
  }

  get content(): Snapshot {
    return this.#content;
  }

  get name(): string {
    return String(this.schema['name']);
  }

  /** Transactions that were refused: a planner that knows its database has none. */
  get refused(): number {
    return this.#refused;
  }

  /** @returns the results, one per operation, and one more when the commit is refused */
  transact(operations: readonly Operation[]): readonly Wire[] {
    const draft: Draft = new Map([...this.#content].map(([name, rows]) => [name, new Map(rows)]));
    const names = new Map<string, string>();
    for (const { op, ...rest } of operations)
      if (op === 'insert' && rest['uuid-name'] !== undefined) names.set(wireText(rest['uuid-name']), this.#random.uuid());
    const results: Wire[] = [];
    try {
      for (const operation of operations) results.push(this.#run(operation, draft, names));
      this.#commit(draft);
      return results;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.#refused++;
      const failure = { error: error.message, details: error.message };
      return [...results, failure, ...operations.slice(results.length + 1).map(() => null)];
    }
  }

  #run(operation: Operation, draft: Draft, names: ReadonlyMap<string, string>): Wire {
    const { op } = operation;
    if (op === 'comment' || op === 'assert') return {};
    const tableName = wireText(operation['table']);
    const table = this.tables.get(tableName);
    const rows = draft.get(tableName);
    if (table === undefined || rows === undefined) throw new Refused(`unknown table ${tableName}`);
    const named = (name: string): string => {
      const uuid = names.get(name);
      if (uuid === undefined) throw new Refused(`unknown named-uuid ${name}`);
      return uuid;
    };
    if (op === 'insert') {
      const uuid = operation['uuid-name'] === undefined ? this.#random.uuid() : named(wireText(operation['uuid-name']));
      rows.set(
        uuid,
        this.#withColumns(new Map([...table.columns].map(([name, type]) => [name, defaultOf(type)])), operation['row'], named),
      );
      return { uuid: ['uuid', uuid] };
    }
    const found = [...rows].filter(([uuid, row]) => matches({ uuid, row }, operation['where'] as [string, string, Wire][], named));
    if (op === 'wait') return this.#wait(operation, found, named);
    for (const [uuid, row] of found) {
      if (op === 'delete') rows.delete(uuid);
      else if (op === 'update') rows.set(uuid, this.#withColumns(row, operation['row'], named));
      else if (op === 'mutate') rows.set(uuid, mutated(row, operation['mutations'] as [string, string, Wire][], named));
      else throw new Error(`bug: operation ${wireText(op)} is not simulated`);
    }
    return { count: found.length };
  }

  #withColumns(row: MemoryRow, columns: Wire | undefined, named: (name: string) => string): MemoryRow {
    const next = new Map(row);
    for (const [name, value] of Object.entries(columns as Record<string, Wire>)) next.set(name, parseDatum(value, named));
    return next;
  }

  /** @source RFC 7047 §5.2.6; without a timeout in the request, and with 0, it does not wait */
  #wait(operation: Operation, found: readonly (readonly [string, MemoryRow])[], named: (name: string) => string): Wire {
    const columns = operation['columns'] as string[];
    const wanted = (operation['rows'] as Record<string, Wire>[]).map((row) => columns.map((name) => parseDatum(row[name] ?? null, named)));
    const observed = found.map(([uuid, row]) => columns.map((name) => columnOf({ uuid, row }, name)));
    const same = (a: readonly Datum[], b: readonly Datum[]): boolean => a.every((value, at) => sameDatum(value, b[at] ?? new Map()));
    const isEqual = wanted.length === observed.length && wanted.every((row) => observed.some((other) => same(row, other)));
    if (isEqual !== (operation['until'] === '==')) throw new Refused('timed out');
    return {};
  }

  /** @source RFC 7047 §4.1.3, §3.2: references, garbage, indexes and sizes are checked when all operations have run */
  #commit(draft: Draft): void {
    this.#collectGarbage(draft);
    for (const [name, rows] of draft) {
      const table = this.tables.get(name);
      if (table === undefined) continue;
      const seen = new Set<string>();
      for (const [uuid, row] of rows) {
        rows.set(uuid, this.#withoutDangling(row, table, draft));
        for (const index of table.indexes) {
          const key = JSON.stringify([
            index,
            index.map((column) => [...(row.get(column)?.keys() ?? [])].toSorted((a, b) => (a < b ? -1 : 1))),
          ]);
          if (seen.has(key)) throw new Refused('constraint violation');
          seen.add(key);
        }
      }
    }
    this.#content = draft;
  }

  /** Rows of other than root tables live while a strong reference leads to them. */
  #collectGarbage(draft: Draft): void {
    for (let removed = true; removed;) {
      removed = false;
      const kept = new Set<string>();
      for (const [, column, type] of this.#columns(draft)) {
        for (const { uuid, isStrong } of references(column, type)) if (isStrong) kept.add(uuid);
      }
      for (const [name, rows] of draft) {
        if (this.tables.get(name)?.isRoot === true) continue;
        for (const uuid of rows.keys()) if (!kept.has(uuid)) removed = rows.delete(uuid) || removed;
      }
    }
  }

  *#columns(draft: Draft): Generator<readonly [string, Datum, ColumnType]> {
    for (const [name, rows] of draft) {
      const columns = [...(this.tables.get(name)?.columns ?? [])].filter(
        ([, { key, value }]) => key.refTable !== undefined || value?.refTable !== undefined,
      );
      for (const row of rows.values()) for (const [column, type] of columns) yield [column, row.get(column) ?? new Map(), type];
    }
  }

  /** Weak references to rows that are gone vanish; strong ones refuse the transaction. */
  #withoutDangling(row: MemoryRow, table: TableSchema, draft: Draft): MemoryRow {
    let next = row;
    for (const [column, type] of table.columns) {
      const value = row.get(column) ?? new Map();
      for (const { uuid, table: to, isStrong, text } of references(value, type)) {
        if (draft.get(to)?.has(uuid) === true) continue;
        if (isStrong) throw new Refused('referential integrity violation');
        const left = new Map(next.get(column));
        left.delete(text);
        next = new Map(next).set(column, left);
      }
      const { size } = next.get(column) ?? new Map();
      if (size < type.min || size > type.max) throw new Refused('constraint violation');
    }
    return next;
  }
}

interface Found {
  readonly uuid: string;
  readonly row: MemoryRow;
}

function columnOf({ uuid, row }: Found, name: string): Datum {
  return name === '_uuid'
    ? new Map([[JSON.stringify(['uuid', uuid]), [['uuid', uuid], undefined] as const]])
    : (row.get(name) ?? new Map());
}

function matches(found: Found, where: readonly [string, string, Wire][], named: (name: string) => string): boolean {
  return where.every(([column, test, wire]) => {
    const value = columnOf(found, column);
    const operand = parseDatum(wire, named);
    const includes = [...operand].every(
      ([text, [, to]]) => value.has(text) && (to === undefined || JSON.stringify(value.get(text)?.[1]) === JSON.stringify(to)),
    );
    switch (test) {
      case '==':
        return sameDatum(value, operand);
      case '!=':
        return !sameDatum(value, operand);
      case 'includes':
        return includes;
      case 'excludes':
        return ![...operand.keys()].some((text) => value.has(text));
      default:
        throw new Error(`bug: condition ${test} is not simulated`);
    }
  });
}

function mutated(row: MemoryRow, mutations: readonly [string, string, Wire][], named: (name: string) => string): MemoryRow {
  const next = new Map(row);
  for (const [column, mutator, wire] of mutations)
    next.set(column, mutateDatum(next.get(column) ?? new Map(), mutator, parseDatum(wire, named)));
  return next;
}
