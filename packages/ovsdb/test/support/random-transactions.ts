/** Random transactions over any schema: every column type, references, garbage collection; many are refused, which is fine. */
import type { Atom, DatabaseSchema, Mutation, Mutator, Operation, Row, WritableAtom, WritableValue } from '../../src/index.ts';
import type { AtomicType, BaseType, ColumnSchema, TableSchema } from '../../src/schema/types.ts';

type Rows = (table: string) => readonly Row[];

/** A small generator with a seed: mulberry32. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const STRINGS = ['', 'a', 'b', 'näme', '"quoted"\\', '{[', '日本', 'x'.repeat(50), '10.0.0.1', 'k1', 'k2', 'k3', '\u0001'];
const INTEGERS: readonly (number | bigint)[] = [
  0,
  1,
  2,
  3,
  -1,
  100,
  65_535,
  2 ** 31,
  9_007_199_254_740_993n,
  -9_223_372_036_854_775_808n,
  9_223_372_036_854_775_807n,
];
const REALS = [0, 1, -1.5, 1e300, 0.1, 123_456_789.125, 1e-300];

/** Whether a column may hold references that keep rows of a table alive; maps by their values. */
function keepsAlive({ type: { shape, key, value } }: ColumnSchema, { name }: TableSchema): boolean {
  const base = shape === 'map' ? value : key;
  return base?.refTable === name && base.refType !== 'weak';
}

/** @source RFC 7047 §5.1 (<mutator>): a remainder is one of integers */
const MUTATORS = { integer: ['+=', '-=', '*=', '/=', '%='], real: ['+=', '-=', '*=', '/='] } as const satisfies Partial<
  Record<AtomicType, readonly Mutator[]>
>;

export class TransactionMaker {
  readonly #schema: DatabaseSchema;
  readonly #random: () => number;
  readonly #rows: Rows;
  #names = 0;
  /** Columns that every insert, update and mutation is to write, for what chance alone would seldom meet. */
  focus: ((column: ColumnSchema) => boolean) | undefined;
  #operations: Operation[] = [];
  #inserted: { readonly table: string; readonly name: string }[] = [];

  constructor(schema: DatabaseSchema, random: () => number, rows: Rows) {
    this.#schema = schema;
    this.#random = random;
    this.#rows = rows;
  }

  transaction(): readonly Operation[] {
    this.#operations = [];
    this.#inserted = [];
    const { focus } = this;
    const all = [...this.#schema.tables.values()];
    const tables = focus === undefined ? all : all.filter((table) => [...table.columns.values()].some(focus));
    for (let i = this.#integer(4); i >= 0; i--) {
      const table = this.#pick(tables);
      const dice = this.#random();
      if (dice < 0.45) this.#insert(table, 0);
      else if (dice < 0.65) this.#update(table);
      else if (dice < 0.9) this.#mutate(table);
      else this.#delete(table);
    }
    return this.#operations;
  }

  #insert(table: TableSchema, depth: number): WritableAtom {
    const name = `n${this.#names++}`;
    const row: Record<string, WritableValue> = {};
    for (const column of table.columns.values()) {
      const isNeeded = column.type.min > 0 && column.type.key.refTable !== undefined;
      if (isNeeded || this.focus?.(column) === true || this.#random() < 0.4) row[column.name] = this.#value(column, depth);
    }
    this.#operations.push({ op: 'insert', table: table.name, row, uuidName: name });
    this.#inserted.push({ table: table.name, name });
    if (!table.isRoot && depth === 0) this.#adopt(table, { named: name });
    return { named: name };
  }

  /** Refer to a row from a random row that may, or from a new one where there is none, or it goes at once. */
  #adopt(table: TableSchema, child: WritableAtom, depth = 0): void {
    const parents = [...this.#schema.tables.values()].flatMap((parent) =>
      [...parent.columns.values()].filter((column) => column.mutable && keepsAlive(column, table)).map((column) => ({ parent, column })),
    );
    if (parents.length === 0) return;
    const present = parents.filter(({ parent }) => this.#rows(parent.name).length > 0);
    const { parent, column } = this.#pick(present.length > 0 ? present : parents);
    const value = this.#referring(column, child);
    if (present.length === 0) {
      const name = `n${this.#names++}`;
      this.#operations.push({ op: 'insert', table: parent.name, row: { [column.name]: value }, uuidName: name });
      if (!parent.isRoot && depth < 4) this.#adopt(parent, { named: name }, depth + 1);
      return;
    }
    const where = [['_uuid', '==', this.#pick(this.#rows(parent.name))._uuid]] as const;
    const isOne = column.type.shape === 'scalar' || column.type.shape === 'optional';
    if (isOne) this.#operations.push({ op: 'update', table: parent.name, where, row: { [column.name]: child } });
    else this.#operations.push({ op: 'mutate', table: parent.name, where, mutations: [[column.name, 'insert', value]] });
  }

  #referring({ type }: ColumnSchema, child: WritableAtom): WritableValue {
    if (type.shape === 'set') return [child];
    if (type.shape !== 'map') return child;
    const key = this.#atom(type.key, 2);
    if (key === undefined || typeof key === 'object') throw new Error('bug: a map whose keys are references');
    return new Map([[key, child]]);
  }

  #update(table: TableSchema): void {
    const row = this.#existing(table);
    if (row === undefined) return;
    const values: Record<string, WritableValue> = {};
    for (const column of table.columns.values())
      if (column.mutable && (this.focus?.(column) === true || this.#random() < 0.3)) values[column.name] = this.#value(column, 1);
    this.#operations.push({ op: 'update', table: table.name, where: [['_uuid', '==', row._uuid]], row: values });
  }

  #mutate(table: TableSchema): void {
    const row = this.#existing(table);
    const mutable = [...table.columns.values()].filter((column) => column.mutable);
    const columns = this.focus === undefined ? mutable : mutable.filter(this.focus);
    if (row === undefined || columns.length === 0) return;
    const mutations: Mutation[] = [];
    for (let i = this.#integer(3); i >= 0; i--) {
      const column = this.#pick(columns);
      const { shape, key } = column.type;
      const isCounted = key.enum === undefined && shape !== 'map' && (key.type === 'integer' || key.type === 'real');
      if (isCounted && (shape !== 'set' || this.#random() < 0.3))
        mutations.push([column.name, this.#pick(MUTATORS[key.type]), 1 + this.#integer(3)]);
      else if (shape === 'set') mutations.push([column.name, this.#random() < 0.6 ? 'insert' : 'delete', this.#list(column, 1)]);
      else if (shape === 'map' && this.#random() < 0.5) mutations.push([column.name, 'delete', this.#list(column, 1)]);
      else if (shape === 'map') mutations.push([column.name, 'insert', this.#value(column, 1)]);
    }
    if (mutations.length > 0) this.#operations.push({ op: 'mutate', table: table.name, where: [['_uuid', '==', row._uuid]], mutations });
  }

  #delete(table: TableSchema): void {
    const row = this.#existing(table);
    if (row !== undefined) this.#operations.push({ op: 'delete', table: table.name, where: [['_uuid', '==', row._uuid]] });
  }

  #value(column: ColumnSchema, depth: number): WritableValue {
    const { type } = column;
    if (type.shape === 'scalar') return this.#atom(type.key, depth);
    if (type.shape === 'optional') return this.#random() < 0.4 ? undefined : this.#atom(type.key, depth);
    if (type.shape === 'set') return this.#list(column, depth);
    const entries = new Map<Atom, WritableAtom>();
    for (const key of this.#list(column, depth)) {
      const value = this.#atom(type.value ?? { type: 'string' }, depth);
      if (typeof key !== 'object' && value !== undefined) entries.set(key, value);
    }
    return entries;
  }

  #list(column: ColumnSchema, depth: number): readonly WritableAtom[] {
    const { min, max, key } = column.type;
    const count = Math.min(max, Math.max(min, this.#integer(4)));
    const atoms = Array.from({ length: count }, () => this.#atom(key, depth)).filter((atom) => atom !== undefined) as WritableAtom[];
    const distinct = new Map(atoms.map((atom) => [typeof atom === 'object' ? `@${atom.named}` : `${typeof atom}${atom}`, atom]));
    return [...distinct.values()];
  }

  #atom(base: BaseType, depth: number): WritableAtom | undefined {
    if (base.enum !== undefined) return this.#pick(base.enum);
    switch (base.type) {
      case 'string':
        return this.#pick(STRINGS);
      case 'integer': {
        const low = base.minInteger ?? -(2n ** 63n);
        const high = base.maxInteger ?? 2n ** 63n - 1n;
        return this.#pick(INTEGERS.filter((integer) => integer >= low && integer <= high).concat(low > -100_000 ? [low] : []));
      }
      case 'real':
        return this.#pick(REALS);
      case 'boolean':
        return this.#random() < 0.5;
      case 'uuid':
        return this.#reference(base, depth);
    }
  }

  #reference(base: BaseType, depth: number): WritableAtom | undefined {
    const table = this.#schema.tables.get(base.refTable ?? '');
    if (table === undefined) return '01234567-89ab-4def-8123-456789abcdef';
    const rows = this.#rows(table.name);
    if (rows.length > 0 && this.#random() < 0.7) return this.#pick(rows)._uuid;
    const inserted = this.#inserted.filter((row) => row.table === table.name);
    if (inserted.length > 0) return { named: this.#pick(inserted).name };
    return depth < 2 ? this.#insert(table, depth + 1) : undefined;
  }

  #existing(table: TableSchema): Row | undefined {
    const rows = this.#rows(table.name);
    return rows.length === 0 ? undefined : this.#pick(rows);
  }

  #integer(below: number): number {
    return Math.floor(this.#random() * below);
  }

  #pick<T>(items: readonly T[]): T {
    const item = items[this.#integer(items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }
}
