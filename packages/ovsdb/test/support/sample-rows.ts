/** A row for a table that has a value in every column, made from the table's definition alone. */
import { named } from '../../src/index.ts';
import type { AtomicType, BaseType, ColumnType, NamedUuid, TableDefinition, WritableRow } from '../../src/index.ts';

type Sample = string | number | bigint | boolean | NamedUuid;
export type Tables = Readonly<Record<string, TableDefinition>>;

/** A row to insert, under the name by which others may refer to it. */
export interface SampleRow {
  readonly uuidName: string;
  readonly definition: TableDefinition;
  readonly row: WritableRow;
}

/** One row of a table and, before it, those of other tables that it must refer to; a reference that may be missing is left out. */
export function sampleRows(tables: Tables, table: string, made: readonly SampleRow[] = []): readonly SampleRow[] {
  const rows = [...made];
  const definition = Object.values(tables).find((one) => one.name === table);
  if (definition === undefined) throw new Error(`no definition of ${table}`);
  const row: Record<string, WritableRow[string]> = {};
  for (const [name, { type }] of Object.entries(definition.columns)) {
    const isReference = type.key.refTable !== undefined || type.value?.refTable !== undefined;
    if (isReference && type.min === 0) continue;
    const atom = (base: BaseType): Sample => {
      if (base.refTable === undefined) return sampleAtom(base);
      rows.splice(0, rows.length, ...sampleRows(tables, base.refTable, rows));
      return named(rows.at(-1)?.uuidName ?? '');
    };
    row[name] = sampleValue(type, atom);
  }
  return [...rows, { uuidName: `row${rows.length}`, definition, row }];
}

function sampleValue({ key, value, shape }: ColumnType, atom: (base: BaseType) => Sample): WritableRow[string] {
  switch (shape) {
    case 'scalar':
    case 'optional':
      return atom(key);
    case 'set':
      return [atom(key)];
    case 'map':
      return new Map([[atom(key), atom(value ?? { type: 'string' })]]) as WritableRow[string];
  }
}

const PLAIN: Readonly<Record<AtomicType, Sample>> = {
  string: 'text "of\nit" ✓',
  integer: 9_007_199_254_740_993n,
  real: 0.1,
  boolean: true,
  uuid: '1234abcd-0000-4000-8000-000000000000',
};

/** The last of an enumeration, the largest of a range: what a definition with a slip would refuse. */
function sampleAtom(base: BaseType): Sample {
  const last = base.enum?.at(-1);
  if (last !== undefined) return last;
  const bound = base.maxInteger ?? base.maxReal ?? base.minInteger ?? base.minReal;
  if (bound !== undefined) return bound;
  if (base.type === 'string' && base.maxLength !== undefined) return 'x'.repeat(Math.min(base.maxLength, 100));
  return PLAIN[base.type];
}
