/**
 * Tells how much of each Subnet or pool is in use: a change at once, those that follow it together after a pause. In a burst of pods each
 * telling becomes a write of the Subnet's status.
 */
import type { Cancel, Scheduler, SourceTable } from '@kube-ovn/dataflow';
import type { SubnetUsage } from '@kube-ovn/ipam';

const pauseMs = 200;

export class UsageTeller implements Disposable {
  readonly #read: (name: string) => SubnetUsage | undefined;
  readonly #usage: SourceTable<SubnetUsage>;
  readonly #scheduler: Scheduler;
  readonly #untold = new Set<string>();
  #cancel: Cancel | undefined;

  constructor(read: (name: string) => SubnetUsage | undefined, usage: SourceTable<SubnetUsage>, scheduler: Scheduler) {
    this.#read = read;
    this.#usage = usage;
    this.#scheduler = scheduler;
  }

  /** Something is not told yet. */
  get isBehind(): boolean {
    return this.#untold.size > 0;
  }

  changed(name: string): void {
    this.#untold.add(name);
    this.#cancel ??= this.#scheduler.setTimeout(() => this.tell(), 0);
  }

  /** Tell now what is not told yet. */
  tell(): void {
    this.#cancel?.();
    this.#cancel = this.isBehind ? this.#scheduler.setTimeout(() => this.tell(), pauseMs) : undefined;
    for (const name of this.#untold) {
      const usage = this.#read(name);
      if (usage === undefined) this.#usage.delete(name);
      else this.#usage.set(name, usage);
    }
    this.#untold.clear();
  }

  [Symbol.dispose](): void {
    this.#cancel?.();
  }
}
