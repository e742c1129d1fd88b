import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { IntervalSet } from './interval-set.ts';
import { clipIntervals, intervalsHave, mergeIntervals, subtractIntervals, totalWidth } from './intervals.ts';
import { v4Line, v6Line } from './number-line.ts';
import type { Interval } from './range.ts';

const members = (intervals: Iterable<Interval<number>>) =>
  [...intervals].flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, index) => first + index));

/** Sorted, disjoint, non-adjacent: what an interval set promises. */
function expectTidy(intervals: readonly Interval<number | bigint>[]) {
  expect(intervals.every(({ first, last }) => first <= last)).toBe(true);
  expect(intervals.slice(1).every(({ first }, index) => BigInt(first) > BigInt(intervals[index]!.last) + 1n)).toBe(true);
}

describe('IntervalSet', () => {
  const step = fc.record({ add: fc.boolean(), value: fc.integer({ min: 0, max: 60 }) });

  test('behaves as a plain set, for both number lines', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const plain = new Set(Array.from({ length: 41 }, (_, index) => index + 10));
        const small = new IntervalSet(v4Line, [{ first: 10, last: 50 }]);
        const large = new IntervalSet(v6Line, [{ first: 10n, last: 50n }]);
        for (const { add, value } of steps) {
          const changes = add ? !plain.has(value) : plain.has(value);
          expect(add ? small.add(value) : small.delete(value)).toBe(changes);
          expect(add ? large.add(BigInt(value)) : large.delete(BigInt(value))).toBe(changes);
          if (add) plain.add(value);
          else plain.delete(value);
        }
        const sorted = [...plain].toSorted((a, b) => a - b);
        expect(members(small.intervals())).toEqual(sorted);
        expect([...large.intervals()].map(({ first, last }) => ({ first: Number(first), last: Number(last) }))).toEqual([
          ...small.intervals(),
        ]);
        expectTidy([...small.intervals()]);
        expect([small.first, small.last, small.isEmpty]).toEqual([sorted[0], sorted.at(-1), sorted.length === 0]);
        for (let value = 0; value <= 61; value += 1) {
          expect(small.has(value)).toBe(plain.has(value));
          expect(small.ceiling(value)).toBe(sorted.find((member) => member >= value));
        }
      }),
    );
  });

  test('thousands of fragments: blocks are split and joined, nothing is lost', () => {
    const size = 20_000;
    const set = new IntervalSet(v4Line, [{ first: 0, last: size - 1 }]);
    for (let value = 0; value < size; value += 2) expect(set.delete(value)).toBe(true);
    expect([...set.intervals()].length).toBe(size / 2);
    for (let value = 1; value < size; value += 4) expect(set.delete(value)).toBe(true);
    expect(members(set.intervals())).toEqual(Array.from({ length: size / 4 }, (_, index) => index * 4 + 3));
    for (let value = size - 1; value >= 0; value -= 1) set.add(value);
    expect([...set.intervals()]).toEqual([{ first: 0, last: size - 1 }]);
    for (let value = 0; value < size; value += 1) set.delete((value * 7919) % size);
    expect(set.isEmpty).toBe(true);
  });

  test('an interval of 2^80 numbers is one entry', () => {
    const set = new IntervalSet(v6Line, [{ first: 1n, last: 2n ** 80n }]);
    expect(set.delete(2n ** 40n)).toBe(true);
    expect([...set.intervals()]).toEqual([
      { first: 1n, last: 2n ** 40n - 1n },
      { first: 2n ** 40n + 1n, last: 2n ** 80n },
    ]);
  });
});

describe('lists of intervals', () => {
  const list = fc.array(
    fc.tuple(fc.nat(60), fc.nat(8)).map(([first, more]) => ({ first, last: first + more })),
    { maxLength: 8 },
  );
  const tidy = list.map((intervals) => mergeIntervals(v4Line, intervals));

  test('merge: same members, tidy', () => {
    fc.assert(
      fc.property(list, (intervals) => {
        const merged = mergeIntervals(v4Line, intervals);
        expectTidy(merged);
        expect(members(merged)).toEqual([...new Set(members(intervals))].toSorted((a, b) => a - b));
      }),
    );
  });

  test('subtract, clip, width and membership agree with plain sets', () => {
    fc.assert(
      fc.property(tidy, tidy, (a, b) => {
        const without = new Set(members(b));
        const rest = subtractIntervals(v4Line, a, b);
        expect(members(rest)).toEqual(members(a).filter((value) => !without.has(value)));
        expect(members(clipIntervals(a, { first: 10, last: 30 }))).toEqual(members(a).filter((value) => value >= 10 && value <= 30));
        expect(totalWidth(v4Line, a)).toBe(BigInt(members(a).length));
        for (let value = 0; value < 70; value += 1) expect(intervalsHave(a, value)).toBe(members(a).includes(value));
      }),
    );
  });
});
