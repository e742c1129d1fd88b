import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressBytes, addressText, macBytes, macText, prefixBytes } from './address.ts';

describe('addresses', () => {
  test('addressText: RFC 5952 §4 examples', () => {
    const cases = [
      ['2001:0db8:0000:0000:0001:0000:0000:0001', '2001:db8::1:0:0:1'],
      ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
      ['0:0:0:0:0:0:0:0', '::'],
      ['::1', '::1'],
      ['2001:DB8::', '2001:db8::'],
      ['::ffff:10.16.0.1', '::ffff:a10:1'],
      ['10.16.0.1', '10.16.0.1'],
    ] as const;
    for (const [text, canonical] of cases) expect(addressText(addressBytes(text))).toBe(canonical);
  });

  test('addressBytes and addressText: bytes survive the round trip', () => {
    const sizes = fc.constantFrom(4, 16).chain((length) => fc.uint8Array({ minLength: length, maxLength: length }));
    fc.assert(
      fc.property(sizes, (bytes) => {
        expect([...addressBytes(addressText(bytes))]).toEqual([...bytes]);
      }),
    );
  });

  test('addressText: any 16 bytes give text that Node calls IPv6', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        expect(isIPv6(addressText(bytes))).toBe(true);
      }),
    );
  });

  test('bad text is refused, and the message names it', () => {
    for (const text of ['', '10.16.0', '10.16.0.256', 'fe80::1%eth0', '1::2::3', 'web-0']) {
      expect(() => addressBytes(text)).toThrow(`address ${JSON.stringify(text)}`);
    }
    for (const text of ['10.16.0.0/33', '::/129', '10.16.0.0/', '10.16.0.0/8/8', '10.16.0.0/-1'])
      expect(() => prefixBytes(text)).toThrow(/prefix "|address "/);
    for (const text of ['', '00:00:00:00:00', '00-00-00-00-00-00', 'zz:00:00:00:00:00'])
      expect(() => macBytes(text)).toThrow(`MAC ${JSON.stringify(text)}`);
  });

  test('macBytes and macText: round trip in lower case', () => {
    expect(macText(macBytes('0A:00:00:12:34:FF'))).toBe('0a:00:00:12:34:ff');
  });
});
