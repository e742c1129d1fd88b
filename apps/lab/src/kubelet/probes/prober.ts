/** The probes of one run of a container: timers, counts, and what they say about it. */
import type { ContainerSpec, Probe } from '../pod/types.ts';
import { checkProbe, type ProbeResult, type ProbeTarget } from './probe-check.ts';
import { countResult, initialState, thresholdsOf, type ProbeState } from './probe-state.ts';

export interface Health {
  readonly started: boolean;
  readonly ready: boolean;
  /** why the container must be stopped */
  readonly unhealthy?: string;
}

export interface ProberOptions {
  readonly target: ProbeTarget;
  /** told when the health has changed */
  readonly changed: (health: Health) => void;
  /** told of every failure: an event */
  readonly failed: (message: string) => void;
  readonly check?: (probe: Probe, target: ProbeTarget) => Promise<ProbeResult>;
}

type Kind = 'startup' | 'readiness' | 'liveness';

const PROBE_OF: Readonly<Record<Kind, (container: ContainerSpec) => Probe | undefined>> = {
  startup: ({ startupProbe }) => startupProbe,
  readiness: ({ readinessProbe }) => readinessProbe,
  liveness: ({ livenessProbe }) => livenessProbe,
};

/** The health of a container whose probes have not said anything yet. */
export function initialHealth(container: ContainerSpec): Health {
  return { started: container.startupProbe === undefined, ready: container.readinessProbe === undefined };
}

export class Prober implements Disposable {
  readonly #options: ProberOptions;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #states = new Map<Kind, ProbeState>();
  #health: Health;
  #isOver = false;

  constructor(options: ProberOptions) {
    this.#options = options;
    const { container } = options.target;
    this.#health = initialHealth(container);
    if (container.startupProbe !== undefined) this.#begin('startup');
    else this.#beginSteady();
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    for (const timer of this.#timers) clearTimeout(timer);
  }

  /** Of a container that is to end. @source Kubernetes pkg/kubelet/prober: a pod that is deleted is still probed for readiness */
  stopAllButReadiness(): void {
    for (const kind of ['startup', 'liveness'] as const) this.#states.delete(kind);
  }

  #beginSteady(): void {
    this.#begin('readiness');
    this.#begin('liveness');
  }

  #begin(kind: Kind): void {
    const probe = PROBE_OF[kind](this.#options.target.container);
    if (probe === undefined) return;
    this.#states.set(kind, initialState(kind === 'liveness'));
    // A first look comes soon, so that a container is ready as soon as it is, not a whole period later.
    this.#later(kind, probe, (probe.initialDelaySeconds ?? 0) * 1000 + 100);
  }

  #later(kind: Kind, probe: Probe, delayMs: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void this.#probe(kind, probe);
    }, delayMs);
    this.#timers.add(timer);
  }

  async #probe(kind: Kind, probe: Probe): Promise<void> {
    const result = await (this.#options.check ?? checkProbe)(probe, this.#options.target);
    const before = this.#states.get(kind);
    if (this.#isOver || before === undefined) return;
    const state = countResult(before, result.ok, thresholdsOf(probe));
    this.#states.set(kind, state);
    const title = `${kind[0]?.toUpperCase()}${kind.slice(1)} probe failed`;
    if (!result.ok) this.#options.failed(`${title}: ${result.message}`);
    const isDone = this.#conclude(kind, state, { title, failureThreshold: thresholdsOf(probe).failure });
    // Until it has succeeded, readiness is asked each second at most: waiting a whole period tells nobody anything.
    const periodMs = Math.max(1, probe.periodSeconds ?? 10) * 1000;
    const isWaiting = kind === 'readiness' && !state.verdict && state.failures < 10;
    if (!isDone) this.#later(kind, probe, isWaiting ? Math.min(periodMs, 1000) : periodMs);
  }

  /** Draw the consequence of a verdict; true when this probe has no more to say. */
  #conclude(kind: Kind, state: ProbeState, limits: { title: string; failureThreshold: number }): boolean {
    switch (kind) {
      case 'readiness':
        this.#update({ ...this.#health, ready: state.verdict });
        return false;
      case 'liveness':
        if (!state.verdict) this.#update({ ...this.#health, unhealthy: limits.title });
        return !state.verdict;
      case 'startup':
        if (state.verdict) {
          this.#update({ ...this.#health, started: true });
          this.#beginSteady();
          return true;
        }
        if (state.failures < limits.failureThreshold) return false;
        this.#update({ ...this.#health, unhealthy: limits.title });
        return true;
    }
  }

  #update(health: Health): void {
    if (health.started === this.#health.started && health.ready === this.#health.ready && health.unhealthy === this.#health.unhealthy)
      return;
    this.#health = health;
    this.#options.changed(health);
  }
}
