/** When something is tried again, by name: after a failed write, and while OVN has not said what became of a port. */
import type { Cancel, Scheduler } from '@kube-ovn/dataflow';

const recheckMinMs = 10;
const recheckMaxMs = 1000;
const retryMinMs = 100;
const retryMaxMs = 10_000;

export class Retries implements Disposable {
  readonly #scheduler: Scheduler;
  readonly #failures = new Map<string, number>();
  readonly #rechecks = new Map<string, number>();
  readonly #timers = new Map<string, Cancel>();
  #disposed = false;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** A write failed: again, later each time. */
  afterFailure(name: string, again: () => void): void {
    const failures = (this.#failures.get(name) ?? 0) + 1;
    this.#failures.set(name, failures);
    this.#later(name, Math.min(retryMaxMs, retryMinMs * 2 ** (failures - 1)), again);
  }

  succeeded(name: string): void {
    this.#failures.delete(name);
  }

  /** What nobody will tell of is looked at again, less and less often. */
  recheck(name: string, again: () => void): void {
    const rechecks = this.#rechecks.get(name) ?? 0;
    this.#rechecks.set(name, rechecks + 1);
    this.#later(name, Math.min(recheckMaxMs, recheckMinMs * 2 ** rechecks), again);
  }

  rechecked(name: string): void {
    this.#rechecks.delete(name);
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    for (const cancel of this.#timers.values()) cancel();
  }

  /** Of one name there is at most one timer. */
  #later(name: string, delayMs: number, action: () => void): void {
    this.#timers.get(name)?.();
    this.#timers.set(
      name,
      this.#scheduler.setTimeout(() => {
        this.#timers.delete(name);
        if (!this.#disposed) action();
      }, delayMs),
    );
  }
}
