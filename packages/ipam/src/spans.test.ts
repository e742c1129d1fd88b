import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { comparePoints, isSamePoint, numberOf, pointAfter, pointBefore, pointOf } from './point.ts';
import type { Span } from './point.ts';
import { clipSpans, commonSpans, mergeSpans, spansHave, subtractSpans, totalWidth } from './spans.ts';

const value = fc.oneof(
  fc.bigInt({ min: 1n, max: 2n ** 128n - 2n }),
  fc
    .tuple(fc.constantFrom(2n ** 48n, 2n ** 96n, 2n ** 97n - 2n ** 48n), fc.bigInt({ min: -2n, max: 2n }))
    .map(([edge, more]) => edge + more),
);

describe('points', () => {
  test('count as the numbers that they stand for', () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        expect(numberOf(pointOf(a))).toBe(a);
        expect(numberOf(pointAfter(pointOf(a)))).toBe(a + 1n);
        expect(numberOf(pointBefore(pointOf(a)))).toBe(a - 1n);
        expect(Math.sign(comparePoints(pointOf(a), pointOf(b)))).toBe(a < b ? -1 : Number(a > b));
        expect(isSamePoint(pointOf(a), pointOf(b))).toBe(a === b);
      }),
    );
  });
});

/** Small numbers across the place where the lower half of a point overflows. */
const base = 2n ** 96n - 30n;
const span = (first: number, last: number): Span => ({ first: pointOf(base + BigInt(first)), last: pointOf(base + BigInt(last)) });
const numbers = ({ first, last }: Span) => [Number(numberOf(first) - base), Number(numberOf(last) - base)] as const;
const members = (spans: Iterable<Span>) =>
  Array.from(spans, numbers).flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, index) => first + index));

describe('lists of spans', () => {
  const list = fc.array(
    fc.tuple(fc.nat(60), fc.nat(8)).map(([first, more]) => span(first, first + more)),
    { maxLength: 8 },
  );
  const tidy = list.map((spans) => mergeSpans(spans));

  test('merge: same members; sorted, disjoint, non-adjacent', () => {
    fc.assert(
      fc.property(list, (spans) => {
        const merged = mergeSpans(spans).map(numbers);
        expect(merged.every(([first, last]) => first <= last)).toBe(true);
        expect(merged.slice(1).every(([first], index) => first > merged[index]![1] + 1)).toBe(true);
        expect(members(mergeSpans(spans))).toEqual([...new Set(members(spans))].toSorted((a, b) => a - b));
      }),
    );
  });

  test('subtract, common, clip, width and membership agree with plain sets', () => {
    fc.assert(
      fc.property(tidy, tidy, (a, b) => {
        const other = new Set(members(b));
        expect(members(subtractSpans(a, b))).toEqual(members(a).filter((member) => !other.has(member)));
        expect(members(commonSpans(a, b))).toEqual(members(a).filter((member) => other.has(member)));
        expect(members(clipSpans(a, span(10, 30)))).toEqual(members(a).filter((member) => member >= 10 && member <= 30));
        expect(totalWidth(a)).toBe(BigInt(members(a).length));
        for (let member = 0; member < 70; member += 1) expect(spansHave(a, span(member, member).first)).toBe(members(a).includes(member));
      }),
    );
  });
});
