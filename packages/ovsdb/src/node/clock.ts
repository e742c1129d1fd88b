/**
 * The machine's clock as a port.
 */
import type { Clock } from '../ports.ts';

/** Milliseconds since the process started; unaffected by changes of the time of day. */
export const systemClock: Clock = {
  now: () => performance.now(),
  setTimeout(callback, delayMs) {
    const timer = setTimeout(callback, delayMs);
    return () => {
      clearTimeout(timer);
    };
  },
};
