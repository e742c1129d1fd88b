import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OwnerIndex } from './owner-index.ts';

describe('OwnerIndex', () => {
  test('behaves as a map', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'b', 'c', '__proto__'), { maxLength: 40 }), (names) => {
        const index = new OwnerIndex();
        const plain = new Map<string, number>();
        for (const [slot, name] of names.entries()) {
          if (plain.delete(name)) index.delete(name);
          else {
            plain.set(name, slot);
            index.add(name, slot);
          }
        }
        expect(index.size).toBe(plain.size);
        expect(new Set(index.slots())).toEqual(new Set(plain.values()));
        for (const name of ['a', 'b', 'c', '__proto__']) expect(index.get(name)).toBe(plain.get(name));
      }),
    );
  });

  test('owners that come and go are swept out: what is kept stays, in any number', () => {
    const index = new OwnerIndex();
    for (let slot = 0; slot < 3000; slot += 1) index.add(`kept-${slot}`, slot);
    for (let round = 0; round < 20_000; round += 1) {
      index.add(`passer-${round}`, 3000);
      index.delete(`passer-${round}`);
    }
    expect(index.size).toBe(3000);
    expect([...index.slots()]).toEqual(Array.from({ length: 3000 }, (_, slot) => slot));
    expect(index.get('passer-1')).toBeUndefined();
  });
});
