import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatAddress, parseAddress } from './address.ts';
import { formatPrefix, parseCidrBlock, parsePrefix, prefixContains, prefixesOverlap, readPrefix, usableBounds } from './prefix.ts';

describe('prefix', () => {
  test.each([
    ['10.16.3.9/16', '10.16.0.0/16'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['255.255.255.255/32', '255.255.255.255/32'],
    ['FD00:10:16::9/112', 'fd00:10:16::/112'],
    ['::/0', '::/0'],
    ['fd00::1/128', 'fd00::1/128'],
  ])('%s is %s: host bits are masked off', (text, canonical) => {
    expect(formatPrefix(parsePrefix(text))).toBe(canonical);
  });

  test.each([
    '10.0.0.0',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/08',
    '10.0.0.0/8.0',
    'fd00::/129',
    '/8',
    '10.0.0.0/8/8',
    '10.0.0.0/ 8',
  ])('%j is no prefix', (text) => {
    expect(readPrefix(text)).toBeUndefined();
    expect(() => parsePrefix(text)).toThrow(expect.objectContaining({ code: 'IPAM_BAD_PREFIX' }) as Error);
  });

  test.each([
    ['10.0.0.0/24', '10.0.0.1', '10.0.0.254'],
    ['10.0.0.0/30', '10.0.0.1', '10.0.0.2'],
    ['10.0.0.0/31', '10.0.0.0', '10.0.0.1'],
    ['10.0.0.7/32', '10.0.0.7', '10.0.0.7'],
    ['fd00::/64', 'fd00::1', 'fd00::ffff:ffff:ffff:fffe'],
    ['fd00::/126', 'fd00::1', 'fd00::2'],
    ['fd00::/127', 'fd00::', 'fd00::1'],
    ['fd00::9/128', 'fd00::9', 'fd00::9'],
  ])('%s: usable from %s to %s', (text, first, last) => {
    const bounds = usableBounds(parsePrefix(text));
    expect([formatAddress(bounds.first), formatAddress(bounds.last)]).toEqual([first, last]);
  });

  test('two blocks overlap exactly when one holds the first address of the other', () => {
    const block = fc
      .tuple(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: 0, max: 32 }))
      .map(([value, length]) => parsePrefix(`${formatAddress({ family: 4, value })}/${length}`));
    fc.assert(
      fc.property(block, block, (a, b) => {
        const startOf = (prefix: typeof a) => parseAddress(formatPrefix(prefix).split('/')[0]!);
        expect(prefixesOverlap(a, b)).toBe(prefixContains(a, startOf(b)) || prefixContains(b, startOf(a)));
      }),
    );
  });

  test.each([
    ['10.0.0.0/8', ['10.0.0.0/8', undefined]],
    ['fd00::/64', [undefined, 'fd00::/64']],
    ['10.0.0.0/8,fd00::/64', ['10.0.0.0/8', 'fd00::/64']],
    [' fd00::/64 , 10.0.0.0/8 ', ['10.0.0.0/8', 'fd00::/64']],
  ])('cidrBlock %j', (text, blocks) => {
    const { v4, v6 } = parseCidrBlock(text);
    expect([v4 && formatPrefix(v4), v6 && formatPrefix(v6)]).toEqual(blocks);
  });

  test.each(['', '10.0.0.0/8,11.0.0.0/8', '10.0.0.0/8,fd00::/64,fd01::/64', '10.0.0.0/8,'])('cidrBlock %j is refused', (text) => {
    expect(() => parseCidrBlock(text)).toThrow(expect.objectContaining({ code: 'IPAM_BAD_PREFIX' }) as Error);
  });
});
