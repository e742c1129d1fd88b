/** A clock that stands still until told, timers that it fires, and names that count up. */
import type { Ports } from '../clock.ts';

/** Ports under a test's control. */
export interface FakePorts extends Ports {
  /** let time pass, firing what falls due in order */
  readonly advance: (ms: number) => void;
}

/** @param startMs milliseconds since 1970 */
export function fakePorts(startMs = 1_800_000_000_000): FakePorts {
  let now = startMs;
  let counter = 0;
  let due: { readonly at: number; readonly work: () => void }[] = [];
  const advance = (ms: number): void => {
    const end = now + ms;
    for (;;) {
      const next = due.filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      due = due.filter((entry) => entry !== next);
      now = Math.max(now, next.at);
      next.work();
    }
    now = end;
  };
  return {
    now: () => now,
    after: (ms, work) => {
      const entry = { at: now + ms, work };
      due.push(entry);
      return { cancel: () => void (due = due.filter((candidate) => candidate !== entry)) };
    },
    uuid: () => `00000000-0000-4000-8000-${String(++counter).padStart(12, '0')}`,
    suffix: (length) => String(++counter).padStart(length, '0').slice(-length),
    advance,
  };
}
