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

test('bytes are the same string as a text that was met, and one is made of them only where none was', () => {
  const made: string[] = [];
  const pool = new StringPool(16, (bytes, from, to) => {
    const text = Buffer.from(bytes).toString('latin1', from, to);
    made.push(text);
    return text;
  });
  const bytes = Buffer.from(`-seen-new-${'x'.repeat(1000)}`);
  pool.intern('seen');
  expect(pool.internAscii(bytes, 1, 5)).toBe('seen');
  for (let time = 0; time < 2; time++) expect(pool.internAscii(bytes, 6, 9)).toBe('new');
  expect(made).toEqual(['new']);
  expect(pool.internAscii(bytes, 10, 1010)).toBe('x'.repeat(1000));
  expect(pool.size).toBe(2);
});
