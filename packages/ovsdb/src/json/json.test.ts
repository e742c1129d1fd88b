import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseJson, printJson } from './json.ts';
import type { Json } from './json.ts';

const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }),
    fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) }),
    fc.string({ unit: 'binary' }),
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(fc.string(), tie('json'), { maxKeys: 4, noNullPrototype: true }).filter((value) => !Object.hasOwn(value, '__proto__')),
  ),
}));

test('printing and parsing give the value back, 64-bit integers included', () => {
  fc.assert(
    fc.property(json, (value) => {
      expect(parseJson(printJson(value), true)).toEqual(value);
    }),
  );
});

test('an integer that a double holds is a number, one that it does not is a bigint, and a real stays a real', () => {
  expect(parseJson('[9007199254740991,9007199254740992,-9223372036854775808,1e300,0.12345678901234567]', true)).toEqual([
    9007199254740991,
    9007199254740992n,
    -9223372036854775808n,
    1e300,
    Number('0.12345678901234567'),
  ]);
});
