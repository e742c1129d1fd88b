import fc from 'fast-check';
import { IPv4, IPv6 } from 'ip-num';
import { describe, expect, test } from 'vitest';
import { canonicalAddress, formatAddress, parseAddress, readAddress, toIpNum } from './address.ts';
import { IpamError } from './errors.ts';

const v4 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const v6 = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n });
/** Numbers with runs of zeros, which random numbers do not have. */
const sparseV6 = fc
  .array(fc.constantFrom(0, 0, 0, 1, 0xffff, 0x1a0), { minLength: 8, maxLength: 8 })
  .map((groups) => groups.reduce((sum, group) => sum * 65_536n + BigInt(group), 0n));

describe('address text', () => {
  test('parse after format is the same address', () => {
    fc.assert(
      fc.property(v4, (value) => {
        expect(parseAddress(formatAddress({ family: 4, value }))).toEqual({ family: 4, value });
      }),
    );
    fc.assert(
      fc.property(fc.oneof(v6, sparseV6), (value) => {
        expect(parseAddress(formatAddress({ family: 6, value }))).toEqual({ family: 6, value });
      }),
    );
  });

  test('agrees with ip-num', () => {
    fc.assert(
      fc.property(v4, (value) => {
        expect(formatAddress({ family: 4, value })).toBe(new IPv4(BigInt(value)).toString());
      }),
    );
    fc.assert(
      fc.property(fc.oneof(v6, sparseV6), (value) => {
        expect(new IPv6(formatAddress({ family: 6, value })).getValue()).toBe(value);
      }),
    );
  });

  test('agrees with ip-num on what is no IPv4 address', () => {
    const isIpNum = (text: string) => {
      try {
        return new IPv4(text).getValue() >= 0n;
      } catch {
        return false;
      }
    };
    fc.assert(
      fc.property(
        fc
          .array(fc.constantFrom('0', '1', '9', '25', '255', '256', '.', '.', '.'), { minLength: 5, maxLength: 9 })
          .map((parts) => parts.join('')),
        (text) => {
          expect(readAddress(text) !== undefined).toBe(isIpNum(text));
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('agrees with ip-num on what is no IPv6 address', () => {
    const isIpNum = (text: string) => {
      try {
        return new IPv6(text).getValue() >= 0n;
      } catch {
        return false;
      }
    };
    const parts = fc.constantFrom('0', '1', 'ab', 'FFFF', '12345', 'g', ':', ':', ':', ':', '::');
    fc.assert(
      fc.property(
        fc.array(parts, { minLength: 1, maxLength: 18 }).map((list) => list.join('')),
        (text) => {
          expect(readAddress(text)?.family === 6).toBe(text.includes(':') && isIpNum(text));
        },
      ),
      { numRuns: 5000 },
    );
  });

  test.each([
    ['2001:0db8:0000:0000:0001:0000:0000:0001', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:DB8::A', '2001:db8::a'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['1:0:0:0:0:0:0:0', '1::'],
    ['::ffff:c000:201', '::ffff:192.0.2.1'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
  ])('%s is written %s (RFC 5952)', (text, canonical) => {
    expect(canonicalAddress(text)).toBe(canonical);
  });

  test.each([
    '',
    ' ',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.04',
    '01.2.3.4',
    '1.2.3.256',
    '1..2.3',
    '.1.2.3',
    '1.2.3.',
    ' 1.2.3.4',
    '1.2.3.4 ',
    '0x1.2.3.4',
    '1.2.3.4/24',
    '+1.2.3.4',
    '1.2.3.٤',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '::1:2:3:4:5:6:7:8',
    '12345::',
    'g::',
    'fe80::1%eth0',
    '[::1]',
    '1.2.3.4::',
    '::1.2.3',
    '::1.2.3.4:5',
    ':1:2:3:4:5:6:7:8',
    `${'0'.repeat(60)}::`,
  ])('%j is no address', (text) => {
    expect(readAddress(text)).toBeUndefined();
    expect(() => parseAddress(text)).toThrow(IpamError);
  });

  test('an error names the code and a bounded value', () => {
    expect(() => parseAddress('x'.repeat(1000))).toThrow(
      expect.objectContaining({ code: 'IPAM_BAD_ADDRESS', message: expect.stringMatching(/^.{1,90}$/) as string }) as Error,
    );
  });
});

describe('ip-num at the door', () => {
  test('its objects are taken and given', () => {
    expect(parseAddress(new IPv4('10.16.0.15'))).toEqual({ family: 4, value: 0x0a_10_00_0f });
    expect(parseAddress(new IPv6('fd00::f'))).toEqual({ family: 6, value: (0xfd00n << 112n) + 15n });
    expect(toIpNum(parseAddress('10.16.0.15'))).toEqual(new IPv4('10.16.0.15'));
    expect(toIpNum(parseAddress('fd00::f')).getValue()).toBe(new IPv6('fd00::f').getValue());
  });
});
