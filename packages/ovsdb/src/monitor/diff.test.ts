import fc from 'fast-check';
import { expect, test } from 'vitest';
import { valuesEqual } from '../notation/value.ts';
import type { Value } from '../notation/value.ts';
import type { ColumnType } from '../schema/types.ts';
import { applyDifference } from './diff.ts';
import { LargeSets } from './large-sets.ts';

const set: ColumnType = { key: { type: 'string' }, min: 0, max: Infinity, shape: 'set' };
const map: ColumnType = { key: { type: 'string' }, value: { type: 'string' }, min: 0, max: Infinity, shape: 'map' };
const optional: ColumnType = { key: { type: 'string' }, min: 0, max: 1, shape: 'optional' };
const words = fc.stringMatching(/^[a-f]$/);

test('a set and the symmetric difference to another give the other, and its members keep their order', () => {
  fc.assert(
    fc.property(fc.uniqueArray(words), fc.uniqueArray(words), (a, b) => {
      const difference = [...a.filter((word) => !b.includes(word)), ...b.filter((word) => !a.includes(word))];
      const result = applyDifference(a, difference, set) as readonly string[];
      expect(valuesEqual(result, b)).toBe(true);
      expect(result.filter((word) => a.includes(word))).toEqual(a.filter((word) => b.includes(word)));
    }),
  );
});

test('what is remembered of large sets never changes a result, whichever earlier value is changed next', () => {
  const numbers: ColumnType = { key: { type: 'integer' }, min: 0, max: Infinity, shape: 'set' };
  const differences = fc.array(fc.tuple(fc.nat({ max: 9 }), fc.uniqueArray(fc.nat({ max: 200 }), { maxLength: 10 })), { maxLength: 10 });
  fc.assert(
    fc.property(differences, (script) => {
      const large = new LargeSets();
      const values: Value[] = [Array.from({ length: 100 }, (_, at) => at)];
      for (const [at, difference] of script) {
        const old = values[at % values.length];
        const next = applyDifference(old, difference, numbers, large);
        expect(next).toEqual(applyDifference(old, difference, numbers));
        values.push(next);
      }
    }),
  );
});

test('a map and its difference to another give the other', () => {
  const maps = fc.array(fc.tuple(words, words)).map((pairs) => new Map(pairs));
  fc.assert(
    fc.property(maps, maps, (a, b) => {
      const difference = new Map([...[...a].filter(([key]) => !b.has(key)), ...[...b].filter(([key, value]) => a.get(key) !== value)]);
      expect(valuesEqual(applyDifference(a, difference, map), b)).toBe(true);
    }),
  );
});

test('an optional value is replaced as a whole', () => {
  expect(applyDifference('a', 'b', optional)).toBe('b');
  expect(applyDifference('a', undefined, optional)).toBeUndefined();
  expect(applyDifference(undefined, 'b', optional)).toBe('b');
});
