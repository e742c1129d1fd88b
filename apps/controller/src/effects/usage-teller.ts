/**
 * Tells how much of each Subnet is in use: a change at once, those that follow it together after a pause. In a burst of pods each
 * telling becomes a write of the Subnet's status.
 */
import type { Cancel, Scheduler, SourceTable } from '@kube-ovn/dataflow';
import type { Allocator, SubnetUsage } from '@kube-ovn/ipam';

const pauseMs = 200;

export class UsageTeller implements Disposable {
  readonly #allocator: Pick<Allocator, 'usage'>;
  readonly #usage: SourceTable<SubnetUsage>;
  readonly #scheduler: Scheduler;
  readonly #untold = new Set<string>();
  #cancel: Cancel | undefined;

  constructor(allocator: Pick<Allocator, 'usage'>, usage: SourceTable<SubnetUsage>, scheduler: Scheduler) {
    this.#allocator = allocator;
    this.#usage = usage;
    this.#scheduler = scheduler;
  }

  /** Something is not told yet. */
  get isBehind(): boolean {
    return this.#untold.size > 0;
  }

  changed(subnet: string): void {
    this.#untold.add(subnet);
    this.#cancel ??= this.#scheduler.setTimeout(() => this.tell(), 0);
  }

  /** Tell now what is not told yet. */
  tell(): void {
    this.#cancel?.();
    this.#cancel = this.isBehind ? this.#scheduler.setTimeout(() => this.tell(), pauseMs) : undefined;
    for (const subnet of this.#untold) {
      const usage = this.#allocator.usage(subnet);
      if (usage === undefined) this.#usage.delete(subnet);
      else this.#usage.set(subnet, usage);
    }
    this.#untold.clear();
  }

  [Symbol.dispose](): void {
    this.#cancel?.();
  }
}
