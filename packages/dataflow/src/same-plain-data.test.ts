import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSamePlainData } from './index.ts';

const json = fc.jsonValue({ maxDepth: 3 });

/** JSON with the properties in order, so that equal texts are equal data. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '-0' : JSON.stringify(value);
  const properties = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${properties.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join()}}`;
}

describe('isSamePlainData', () => {
  it('a deep copy is the same', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(isSamePlainData(value, structuredClone(value))).toBe(true);
        expect(isSamePlainData(new Map([['k', value]]), new Map([['k', structuredClone(value)]]))).toBe(true);
      }),
    );
  });

  it('agrees with the text of JSON', () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        expect(isSamePlainData(a, b)).toBe(canonical(a) === canonical(b));
      }),
      {
        examples: [
          [
            { a: 1, b: 2 },
            { b: 2, a: 1 },
          ],
          [
            [1, 2],
            [2, 1],
          ],
        ],
      },
    );
  });

  it.each<[string, unknown, unknown]>([
    ['a missing and an undefined property', { a: undefined }, {}],
    ['two missing properties of different names', { a: undefined }, { b: undefined }],
    ['an array and an object', [], {}],
    ['lengths', [1], [1, 2]],
    ['map values', new Map([['a', 1]]), new Map([['a', 2]])],
    ['set members', new Set([1]), new Set([2])],
    ['instances of classes', new Date(0), new Date(0)],
    ['null and an object', null, {}],
  ])('%s differ', (_, a, b) => {
    expect(isSamePlainData(a, b)).toBe(false);
    expect(isSamePlainData(b, a)).toBe(false);
  });
});
