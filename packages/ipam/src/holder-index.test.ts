import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HolderIndex } from './holder-index.ts';

const holders = Array.from({ length: 3 }, (_, id) => ({ id }));

describe('HolderIndex', () => {
  test('behaves as a map to lists', () => {
    const step = fc.record({ add: fc.boolean(), key: fc.nat(4), holder: fc.nat(2) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const index = new HolderIndex<number, { id: number }>();
        const plain = new Map<number, { id: number }[]>();
        for (const { add, key, holder: id } of steps) {
          const holder = holders[id]!;
          const held = plain.get(key) ?? [];
          if (add === held.includes(holder)) continue;
          const next = add ? [...held, holder] : held.filter((other) => other !== holder);
          plain.set(key, next);
          expect(add ? index.add(key, holder) : index.delete(key, holder)).toBe(add ? held.length === 0 : next.length === 0);
        }
        const used = [...plain].filter(([, list]) => list.length > 0);
        expect(index.size).toBe(used.length);
        expect(new Set(index.keys())).toEqual(new Set(used.map(([key]) => key)));
        expect(new Set(index.firsts())).toEqual(new Set(used.map(([, list]) => list[0])));
        for (const [key, list] of plain) expect([index.first(key), index.all(key)]).toEqual([list[0], list]);
      }),
    );
  });

  test('keys that come and go are swept out: what is kept stays, in any number', () => {
    const index = new HolderIndex<number, { id: number }>();
    for (let key = 0; key < 3000; key += 1) index.add(key, holders[0]!);
    for (let key = 0; key < 20_000; key += 1) {
      index.add(3000 + key, holders[1]!);
      index.delete(3000 + key, holders[1]!);
    }
    expect(index.size).toBe(3000);
    expect([...index.keys()]).toEqual(Array.from({ length: 3000 }, (_, key) => key));
    expect(index.first(3001)).toBeUndefined();
    expect(index.delete(3001, holders[1]!)).toBe(false);
  });
});
