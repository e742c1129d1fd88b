import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asArray, at, formatJson, jsonEqual, parseJson, withAt } from './json.ts';

describe('JSON with exact integers', () => {
  it('carries a 64-bit and a larger integer digit by digit', () => {
    const text = '{"a":18446744073709551615,"b":[340282366920938463463374607431768211456],"c":-9223372036854775808}';
    expect(formatJson(parseJson(text))).toBe(text);
  });

  it('keeps long digit runs in strings and in fractions as they are', () => {
    expect(parseJson('{"mac":"12345678901234567890","f":0.1234567890123456789}')).toEqual({
      mac: '12345678901234567890',
      f: 0.12345678901234568,
    });
  });

  it('prints what it parsed, for any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(formatJson(parseJson(text))).toBe(text);
      }),
    );
  });

  it('round-trips any integer', () => {
    fc.assert(
      fc.property(fc.bigInt(), (value) => {
        expect(formatJson(parseJson(`[${value}]`))).toBe(`[${value}]`);
      }),
    );
  });
});

describe('paths', () => {
  it('reads through missing and foreign steps', () => {
    expect(at({ a: { b: [1] } }, 'a', 'b')).toEqual([1]);
    expect(at({ a: 'text' }, 'a', 'b')).toBeUndefined();
    expect(asArray(at({}, 'x'))).toEqual([]);
  });

  it('writes a copy, creates steps, and removes with undefined', () => {
    const before = { a: { b: 1, c: 2 } };
    expect(withAt(before, ['a', 'b'], undefined)).toEqual({ a: { c: 2 } });
    expect(withAt(before, ['x', 'y'], 3)).toEqual({ a: { b: 1, c: 2 }, x: { y: 3 } });
    expect(before).toEqual({ a: { b: 1, c: 2 } });
  });
});

describe('equality', () => {
  it('ignores undefined members and tells 1 from "1"', () => {
    expect(jsonEqual({ a: 1, b: undefined }, { a: 1 })).toBe(true);
    expect(jsonEqual([1], ['1'])).toBe(false);
    expect(jsonEqual(1n, '1')).toBe(false);
    expect(jsonEqual({ a: [] }, { a: {} })).toBe(false);
  });
});
