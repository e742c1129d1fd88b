/** The outside world of the controller, passed in: tests pass their own. */
import type { Scheduler } from '@kube-ovn/dataflow';
import type { KubeClient } from '@kube-ovn/kube';
import type { Clock, DatabaseClient } from '@kube-ovn/ovsdb';

/** Structured log: fields first, then one sentence. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  debug(fields: object, message: string): void;
}

export interface Ports {
  readonly kube: KubeClient;
  readonly northbound: DatabaseClient;
  /** Read only. */
  readonly southbound?: DatabaseClient | undefined;
  readonly scheduler: Scheduler;
  /** Time for the Northbound synchronizer. */
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** For times that people read; default: the system's. */
  readonly wallClock?: (() => Date) | undefined;
  readonly log: Log;
}
