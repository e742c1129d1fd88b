/**
 * The machine's clock as a port.
 */
import type { Clock } from '../ports.ts';

/** A longer delay would be one of 1 ms. @source Node.js, "Timers": delays beyond 2147483647 */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** Milliseconds since the process started; unaffected by changes of the time of day. */
export const systemClock: Clock = {
  now: () => performance.now(),
  setTimeout(callback, delayMs) {
    const timer = setTimeout(callback, Math.min(delayMs, MAX_DELAY_MS));
    return () => {
      clearTimeout(timer);
    };
  },
};
