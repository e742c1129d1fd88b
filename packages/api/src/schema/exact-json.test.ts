import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseJson, printJson, readCounter, sameCounter, toCounter } from './exact-json.ts';

describe('exact JSON', () => {
  test('a counter of a /64 keeps all its digits, without an exponent', () => {
    const status = { v6availableIPs: 2n ** 64n - 2n, v4availableIPs: 253, conditions: [{ type: 'Ready' }] };
    const text = '{"v6availableIPs":18446744073709551614,"v4availableIPs":253,"conditions":[{"type":"Ready"}]}';
    expect(printJson(status)).toBe(text);
    expect(parseJson(text)).toEqual(status);
  });

  test('a counter of a /8 of IPv6 has no exponent either', () => {
    expect(printJson({ n: 2n ** 120n })).toBe(`{"n":${(2n ** 120n).toString()}}`);
  });

  test('digits in text stay text, and a fraction stays a number', () => {
    expect(parseJson('{"uid":"12345678901234567890","half":0.12345678901234567890}')).toEqual({
      uid: '12345678901234567890',
      half: 0.123_456_789_012_345_68,
    });
  });

  test('printing then parsing gives the counter back, whatever its size', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 128n }), (value) => {
        const parsed = parseJson(printJson({ value: toCounter(value) })) as { value: number | bigint };
        expect(readCounter(parsed.value)).toBe(value);
        expect(printJson({ value: toCounter(value) })).toBe(`{"value":${value}}`);
      }),
    );
  });

  test('plain JSON is parsed and printed as JSON.parse and JSON.stringify do', () => {
    fc.assert(
      fc.property(fc.jsonValue({ depthSize: 'small' }), (value) => {
        const text = JSON.stringify(value);
        expect(printJson(value)).toBe(text);
        const strict: unknown = JSON.parse(text);
        expect(
          JSON.parse(JSON.stringify(parseJson(text), (_key, part: unknown) => (typeof part === 'bigint' ? Number(part) : part))),
        ).toEqual(strict);
      }),
    );
  });

  test.each([
    [5, 5, true],
    [5, 6, false],
    [5, undefined, false],
    [2n ** 64n - 2n, 2 ** 64, true],
    [2n ** 64n - 2n, 2n ** 64n, true],
    [2n ** 64n - 2n, 2n ** 65n, false],
    [2n ** 62n, 2n ** 62n + 1n, false],
  ] as const)('sameCounter(%s, %s) is %s: a server may round what is larger than 2^63-1', (wanted, observed, same) => {
    expect(sameCounter(wanted, observed)).toBe(same);
  });
});
