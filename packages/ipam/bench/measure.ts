/**
 * Timing of short synchronous operations.
 */

/** One measured case. */
export interface Timing {
  /** Median over the rounds, in nanoseconds per operation. */
  readonly medianNs: number;
  readonly fastestNs: number;
}

/**
 * CPU time of this thread, in milliseconds: other processes on the machine do not count.
 *
 * The kernel adds to it at its ticks, 4 ms apart: what is measured must last many of them.
 */
export function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

const ROUNDS = 7;
const MIN_ROUND_MS = 60;

/** Time `operate(n)`, which does n operations and leaves things as they were. */
export function time(operate: (count: number) => void): Timing {
  operate(20);
  let count = 20;
  for (let ms = 0; ms < MIN_ROUND_MS; count *= 2) {
    const start = cpuMs();
    operate(count);
    ms = cpuMs() - start;
  }
  count = Math.ceil(count / 2);
  const rounds = Array.from({ length: ROUNDS }, () => {
    const start = cpuMs();
    operate(count);
    return ((cpuMs() - start) / count) * 1e6;
  }).toSorted((a, b) => a - b);
  return { medianNs: rounds[ROUNDS >> 1] ?? 0, fastestNs: rounds[0] ?? 0 };
}

/** Heap and typed arrays that `build` adds and keeps, in bytes. Needs `--expose-gc`. */
export function retainedBytes<T>(build: () => T): { readonly bytes: number; readonly kept: T } {
  const before = settledHeap();
  const kept = build();
  return { bytes: settledHeap() - before, kept };
}

function settledHeap(): number {
  if (globalThis.gc === undefined) throw new Error('run with --expose-gc');
  for (let round = 0; round < 3; round += 1) globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
