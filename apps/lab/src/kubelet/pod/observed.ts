/** What this kubelet knows of a pod on its node: sandbox, containers, probes. Plain data; times in ms since 1970. */

export type ObservedSandbox =
  | { readonly state: 'none' }
  | { readonly state: 'failed'; readonly attempts: number; readonly retryAtMs: number; readonly message: string }
  | { readonly state: 'ready'; readonly id: string; readonly addresses: readonly string[] };

export interface Termination {
  readonly exitCode: number;
  readonly signal?: number;
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
  /** why kubelet ended it, when it did */
  readonly cause?: string;
  readonly containerId: string;
}

export interface RunningContainer {
  readonly state: 'running';
  readonly containerId: string;
  readonly startedAtMs: number;
  /** a startup probe has succeeded, or there is none */
  readonly started: boolean;
  /** a readiness probe says so, or there is none */
  readonly ready: boolean;
  /** set when a liveness or startup probe has given up on it */
  readonly unhealthy?: string;
  /** kubelet is ending it: when it is killed at the latest */
  readonly killAtMs?: number;
}

export interface ObservedContainer {
  readonly now:
    | RunningContainer
    | ({ readonly state: 'terminated' } & Termination)
    | { readonly state: 'waiting'; readonly reason: string; readonly message?: string };
  /** how the run before ended */
  readonly last?: Termination;
  readonly restartCount: number;
  /** not started again before */
  readonly restartAtMs: number;
}

export interface ObservedPod {
  readonly sandbox: ObservedSandbox;
  /** by name, init containers among them; absent = never tried */
  readonly containers: ReadonlyMap<string, ObservedContainer>;
  /** first seen by this kubelet */
  readonly acceptedAtMs: number;
}
