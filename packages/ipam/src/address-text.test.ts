import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AddressText } from './address-text.ts';
import { formatPoint, readPoint } from './address.ts';

/** Addresses near each other, around borders of the last octet and of the last group. */
const near = fc.oneof(fc.nat(3), fc.integer({ min: 250, max: 260 }), fc.integer({ min: 65_530, max: 65_540 }));

describe('AddressText', () => {
  test.each([
    [4, '10.0.0.0'],
    [4, '255.255.0.0'],
    [6, 'fd00::'],
    [6, 'fd00:0:0:1::'],
    [6, 'fd00:0:0:1:0:0:1:0'],
    [6, 'fd00::ffff:0:0'],
    [6, '::ffff:10.0.0.0'],
    [6, '::'],
  ] as const)('IPv%d from %s on: as each address is written alone', (family, first) => {
    const from = readPoint(first, family)!;
    fc.assert(
      fc.property(fc.array(fc.tuple(near, fc.nat(1)), { maxLength: 20 }), (steps) => {
        const texts = new AddressText(family, from.top);
        for (const [step, up] of steps) {
          const point = { top: from.top, hi: from.hi + (family === 6 ? up : 0), lo: from.lo + (family === 6 ? step : step % 65_536) };
          expect(texts.of(point.hi, point.lo)).toBe(formatPoint(family, point));
        }
      }),
    );
  });
});
