import { expect, test } from 'vitest';
import { systemClock } from './clock.ts';

test.for([Infinity, 2 ** 31, 1e12])('a delay of %d ms is not taken for one of 1 ms', async (delayMs) => {
  let calls = 0;
  const cancel = systemClock.setTimeout(() => calls++, delayMs);
  await new Promise<void>((resolve) => void systemClock.setTimeout(resolve, 10));
  cancel();
  expect(calls).toBe(0);
});
