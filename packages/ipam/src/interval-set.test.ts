import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SpotRange } from './interval-set.ts';
import { IntervalSet } from './interval-set.ts';
import { KeyColumn } from './key-column.ts';
import { numberOf, pointOf } from './point.ts';
import type { Spot } from './point.ts';

/** Where the numbers 0, 1, 2, ... of a test lie: far from a multiple of 2^48, and across one. */
const bases = [0n, (5n << 48n) - 30n];
const spot = (base: bigint, value: number): Spot => pointOf(base + BigInt(value));
const number = (base: bigint, { hi, lo }: Spot) => Number(numberOf({ top: 0, hi, lo }) - base);
const range = (base: bigint, first: number, last: number): SpotRange => ({ first: spot(base, first), last: spot(base, last) });
const pairs = (base: bigint, set: IntervalSet) =>
  Array.from(set.ranges(), ({ first, last }) => [number(base, first), number(base, last)] as const);
const members = (base: bigint, set: IntervalSet) =>
  pairs(base, set).flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, index) => first + index));

/** Sorted, disjoint, non-adjacent: what an interval set promises. */
function expectTidy(intervals: readonly (readonly [number, number])[]) {
  expect(intervals.every(([first, last]) => first <= last)).toBe(true);
  expect(intervals.slice(1).every(([first], index) => first > intervals[index]![1] + 1)).toBe(true);
}

describe.each(bases)('IntervalSet at %d', (base) => {
  const step = fc.record({ add: fc.boolean(), value: fc.integer({ min: 0, max: 60 }) });

  test('behaves as a plain set', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const plain = new Set(Array.from({ length: 41 }, (_, index) => index + 10));
        const set = new IntervalSet([range(base, 10, 50)]);
        for (const { add, value } of steps) {
          const { hi, lo } = spot(base, value);
          expect(add ? set.add(hi, lo) : set.delete(hi, lo)).toBe(add ? !plain.has(value) : plain.has(value));
          if (add) plain.add(value);
          else plain.delete(value);
        }
        const sorted = [...plain].toSorted((a, b) => a - b);
        expect(members(base, set)).toEqual(sorted);
        expectTidy(pairs(base, set));
        const bounds = [set.first, set.last].map((bound) => bound && number(base, bound));
        expect([...bounds, set.isEmpty]).toEqual([sorted[0], sorted.at(-1), sorted.length === 0]);
        const column = new KeyColumn();
        const written = set.writeFirst(column, 1) ? number(base, { hi: column.hi(1), lo: column.lo(1) }) : undefined;
        expect(written).toBe(sorted[0]);
        for (let value = 0; value <= 61; value += 1) {
          const { hi, lo } = spot(base, value);
          expect(set.has(hi, lo)).toBe(plain.has(value));
          const ceiling = set.ceiling(hi, lo);
          expect(ceiling && number(base, ceiling)).toBe(sorted.find((member) => member >= value));
        }
      }),
    );
  });

  test('thousands of fragments: blocks are split and joined, nothing is lost', () => {
    const size = 20_000;
    const set = new IntervalSet([range(base, 0, size - 1)]);
    const drop = (value: number) => set.delete(spot(base, value).hi, spot(base, value).lo);
    const put = (value: number) => set.add(spot(base, value).hi, spot(base, value).lo);
    for (let value = 0; value < size; value += 2) expect(drop(value)).toBe(true);
    expect(pairs(base, set).length).toBe(size / 2);
    expect(pairs(base, new IntervalSet(set.ranges()))).toEqual(pairs(base, set));
    for (let value = 1; value < size; value += 4) expect(drop(value)).toBe(true);
    expect(members(base, set)).toEqual(Array.from({ length: size / 4 }, (_, index) => index * 4 + 3));
    for (let value = size - 1; value >= 0; value -= 1) put(value);
    expect(pairs(base, set)).toEqual([[0, size - 1]]);
    for (let value = 0; value < size; value += 1) drop((value * 7919) % size);
    expect(set.isEmpty).toBe(true);
  });
});

test('an interval of 2^80 numbers is one entry', () => {
  const set = new IntervalSet([{ first: pointOf(1n), last: pointOf(2n ** 80n) }]);
  expect(set.delete(0, 2 ** 40)).toBe(true);
  expect(set.delete(7, 0)).toBe(true);
  expect([...set.ranges()]).toEqual([
    { first: { hi: 0, lo: 1 }, last: { hi: 0, lo: 2 ** 40 - 1 } },
    { first: { hi: 0, lo: 2 ** 40 + 1 }, last: { hi: 6, lo: 2 ** 48 - 1 } },
    { first: { hi: 7, lo: 1 }, last: { hi: 2 ** 32, lo: 0 } },
  ]);
});
