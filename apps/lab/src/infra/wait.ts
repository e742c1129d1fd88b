/** Bounded waiting. */
import { connect } from 'node:net';
import { LabError } from '../errors.ts';

export interface WaitOptions {
  readonly timeoutMs: number;
  readonly intervalMs?: number;
  readonly signal?: AbortSignal;
}

/** Sleep; ends early, with LAB_CANCELLED, when the signal fires. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  throwIfCancelled(signal);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const cancel = (): void => reject(new LabError('LAB_CANCELLED', 'interrupted'));
  const timer = setTimeout(resolve, ms);
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', cancel);
  }
}

/**
 * Ask again and again until the answer is not undefined or false.
 *
 * @param what names the awaited fact in the error
 * @throws {LabError} LAB_TIMEOUT, LAB_CANCELLED; what `ask` throws ends the wait too
 */
export async function waitFor<T>(what: string, ask: () => T | Promise<T>, options: WaitOptions): Promise<NonNullable<T>> {
  const deadline = Date.now() + options.timeoutMs;
  for (;;) {
    throwIfCancelled(options.signal);
    const answer = await ask();
    if (answer !== undefined && answer !== null && answer !== false) return answer;
    if (Date.now() > deadline) throw new LabError('LAB_TIMEOUT', `${what}: not so within ${options.timeoutMs} ms`);
    await pause(options.intervalMs ?? 50, options.signal);
  }
}

export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new LabError('LAB_CANCELLED', 'interrupted');
}

/** Whether something accepts connections on a unix socket. */
export async function accepts(socketPath: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(socketPath);
  socket.setTimeout(1000, () => socket.destroy());
  socket.once('connect', () => {
    resolve(true);
    socket.destroy();
  });
  socket.once('error', () => resolve(false));
  socket.once('close', () => resolve(false));
  return promise;
}
