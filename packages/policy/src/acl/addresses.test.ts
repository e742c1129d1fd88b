import fc from 'fast-check';
import { expect, it } from 'vitest';
import { contains, prefixesOf, rangesOf, unionOf, withoutAddresses } from './addresses.ts';

const address = fc.oneof(
  fc.nat(63).map((host) => `10.0.0.${host}`),
  fc.nat(63).map((host) => `fd00::${host.toString(16)}`),
);
const block = fc.oneof(
  address,
  fc.record({ host: fc.nat(63), length: fc.integer({ min: 24, max: 32 }) }).map(({ host, length }) => `10.0.0.${host}/${length}`),
  fc
    .record({ host: fc.nat(63), length: fc.integer({ min: 120, max: 128 }) })
    .map(({ host, length }) => `fd00::${host.toString(16)}/${length}`),
);
const blocks = fc.array(block, { maxLength: 6 });

it('sets of addresses add and take away, and leave as prefixes that hold the same', () => {
  fc.assert(
    fc.property(blocks, blocks, address, (one, other, asked) => {
      const [a, b] = [rangesOf(one), rangesOf(other)];
      expect(contains(unionOf([a, b]), asked)).toBe(contains(a, asked) || contains(b, asked));
      const left = withoutAddresses(a, b);
      expect(contains(left, asked)).toBe(contains(a, asked) && !contains(b, asked));
      expect(rangesOf([...prefixesOf(left, 4), ...prefixesOf(left, 6)])).toEqual(left);
    }),
  );
});
