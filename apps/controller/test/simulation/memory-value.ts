/** Values of an OVSDB in memory: every column is a set or a map of atoms, by their text. @source RFC 7047 §5.1 */

/** Wire JSON. */
export type Wire = string | number | boolean | null | readonly Wire[] | { readonly [name: string]: Wire };

/** @source RFC 7047 §3.2 <base-type> */
export interface BaseType {
  readonly type: string;
  readonly refTable: string | undefined;
  readonly isStrong: boolean;
}

/** @source RFC 7047 §3.2 <column-type> */
export interface ColumnType {
  readonly key: BaseType;
  readonly value: BaseType | undefined;
  readonly min: number;
  readonly max: number;
}

/** Text of the key → the key, and its value in a map. */
export type Datum = ReadonlyMap<string, readonly [Wire, Wire | undefined]>;

interface RawBase {
  readonly type: string;
  readonly refTable?: string;
  readonly refType?: string;
}

/** A wire string as it is; anything else as JSON. */
export function wireText(wire: Wire | undefined): string {
  return typeof wire === 'string' ? wire : JSON.stringify(wire);
}

export function readColumnType(raw: unknown): ColumnType {
  if (typeof raw === 'string') return { key: readBase(raw), value: undefined, min: 1, max: 1 };
  const {
    key,
    value,
    min = 1,
    max = 1,
  } = raw as { key: string | RawBase; value?: string | RawBase; min?: number; max?: number | 'unlimited' };
  return { key: readBase(key), value: value === undefined ? undefined : readBase(value), min, max: max === 'unlimited' ? Infinity : max };
}

function readBase(raw: string | RawBase): BaseType {
  const { type, refTable, refType = 'strong' }: RawBase = typeof raw === 'string' ? { type: raw } : raw;
  return { type, refTable, isStrong: refTable !== undefined && refType === 'strong' };
}

const ZERO: Readonly<Record<string, Wire>> = {
  string: '',
  integer: 0,
  real: 0,
  boolean: false,
  uuid: ['uuid', '00000000-0000-0000-0000-000000000000'],
};

export function defaultOf({ key, value, min }: ColumnType): Datum {
  return min === 0 || value !== undefined ? new Map() : datum([[ZERO[key.type] ?? '', undefined]]);
}

function datum(entries: readonly (readonly [Wire, Wire | undefined])[]): Datum {
  return new Map(entries.map((entry) => [JSON.stringify(entry[0]), entry]));
}

/** Read a wire value; `named` gives the UUID of a name of this transaction. */
export function parseDatum(wire: Wire, named: (name: string) => string): Datum {
  const atom = (at: Wire): Wire => (Array.isArray(at) && at[0] === 'named-uuid' ? ['uuid', named(wireText(at[1]))] : at);
  if (Array.isArray(wire) && wire[0] === 'map') return datum((wire[1] as [Wire, Wire][]).map(([key, value]) => [atom(key), atom(value)]));
  if (Array.isArray(wire) && wire[0] === 'set') return datum((wire[1] as Wire[]).map((key) => [atom(key), undefined]));
  return datum([[atom(wire), undefined]]);
}

export function printDatum(value: Datum, { value: mapped }: ColumnType): Wire {
  if (mapped !== undefined) return ['map', [...value.values()].map(([key, to]) => [key, to ?? null])];
  const keys = [...value.values()].map(([key]) => key);
  const [only] = keys;
  return keys.length === 1 && only !== undefined ? only : ['set', keys];
}

export function sameDatum(a: Datum, b: Datum): boolean {
  return (
    a.size === b.size && [...a].every(([text, [, value]]) => b.has(text) && JSON.stringify(b.get(text)?.[1]) === JSON.stringify(value))
  );
}

/** What an `update2` says of a changed column. @source ovsdb-server(7) §4.1.14: the difference; for scalars the new value */
export function printDifference(before: Datum, after: Datum, type: ColumnType): Wire {
  if (type.value === undefined && type.max === 1) return printDatum(after, type);
  const entries: (readonly [Wire, Wire | undefined])[] = [];
  for (const text of new Set([...before.keys(), ...after.keys()])) {
    const [old, now] = [before.get(text), after.get(text)];
    const entry = now ?? old;
    if (entry !== undefined && (old === undefined || JSON.stringify(old[1]) !== JSON.stringify(now?.[1]) || now === undefined))
      entries.push(entry);
  }
  return type.value === undefined ? ['set', entries.map(([key]) => key)] : ['map', entries.map(([key, value]) => [key, value ?? null])];
}

/** @source RFC 7047 §5.1 <mutation>: insert and delete, which is all that is asked of it here */
export function mutateDatum(value: Datum, mutator: string, operand: Datum): Datum {
  const result = new Map(value);
  for (const [text, entry] of operand) {
    if (mutator === 'insert') {
      if (!result.has(text)) result.set(text, entry);
    } else if (mutator !== 'delete') throw new Error(`bug: mutator ${mutator} is not simulated`);
    else if (entry[1] === undefined || JSON.stringify(result.get(text)?.[1]) === JSON.stringify(entry[1])) result.delete(text);
  }
  return result;
}

/** The UUIDs in a value that point to `table`, or strongly to anything. */
export function* references(
  value: Datum,
  type: ColumnType,
): Generator<{ readonly uuid: string; readonly table: string; readonly isStrong: boolean; readonly text: string }> {
  for (const [text, [key, to]] of value) {
    for (const [base, at] of [
      [type.key, key],
      [type.value, to],
    ] as const) {
      if (base?.refTable !== undefined && Array.isArray(at))
        yield { uuid: wireText(at[1]), table: base.refTable, isStrong: base.isStrong, text };
    }
  }
}
