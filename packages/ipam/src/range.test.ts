import { describe, expect, test } from 'vitest';
import { formatRanges, parseRange, readRange } from './range.ts';

describe('range', () => {
  test.each([
    ['10.0.0.5', 0x0a000005, 0x0a000005],
    ['10.0.0.5..10.0.0.9', 0x0a000005, 0x0a000009],
    ['10.0.0.5/30', 0x0a000004, 0x0a000007],
    ['::5..::9', 5n, 9n],
  ])('%s', (text, first, last) => {
    expect(parseRange(text)).toMatchObject({ first, last });
  });

  test.each([
    '',
    '..',
    '10.0.0.9..10.0.0.5',
    '10.0.0.5..',
    '..10.0.0.5',
    '10.0.0.5..fd00::1',
    'fd00::1..10.0.0.5',
    '10.0.0.5...10.0.0.9',
    '10.0.0.5-10.0.0.9',
    '10.0.0.5..10.0.0.0/30',
  ])('%j is refused', (text) => {
    expect(readRange(text)).toBeUndefined();
    expect(() => parseRange(text)).toThrow(expect.objectContaining({ code: 'IPAM_BAD_RANGE' }) as Error);
  });

  test('status text: single addresses stand alone', () => {
    expect(
      formatRanges(4, [
        { first: 1, last: 1 },
        { first: 3, last: 9 },
      ]),
    ).toBe('0.0.0.1,0.0.0.3-0.0.0.9');
    expect(formatRanges(6, [{ first: 1n, last: 2n }])).toBe('::1-::2');
    expect(formatRanges(4, [])).toBe('');
  });

  test('status text: what is beyond the limit is counted', () => {
    expect(
      formatRanges(
        4,
        [1, 3, 5, 7].map((value) => ({ first: value, last: value })),
        2,
      ),
    ).toBe('0.0.0.1,0.0.0.3,+2 ranges');
  });
});
