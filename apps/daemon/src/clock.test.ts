import { FakeScheduler } from '@kube-ovn/dataflow/testing';
import { expect, test } from 'vitest';
import { repeat, sleep } from './clock.ts';

test('repeat: at once, then with pauses; a failure is told and does not end it; disposing does', async () => {
  const scheduler = new FakeScheduler();
  const failures: unknown[] = [];
  let rounds = 0;
  const repetition = repeat(scheduler, 100, {
    work: () => {
      rounds++;
      if (rounds === 2) throw new Error('second');
    },
    failed: (error) => failures.push(error),
  });
  await scheduler.advance(250);
  expect([rounds, failures]).toEqual([3, [new Error('second')]]);
  repetition[Symbol.dispose]();
  await scheduler.advance(1_000);
  expect([rounds, scheduler.pendingTimers]).toEqual([3, 0]);
});

test('repeat: a poke during a round is followed by one more round, not by two at a time', async () => {
  const scheduler = new FakeScheduler();
  let running = 0;
  let most = 0;
  let rounds = 0;
  using repetition = repeat(scheduler, 1_000, {
    work: async () => {
      rounds++;
      most = Math.max(most, ++running);
      await sleep(scheduler, 10);
      running--;
    },
    failed: () => {},
  });
  await scheduler.advance(5);
  repetition.poke();
  repetition.poke();
  await scheduler.advance(100);
  expect([rounds, most]).toEqual([2, 1]);
});
