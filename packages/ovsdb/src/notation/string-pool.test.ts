import fc from 'fast-check';
import { expect, test } from 'vitest';
import { StringPool } from './string-pool.ts';

test('what comes out equals what went in, whatever was forgotten in between', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 3 })), fc.integer({ min: 1, max: 4 }), (texts, capacity) => {
      const pool = new StringPool(capacity);
      expect(texts.map((text) => pool.intern(text))).toEqual(texts);
      expect(pool.size).toBeLessThanOrEqual(2 * capacity);
    }),
  );
});

test('a string that is met again and again is kept while others pass by', () => {
  const pool = new StringPool(2);
  for (let at = 0; at < 100; at++) {
    pool.intern('often');
    pool.intern(`once ${at}`);
    expect(pool.holds('often')).toBe(true);
  }
  expect(pool.holds('once 1')).toBe(false);
});

test('long strings are not kept', () => {
  const pool = new StringPool();
  pool.intern('x'.repeat(1000));
  expect(pool.size).toBe(0);
});
