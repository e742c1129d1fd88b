/** Keys to be looked at, one after the other, each at most once at a time; a key that fails comes again later. */
import type { Ports } from '../clock.ts';

const retryMs = 1000;

/** A queue in front of an asynchronous, idempotent function. */
export class WorkQueue {
  readonly #work: (key: string) => Promise<void>;
  readonly #ports: Ports;
  readonly #failed: (error: unknown) => void;
  readonly #pending = new Set<string>();
  #running = false;
  #closed = false;

  constructor(ports: Ports, work: (key: string) => Promise<void>, failed: (error: unknown) => void) {
    this.#ports = ports;
    this.#work = work;
    this.#failed = failed;
  }

  add(key: string): void {
    if (this.#closed) return;
    this.#pending.add(key);
    if (!this.#running) {
      this.#running = true;
      this.#ports.after(0, () => void this.#drain());
    }
  }

  close(): void {
    this.#closed = true;
    this.#pending.clear();
  }

  async #drain(): Promise<void> {
    // keys that are added meanwhile are visited too
    for (const key of this.#pending) {
      this.#pending.delete(key);
      try {
        await this.#work(key);
      } catch (error) {
        this.#failed(error);
        this.#ports.after(retryMs, () => this.add(key));
      }
    }
    this.#running = false;
  }
}
