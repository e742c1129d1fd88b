/** Arbitrary values of arbitrary columns. */
import fc from 'fast-check';
import type { Atom, Value } from '../../src/notation/value.ts';
import type { AtomicType, ColumnType } from '../../src/schema/types.ts';

function atomsOf(type: AtomicType): fc.Arbitrary<Atom> {
  switch (type) {
    case 'string':
      // ovsdb-server knows no NUL.
      return fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0'));
    case 'integer':
      return fc.oneof(fc.maxSafeInteger(), fc.constantFrom(2n ** 63n - 1n, -(2n ** 63n)));
    case 'real':
      return fc
        .double({ noNaN: true, noDefaultInfinity: true })
        .filter((real) => !Object.is(real, -0) && (real === 0 || Math.abs(real) > 2.3e-308));
    case 'boolean':
      return fc.boolean();
    case 'uuid':
      return fc.uuid();
  }
}

const atomic = fc.constantFrom<AtomicType>('string', 'integer', 'real', 'boolean', 'uuid');

/** A column's type and a value of it, of every shape and atomic type. */
export const typedValues: fc.Arbitrary<readonly [ColumnType, Value]> = fc
  .tuple(atomic, atomic, fc.constantFrom('scalar', 'optional', 'set', 'map'))
  .chain(([key, value, shape]) => {
    const keys = atomsOf(key);
    const base = { key: { type: key }, shape } as const;
    switch (shape) {
      case 'scalar':
        return keys.map((atom) => [{ ...base, min: 1, max: 1 } as ColumnType, atom as Value] as const);
      case 'optional':
        return fc.option(keys, { nil: undefined }).map((atom) => [{ ...base, min: 0, max: 1 } as ColumnType, atom as Value] as const);
      case 'set':
        return fc.uniqueArray(keys).map((atoms) => [{ ...base, min: 0, max: Infinity } as ColumnType, atoms as Value] as const);
      case 'map':
        return fc
          .array(fc.tuple(keys, atomsOf(value)))
          .map((pairs) => [{ ...base, value: { type: value }, min: 0, max: Infinity } as ColumnType, new Map(pairs) as Value] as const);
    }
  });
