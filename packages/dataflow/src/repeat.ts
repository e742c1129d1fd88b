/** Work that is done again and again, on a given clock. */
import type { Scheduler } from './sink.ts';

/** Wait, on the given clock. */
export function sleep(scheduler: Scheduler, ms: number): Promise<void> {
  return new Promise((resolve) => {
    scheduler.setTimeout(resolve, ms);
  });
}

/** Something that is repeated until it is stopped. */
export interface Repetition extends Disposable {
  /** Do it now, or right after the round that is under way. */
  poke(): void;
}

/** First pause after a round without success, in milliseconds; it doubles up to the usual pause. */
const FIRST_RETRY_MS = 100;

/** What is done in each round. */
export interface Round {
  /** False: what is waited for is not there yet, so the next round comes soon. */
  readonly work: () => Promise<boolean | void> | boolean | void;
  readonly failed: (error: unknown) => void;
}

/**
 * Do `work` now and again `pauseMs` after it ended, one round at a time.
 *
 * After a round without success (false, or thrown, which `failed` is told) the next one comes after 100 ms, then 200 ms, 400 ms and
 * so on, never later than `pauseMs`.
 */
export function repeat(scheduler: Scheduler, pauseMs: number, round: Round): Repetition {
  let cancel: (() => void) | undefined;
  let isRunning = false;
  let isPoked = false;
  let isStopped = false;
  let retryMs = FIRST_RETRY_MS;
  const pauseAfter = (isDone: boolean): number => {
    const pause = isDone ? pauseMs : Math.min(retryMs, pauseMs);
    retryMs = isDone ? FIRST_RETRY_MS : pause * 2;
    return pause;
  };
  const run = async (): Promise<void> => {
    if (isRunning || isStopped) return;
    isRunning = true;
    isPoked = false;
    cancel?.();
    let isDone = false;
    try {
      isDone = (await round.work()) !== false;
    } catch (error) {
      round.failed(error);
    }
    isRunning = false;
    const pause = pauseAfter(isDone);
    if (!isStopped) cancel = scheduler.setTimeout(() => void run(), isPoked ? 0 : pause);
  };
  void run();
  return {
    poke: () => {
      isPoked = true;
      retryMs = FIRST_RETRY_MS;
      void run();
    },
    [Symbol.dispose]: () => {
      isStopped = true;
      cancel?.();
    },
  };
}
