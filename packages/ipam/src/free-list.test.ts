import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FreeList } from './free-list.ts';
import { v4Line } from './number-line.ts';

const never = () => 0;

/** A list of ten addresses after some were taken and given back. */
function listAfter(steps: readonly { readonly give: boolean; readonly value: number }[]) {
  const list = new FreeList(v4Line, [{ first: 0, last: 9 }]);
  const taken = new Set<number>();
  for (const { give, value } of steps) {
    if (give && taken.delete(value)) list.release(value);
    else if (!give && !taken.has(value) && list.take(value) !== 'none') taken.add(value);
  }
  return list;
}

/** All that is left, in the order in which it is given. */
function drain(list: FreeList<number>) {
  const order: number[] = [];
  for (let next = list.next('lowest', never); next !== undefined; next = list.next('lowest', never)) {
    list.take(next);
    order.push(next);
  }
  return order;
}

const steps = fc.array(fc.record({ give: fc.boolean(), value: fc.nat(9) }), { maxLength: 60 });

describe('FreeList', () => {
  test('taking and putting back in reverse changes nothing, not even the order', () => {
    fc.assert(
      fc.property(steps, fc.nat(10), fc.array(fc.nat(9), { maxLength: 3 }), (history, count, statics) => {
        const list = listAfter(history);
        const undo = [];
        for (let taken = 0; taken < count; taken += 1) {
          const value = statics[taken] ?? list.next('lowest', never);
          if (value !== undefined) undo.push({ value, origin: list.take(value) });
        }
        for (const { value, origin } of undo.toReversed()) list.putBack(value, origin);
        expect([...list.intervals()]).toEqual([...listAfter(history).intervals()]);
        list.release(100);
        const untouched = listAfter(history);
        untouched.release(100);
        expect(drain(list)).toEqual(drain(untouched));
      }),
      { numRuns: 1000 },
    );
  });

  test('what was released comes after what was never given, in ascending order', () => {
    const list = listAfter([5, 2, 7].map((value) => ({ give: false, value })));
    for (const value of [7, 2, 5]) list.release(value);
    expect(drain(list)).toEqual([0, 1, 3, 4, 6, 8, 9, 2, 5, 7]);
  });

  test('random: any free address may come, and none that is not free', () => {
    const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(steps, chance, (history, draw) => {
        const list = listAfter(history);
        const next = list.next('random', () => draw);
        expect(next === undefined).toBe([...list.intervals()].length === 0);
        expect(next === undefined || list.take(next) !== 'none').toBe(true);
      }),
    );
  });
});
