import fc from 'fast-check';
import { expect, it } from 'vitest';
import { macOf } from './mac.ts';

it('macOf: a unicast, locally administered address that follows from the name', () => {
  fc.assert(
    fc.property(fc.string(), (name) => {
      expect(macOf(name)).toMatch(/^0a(:[0-9a-f]{2}){5}$/);
      expect(macOf(name)).toBe(macOf(name));
    }),
  );
});

it('macOf: ten thousand router ports have ten thousand addresses', () => {
  const names = Array.from({ length: 10_000 }, (_, index) => `ovn-cluster-subnet-${index}`);
  expect(new Set(names.map(macOf)).size).toBe(names.length);
});
