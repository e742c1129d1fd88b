import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Strategy } from './free-list.ts';
import { FreeList } from './free-list.ts';
import { KeyColumn } from './key-column.ts';

const never = () => 0;

/** What a list gives next. */
function nextOf(list: FreeList, strategy: Strategy, random: () => number) {
  const column = new KeyColumn();
  return list.writeNext(strategy, column, 0, random) ? { hi: column.hi(0), lo: column.lo(0) } : undefined;
}

/** A list of ten addresses after some were taken and given back. */
function listAfter(steps: readonly { readonly give: boolean; readonly value: number }[]) {
  const list = new FreeList([{ first: { hi: 0, lo: 0 }, last: { hi: 0, lo: 9 } }]);
  const taken = new Set<number>();
  for (const { give, value } of steps) {
    if (give && taken.delete(value)) list.release(0, value);
    else if (!give && !taken.has(value) && list.take(0, value) !== 'none') taken.add(value);
  }
  return list;
}

/** All that is left, in the order in which it is given. */
function drain(list: FreeList) {
  const order: number[] = [];
  for (let next = nextOf(list, 'lowest', never); next !== undefined; next = nextOf(list, 'lowest', never)) {
    list.take(next.hi, next.lo);
    order.push(next.lo);
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
          const value = statics[taken] ?? nextOf(list, 'lowest', never)?.lo;
          if (value !== undefined) undo.push({ value, origin: list.take(0, value) });
        }
        for (const { value, origin } of undo.toReversed()) list.putBack({ hi: 0, lo: value }, origin);
        expect([...list.ranges()]).toEqual([...listAfter(history).ranges()]);
        list.release(0, 100);
        const untouched = listAfter(history);
        untouched.release(0, 100);
        expect(drain(list)).toEqual(drain(untouched));
      }),
      { numRuns: 1000 },
    );
  });

  test('what was released comes after what was never given, in ascending order', () => {
    const list = listAfter([5, 2, 7].map((value) => ({ give: false, value })));
    for (const value of [7, 2, 5]) list.release(0, value);
    expect(drain(list)).toEqual([0, 1, 3, 4, 6, 8, 9, 2, 5, 7]);
  });

  test('random: any free address may come, and none that is not free', () => {
    const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(steps, chance, (history, draw) => {
        const list = listAfter(history);
        const next = nextOf(list, 'random', () => draw);
        expect(next === undefined).toBe([...list.ranges()].length === 0);
        expect(next === undefined || list.take(next.hi, next.lo) !== 'none').toBe(true);
      }),
    );
  });

  test('random: a list wider than 2^48 gives what is in it, wherever chance points', () => {
    const bounds = { first: { hi: 3, lo: 2 ** 48 - 2 }, last: { hi: 5, lo: 1 } };
    const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.infiniteStream(chance), (draws) => {
        const list = new FreeList([bounds]);
        const next = nextOf(list, 'random', () => draws.next().value);
        expect(next !== undefined && list.take(next.hi, next.lo)).toBe('fresh');
      }),
    );
  });

  test('what was released before the list was made anew comes last', () => {
    const at = (lo: number) => ({ hi: 0, lo });
    const list = new FreeList([{ first: at(4), last: at(6) }], [{ first: at(1), last: at(2) }]);
    expect(drain(list)).toEqual([4, 5, 6, 1, 2]);
  });
});
