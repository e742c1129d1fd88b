/**
 * Tells who had addresses that were given back, by Events of their Subnets: one at once, those that follow it together after a pause. However
 * many pods are deleted, Events are few, and none of the releases is left out; who waits for an address does not wait for them.
 */
import { type AddressRelease, type KubeObject, releasesAnnotation } from '@kube-ovn/api';
import type { Cancel, Scheduler } from '@kube-ovn/dataflow';
import type { EventObject, EventRecorder } from '@kube-ovn/kube';
import type { HeldLease } from './demand.ts';
import { type EndedLease, releaseOf, releasesText } from './release.ts';

export interface ReleaseTellerOptions {
  /** Its own, so that releases never crowd out a warning. */
  readonly events: EventRecorder;
  readonly scheduler: Scheduler;
  /** What an Event about a Subnet is about, even one that is there no more. */
  readonly subnet: (name: string) => EventObject;
  /** The object of the holder's name that is there now. */
  readonly holder: (lease: HeldLease) => KubeObject | undefined;
  readonly wallClock: (() => Date) | undefined;
}

const pauseMs = 1000;
/** After many Events the pause is longer: no more than the recorder writes in the long run. */
const pausePerEventMs = 100;
/** How many releases one Event carries: some tens of kilobytes, a tenth of what annotations may have. @source Kubernetes: 256 KiB */
const maxPerEvent = 100;

export class ReleaseTeller implements Disposable {
  readonly #options: ReleaseTellerOptions;
  readonly #untold = new Map<string, AddressRelease[]>();
  #cancel: Cancel | undefined;

  constructor(options: ReleaseTellerOptions) {
    this.#options = options;
  }

  released(ended: EndedLease): void {
    const { holder, scheduler, wallClock } = this.#options;
    const release = releaseOf(ended, { object: holder(ended.lease), now: timeText(wallClock?.() ?? new Date()) });
    if (release === undefined) return;
    const { subnet } = release;
    const untold = this.#untold.get(subnet) ?? [];
    untold.push(release);
    this.#untold.set(subnet, untold);
    this.#cancel ??= scheduler.setTimeout(() => this.#tell(), 0);
  }

  /** Tell what is not told yet, and no more after that. */
  [Symbol.dispose](): void {
    this.#tell();
    this.#cancel?.();
  }

  #tell(): void {
    const { events, scheduler, subnet: subnetOf } = this.#options;
    this.#cancel?.();
    let told = 0;
    for (const [subnet, releases] of this.#untold) {
      for (let start = 0; start < releases.length; start += maxPerEvent) {
        const some = releases.slice(start, start + maxPerEvent);
        const text = { message: releasesText(some), annotations: releasesAnnotation(some) };
        events.event(subnetOf(subnet), 'Normal', 'AddressReleased', text);
        told += 1;
      }
    }
    this.#untold.clear();
    this.#cancel = told === 0 ? undefined : scheduler.setTimeout(() => this.#tell(), Math.max(pauseMs, pausePerEventMs * told));
  }
}

/** RFC 3339 in whole seconds. @source Kubernetes meta/v1 Time */
function timeText(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}
