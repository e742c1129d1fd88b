import type { Scheduler } from '@kube-ovn/dataflow';

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

/**
 * Do `work` now and again `pauseMs` after it ended, one round at a time.
 *
 * A round that throws is handed to `failed`, and the next one comes as usual.
 */
export function repeat(
  scheduler: Scheduler,
  pauseMs: number,
  round: { readonly work: () => Promise<void> | void; readonly failed: (error: unknown) => void },
): Repetition {
  let cancel: (() => void) | undefined;
  let isRunning = false;
  let isPoked = false;
  let isStopped = false;
  const run = async (): Promise<void> => {
    if (isRunning || isStopped) return;
    isRunning = true;
    isPoked = false;
    cancel?.();
    try {
      await round.work();
    } catch (error) {
      round.failed(error);
    }
    isRunning = false;
    if (!isStopped) cancel = scheduler.setTimeout(() => void run(), isPoked ? 0 : pauseMs);
  };
  void run();
  return {
    poke: () => {
      isPoked = true;
      void run();
    },
    [Symbol.dispose]: () => {
      isStopped = true;
      cancel?.();
    },
  };
}
