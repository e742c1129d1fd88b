import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { typedValues } from '../../test/support/typed-values.ts';
import type { AtomicType, ColumnType } from '../schema/types.ts';
import { decodeValue, defaultValue } from './decode.ts';
import { encodeValue } from './encode.ts';
import type { WritableValue } from './encode.ts';
import { valueToJson } from './print.ts';
import { valuesEqual } from './value.ts';

const place = { table: 'T', column: 'c' };

test('what is encoded or printed is decoded to an equal value', () => {
  fc.assert(
    fc.property(typedValues, ([type, value]) => {
      expect(valuesEqual(decodeValue(encodeValue(value as WritableValue, type, place), type, 'T.c'), value)).toBe(true);
      expect(valuesEqual(decodeValue(valueToJson(value, type), type, 'T.c'), value)).toBe(true);
    }),
  );
});

describe('encodeValue refuses, naming table, column and what is allowed', () => {
  const scalar = (key: ColumnType['key']): ColumnType => ({ key, min: 1, max: 1, shape: 'scalar' });
  test.for([
    ['a number for a string', 7, scalar({ type: 'string' }), 'must be a string'],
    ['an unsafe number', 2 ** 60, scalar({ type: 'integer' }), 'bigint beyond 2^53'],
    ['a 65-bit integer', 2n ** 64n, scalar({ type: 'integer' }), 'within'],
    ['an integer above the maximum', 11, scalar({ type: 'integer', minInteger: 0, maxInteger: 10 }), 'within 0 to 10'],
    ['a real below the minimum', -1, scalar({ type: 'real', minReal: 0 }), 'within 0'],
    ['no number', Number.NaN, scalar({ type: 'real' }), 'finite'],
    ['a string that is too long', 'abc', scalar({ type: 'string', maxLength: 2 }), '0 to 2 characters'],
    ['a string outside the enumeration', 'x', scalar({ type: 'string', enum: ['a', 'b'] }), 'one of a, b'],
    ['a string that is too short', 'é', scalar({ type: 'string', minLength: 2 }), '2 or more characters, not 1'],
    ['a NUL', 'a\0b', scalar({ type: 'string' }), 'NUL'],
    ['half a surrogate pair', '\ud800', scalar({ type: 'string' }), 'surrogate'],
    ['a real above the maximum', 3, scalar({ type: 'real', maxReal: 2.5 }), '2.5 or less'],
    ['an integer outside the enumeration', 3, scalar({ type: 'integer', enum: [1, 2] }), 'one of 1, 2'],
    ['a fraction for an integer', 0.5, scalar({ type: 'integer' }), 'must be an integer'],
    ['a malformed name for a row', { named: 'a-b' }, scalar({ type: 'uuid' }), 'letters, digits'],
    ['an element twice', [1, 2, 1n], { key: { type: 'integer' }, min: 0, max: Infinity, shape: 'set' }, 'twice'],
    ['a bad element of a set', ['a', 'bc'], { key: { type: 'string', maxLength: 1 }, min: 0, max: Infinity, shape: 'set' }, 'not 2'],
    ['too many elements', ['a', 'b', 'c'], { key: { type: 'string' }, min: 0, max: 2, shape: 'set' }, '0 to 2 elements, not 3'],
    [
      'a bad value of a map',
      { k: 'x' },
      { key: { type: 'string' }, value: { type: 'string', enum: ['a'] }, min: 0, max: Infinity, shape: 'map' },
      'one of a',
    ],
    [
      'too many entries',
      { k: 'x', l: 'y' },
      { key: { type: 'string' }, value: { type: 'string' }, min: 0, max: 1, shape: 'map' },
      '0 to 1 entries, not 2',
    ],
    ['a malformed UUID', 'abc', scalar({ type: 'uuid' }), 'must be a UUID'],
    ['a row for a string', { named: 'x' }, scalar({ type: 'string' }), 'not a row'],
    ['nothing for one', undefined, scalar({ type: 'string' }), '1 elements'],
    ['two for one', ['a', 'b'], scalar({ type: 'string' }), '1 elements'],
    ['a map for a set', new Map([['a', 'b']]), { key: { type: 'string' }, min: 0, max: Infinity, shape: 'set' }, 'no map'],
    [
      'a set for a map',
      ['a'],
      { key: { type: 'string' }, value: { type: 'string' }, min: 0, max: Infinity, shape: 'map' },
      'a map is wanted',
    ],
    ['an empty set where one is needed', [], { key: { type: 'string' }, min: 1, max: Infinity, shape: 'set' }, 'elements'],
  ] as const)('%s', ([, value, type, message]) => {
    expect(() => encodeValue(value as WritableValue, type, place)).toThrow(
      expect.objectContaining({ code: 'OVSDB_BAD_VALUE', table: 'T', column: 'c', message: expect.stringContaining(message) }),
    );
  });
});

test('defaults', () => {
  const type = (key: AtomicType, shape: ColumnType['shape'], min: 0 | 1): ColumnType => ({
    key: { type: key },
    min,
    max: shape === 'set' ? Infinity : 1,
    shape,
  });
  expect(defaultValue(type('string', 'scalar', 1))).toBe('');
  expect(defaultValue(type('integer', 'optional', 0))).toBeUndefined();
  expect(defaultValue(type('boolean', 'set', 0))).toEqual([]);
  expect(defaultValue(type('real', 'set', 1))).toEqual([0]);
  expect(defaultValue({ key: { type: 'string' }, value: { type: 'string' }, min: 0, max: Infinity, shape: 'map' })).toEqual(new Map());
});
