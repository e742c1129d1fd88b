/** The real clock, as the port that this package and dataflow ask for. */
import type { Scheduler } from '@kube-ovn/dataflow';

/** Time since the process began, which never jumps, and timers that keep the process alive. */
export function systemScheduler(): Scheduler {
  return {
    now: () => performance.now(),
    setTimeout: (f, ms) => {
      const timer = setTimeout(f, ms);
      return () => clearTimeout(timer);
    },
    queueMicrotask: (f) => queueMicrotask(f),
  };
}
