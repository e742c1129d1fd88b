import { expect, test } from 'vitest';
import { KeyedTurns } from './keyed-turns.ts';

test('the same key: one after the other, also after a failure; different keys: side by side', async () => {
  const turns = new KeyedTurns();
  const events: string[] = [];
  const work =
    (name: string, fails = false) =>
    async () => {
      events.push(`${name} begins`);
      await Promise.resolve();
      events.push(`${name} ends`);
      if (fails) throw new Error(name);
    };
  const results = await Promise.allSettled([turns.run('a', work('1', true)), turns.run('b', work('2')), turns.run('a', work('3'))]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  expect(events.indexOf('3 begins')).toBeGreaterThan(events.indexOf('1 ends'));
  expect(events.indexOf('2 begins')).toBeLessThan(events.indexOf('1 ends'));
});
