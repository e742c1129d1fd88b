import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalMac, formatMac, isUnicastMac, parseMac, randomMac } from './mac.ts';

describe('MAC address', () => {
  test('parse after format is the same', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 48 - 1 }), (value) => {
        expect(parseMac(formatMac(value))).toBe(value);
      }),
    );
  });

  test.each([
    ['00:00:00:53:6B:B6', '00:00:00:53:6b:b6'],
    ['0A-00-00-53-6B-B6', '0a:00:00:53:6b:b6'],
  ])('%s is written %s', (text, canonical) => {
    expect(canonicalMac(text)).toBe(canonical);
  });

  test.each(['', '00:00:00:53:6b', '00:00:00:53:6b:b6:00', '00:00-00:53:6b:b6', '0:0:0:53:6b:b6', '0000.0053.6bb6', 'gg:00:00:53:6b:b6'])(
    '%j is refused',
    (text) => {
      expect(() => parseMac(text)).toThrow(expect.objectContaining({ code: 'IPAM_BAD_MAC' }) as Error);
    },
  );

  test('a random address is local, unicast and 48 bits, whatever chance says', () => {
    const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(chance, chance, chance, (a, b, c) => {
        const draws = [a, b, c];
        const value = randomMac(() => draws.shift() ?? 0);
        expect(isUnicastMac(value)).toBe(true);
        expect(formatMac(value)).toMatch(/^[0-9a-f][26ae](:[0-9a-f]{2}){5}$/);
      }),
    );
  });

  test.each([
    ['01:00:5e:00:00:01', false],
    ['ff:ff:ff:ff:ff:ff', false],
    ['00:00:00:00:00:00', false],
    ['00:00:00:53:6b:b6', true],
  ])('%s is an interface’s own: %s', (text, own) => {
    expect(isUnicastMac(parseMac(text))).toBe(own);
  });
});
