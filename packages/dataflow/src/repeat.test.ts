import { FakeScheduler } from './testing/index.ts';
import { expect, test } from 'vitest';
import { repeat, sleep } from './repeat.ts';

test('repeat: at once, then with pauses; a failure is told, and tried again soon; disposing ends it', async () => {
  const scheduler = new FakeScheduler();
  const failures: unknown[] = [];
  let rounds = 0;
  const repetition = repeat(scheduler, 1_000, {
    work: () => {
      rounds++;
      if (rounds === 2) throw new Error('second');
    },
    failed: (error) => failures.push(error),
  });
  await scheduler.advance(1_150);
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

test('repeat: without success it tries again soon, then less and less often; after a success it is back at its pause', async () => {
  const scheduler = new FakeScheduler();
  const rounds: number[] = [];
  let isThere = false;
  using repetition = repeat(scheduler, 1_000, {
    work: () => {
      rounds.push(scheduler.now());
      return isThere;
    },
    failed: () => {},
  });
  const start = scheduler.now();
  const seen = (): readonly number[] => rounds.splice(0).map((time) => time - start);
  await scheduler.advance(3_600);
  expect(seen()).toEqual([0, 100, 300, 700, 1_500, 2_500, 3_500]);
  repetition.poke();
  isThere = true;
  await scheduler.advance(1_500);
  expect(seen()).toEqual([3_600, 3_700, 4_700]);
});
