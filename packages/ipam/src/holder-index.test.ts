import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HolderIndex } from './holder-index.ts';
import { KeyColumn } from './key-column.ts';

/** Keys that differ in every part, some of which have the same hash where the table is small. */
const keys = [
  [0, 1],
  [0, 9],
  [0, 17],
  [0, 2 ** 32 + 1],
  [1, 1],
  [2 ** 40, 1],
  [2 ** 48 - 1, 2 ** 48 - 1],
] as const;

describe('HolderIndex', () => {
  test('behaves as a map to lists', () => {
    const step = fc.record({ add: fc.boolean(), key: fc.nat(keys.length - 1), copy: fc.nat(2) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const column = new KeyColumn();
        const index = new HolderIndex(column);
        const plain = keys.map((): number[] => []);
        for (const { add, key, copy } of steps) {
          const slot = key * 3 + copy;
          const held = plain[key]!;
          if (add === held.includes(slot)) continue;
          const [hi, lo] = keys[key]!;
          column.set(slot, hi, lo);
          plain[key] = add ? [...held, slot] : held.filter((other) => other !== slot);
          expect(add ? index.add(slot) : index.delete(slot)).toBe(add ? held.length === 0 : plain[key]!.length === 0);
        }
        const used = plain.filter((list) => list.length > 0);
        expect(index.size).toBe(used.length);
        expect(new Set(index.firsts())).toEqual(new Set(used.map(([first]) => first)));
        for (const [key, list] of plain.entries()) {
          const [hi, lo] = keys[key]!;
          expect([index.first(hi, lo), index.all(hi, lo)]).toEqual([list[0], list]);
        }
      }),
    );
  });

  test('thousands of keys that come and go in any order: none is lost, none stays', () => {
    const size = 3000;
    const column = new KeyColumn();
    const index = new HolderIndex(column);
    const isHeld = Array.from({ length: size }, () => false);
    for (let step = 0; step < 40_000; step += 1) {
      const slot = (step * step + 7 * step) % size;
      column.set(slot, slot % 3, slot * 65_536 * 257);
      expect(isHeld[slot] ? index.delete(slot) : index.add(slot)).toBe(true);
      isHeld[slot] = !isHeld[slot];
    }
    const held = isHeld.flatMap((is, slot) => (is ? [slot] : []));
    expect(index.size).toBe(held.length);
    expect(new Set(index.firsts())).toEqual(new Set(held));
    for (let slot = 0; slot < size; slot += 1) expect(index.first(slot % 3, slot * 65_536 * 257)).toBe(isHeld[slot] ? slot : undefined);
  });

  test('what is not held is not deleted', () => {
    const column = new KeyColumn();
    const index = new HolderIndex(column);
    column.set(0, 0, 5);
    column.set(1, 0, 5);
    expect(index.delete(0)).toBe(false);
    index.add(0);
    expect(index.delete(1)).toBe(false);
    expect(index.all(0, 5)).toEqual([0]);
  });
});
