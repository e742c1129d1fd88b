/**
 * One leader among several processes, by a Lease.
 *
 * A candidate judges by its own clock alone: a lease is up for taking when it has been seen not to change for as long as
 * it is meant to last. A leader counts from the moment before it asked to renew, and stops leading at its deadline whether
 * or not an answer is still under way; the deadline is shorter than the lease, so it has stopped before another may start.
 */
import { type Lease, resources } from '@kube-ovn/api';
import { type Cancel, type Cell, type Scheduler, type SourceCell, sourceCell } from '@kube-ovn/dataflow';
import type { KubeClient } from '../client/client.ts';
import { asKubeError, KubeError } from '../errors.ts';
import { systemScheduler } from '../scheduler.ts';

/** How to elect. Times in milliseconds. */
export interface LeaderElectorOptions {
  readonly namespace: string;
  readonly name: string;
  /** Unlike that of any other candidate, also after a restart: host name and something random. */
  readonly identity: string;
  /** How long a lease lasts; at least a second. */
  readonly leaseDurationMs: number;
  /** A leader that could not renew for this long stops leading; less than `leaseDurationMs`. */
  readonly renewDeadlineMs: number;
  /** Pause between two attempts; less than `renewDeadlineMs`. */
  readonly retryPeriodMs: number;
  readonly clock?: Scheduler;
  /** Wall clock, for the times in the Lease, which are for people. */
  readonly wallClock?: (() => Date) | undefined;
  /** Random numbers in [0, 1): spreads the candidates' attempts. */
  readonly random?: () => number;
}

/** A candidate. */
export interface LeaderElector extends Disposable {
  readonly isLeader: Cell<boolean>;
  /** Who leads, as last seen; empty when nobody does. */
  readonly leader: Cell<string>;
  /** Why the last attempt failed. */
  readonly problem: Cell<KubeError | undefined>;
  /** Whether we lead at this very moment, by the clock: also right when timers are late, as after the process was stopped. */
  isLeadingNow(): boolean;
  /** Stand for election, and again after each loss. */
  start(): void;
  /** Stop leading, give the lease up for others to take at once, and stand no more. */
  release(): Promise<void>;
}

/** What was last seen of the lease, and when by our clock. */
interface Observation {
  readonly lease: Lease;
  readonly atMs: number;
}

class Elector implements LeaderElector {
  readonly isLeader: SourceCell<boolean> = sourceCell(false);
  readonly leader: SourceCell<string> = sourceCell('');
  readonly problem: SourceCell<KubeError | undefined> = sourceCell<KubeError | undefined>(undefined);
  readonly #client: KubeClient;
  readonly #options: LeaderElectorOptions;
  readonly #clock: Scheduler;
  #observed: Observation | undefined;
  /** We lead until then, by our clock. */
  #leadingUntilMs = -Infinity;
  #running = false;
  #attempt: Promise<void> = Promise.resolve();
  #cancelNext: Cancel | undefined;
  #cancelDeadline: Cancel | undefined;

  constructor(client: KubeClient, options: LeaderElectorOptions) {
    const { leaseDurationMs, renewDeadlineMs, retryPeriodMs, name } = options;
    if (!(leaseDurationMs >= 1000 && renewDeadlineMs < leaseDurationMs && retryPeriodMs < renewDeadlineMs && retryPeriodMs > 0)) {
      throw new KubeError(
        'KUBE_BAD_CONFIG',
        `lease ${name}: wanted retry period (${retryPeriodMs} ms) < renew deadline (${renewDeadlineMs} ms) < lease duration (${leaseDurationMs} ms, at least 1000)`,
      );
    }
    this.#client = client;
    this.#options = options;
    this.#clock = options.clock ?? systemScheduler();
  }

  isLeadingNow(): boolean {
    return this.#clock.now() < this.#leadingUntilMs;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#tryNow();
  }

  async release(): Promise<void> {
    this[Symbol.dispose]();
    // An attempt under way may still win the lease.
    await this.#attempt;
    await this.#giveUp();
  }

  [Symbol.dispose](): void {
    this.#running = false;
    this.#cancelNext?.();
    this.#stopLeading();
  }

  #tryNow(): void {
    this.#attempt = this.#tryOnce().then(() => {
      if (!this.#running) return;
      const jitter = 1 + 0.2 * (this.#options.random ?? Math.random)();
      this.#cancelNext = this.#clock.setTimeout(() => this.#tryNow(), this.#options.retryPeriodMs * jitter);
    });
  }

  async #tryOnce(): Promise<void> {
    const startedMs = this.#clock.now();
    try {
      const lease = await this.#acquireOrRenew();
      this.problem.set(undefined);
      if (lease === undefined) this.#stopLeading();
      else if (this.#running) this.#lead(startedMs);
    } catch (thrown) {
      // A failure says nothing about who leads; the deadline does.
      this.problem.set(asKubeError(`lease ${this.#options.namespace}/${this.#options.name}`, thrown));
    }
  }

  /** @returns the lease when it is ours now */
  async #acquireOrRenew(): Promise<Lease | undefined> {
    const known = this.#observed?.lease;
    // The leader knows the lease as it wrote it: one request, not two.
    if (known !== undefined && this.isLeadingNow()) {
      const renewed = await this.#write(known);
      if (renewed !== undefined) return renewed;
    }
    const lease = await this.#read();
    if (lease === undefined) return this.#create();
    this.#observe(lease);
    return this.#isMine(lease) || this.#isUp() ? this.#write(lease) : undefined;
  }

  async #read(): Promise<Lease | undefined> {
    try {
      return await this.#client.get(resources.lease, `${this.#options.namespace}/${this.#options.name}`, this.#bounded);
    } catch (error) {
      if (error instanceof KubeError && error.code === 'KUBE_NOT_FOUND') return undefined;
      throw error;
    }
  }

  async #create(): Promise<Lease | undefined> {
    const { namespace, name } = this.#options;
    return this.#unlessBeaten(() =>
      this.#client.create(resources.lease, { metadata: { namespace, name }, spec: this.#spec(undefined) }, this.#bounded),
    );
  }

  async #write(lease: Lease): Promise<Lease | undefined> {
    return this.#unlessBeaten(() => this.#client.replace(resources.lease, { ...lease, spec: this.#spec(lease) }, this.#bounded));
  }

  /** Another candidate may have written since we read; then it is not ours. */
  async #unlessBeaten(write: () => Promise<Lease>): Promise<Lease | undefined> {
    try {
      const lease = await write();
      this.#observe(lease);
      return lease;
    } catch (error) {
      if (error instanceof KubeError && (error.code === 'KUBE_CONFLICT' || error.code === 'KUBE_EXISTS' || error.code === 'KUBE_NOT_FOUND'))
        return undefined;
      throw error;
    }
  }

  /** An attempt that hangs leaves time for another before the deadline. */
  get #bounded(): { readonly timeoutMs: number } {
    return { timeoutMs: this.#options.renewDeadlineMs / 2 };
  }

  #observe(lease: Lease): void {
    const before = this.#observed?.lease.metadata;
    const isSame = before?.resourceVersion === lease.metadata.resourceVersion && before?.uid === lease.metadata.uid;
    if (!isSame) this.#observed = { lease, atMs: this.#clock.now() };
    this.leader.set(lease.spec?.holderIdentity ?? '');
  }

  #isMine(lease: Lease): boolean {
    return lease.spec?.holderIdentity === this.#options.identity;
  }

  /** Nobody holds the lease, or its holder has not renewed it for as long as it lasts. */
  #isUp(): boolean {
    if (this.#observed === undefined) return false;
    const { lease, atMs } = this.#observed;
    if ((lease.spec?.holderIdentity ?? '') === '') return true;
    const lastsMs = (lease.spec?.leaseDurationSeconds ?? 0) * 1000 || this.#options.leaseDurationMs;
    return this.#clock.now() - atMs >= lastsMs;
  }

  #spec(lease: Lease | undefined): NonNullable<Lease['spec']> {
    const now = microTime(this.#options.wallClock?.() ?? new Date());
    const old = lease?.spec;
    const isMine = lease !== undefined && this.#isMine(lease);
    return {
      holderIdentity: this.#options.identity,
      leaseDurationSeconds: Math.ceil(this.#options.leaseDurationMs / 1000),
      acquireTime: (isMine ? old?.acquireTime : undefined) ?? now,
      renewTime: now,
      leaseTransitions: (old?.leaseTransitions ?? 0) + (lease === undefined || isMine ? 0 : 1),
    };
  }

  #lead(renewedMs: number): void {
    this.#leadingUntilMs = renewedMs + this.#options.renewDeadlineMs;
    const leftMs = this.#leadingUntilMs - this.#clock.now();
    if (leftMs <= 0) return this.#stopLeading();
    this.#cancelDeadline?.();
    this.#cancelDeadline = this.#clock.setTimeout(() => this.#stopLeading(), leftMs);
    this.isLeader.set(true);
  }

  #stopLeading(): void {
    this.#cancelDeadline?.();
    this.#leadingUntilMs = -Infinity;
    this.isLeader.set(false);
  }

  async #giveUp(): Promise<void> {
    const lease = this.#observed?.lease;
    if (lease === undefined || !this.#isMine(lease)) return;
    const spec = { ...this.#spec(lease), holderIdentity: '', leaseDurationSeconds: 1 };
    try {
      await this.#client.replace(resources.lease, { ...lease, spec }, this.#bounded);
    } catch (thrown) {
      // Others then wait for the lease to end by itself.
      this.problem.set(asKubeError(`release lease ${this.#options.namespace}/${this.#options.name}`, thrown));
    }
  }
}

/** RFC 3339 with six digits. @source Kubernetes meta/v1 MicroTime */
function microTime(date: Date): string {
  return date.toISOString().replace('Z', '000Z');
}

/**
 * A candidate for the Lease `namespace/name`.
 *
 * @throws {KubeError} KUBE_BAD_CONFIG when the times are not in order
 */
export function leaderElector(client: KubeClient, options: LeaderElectorOptions): LeaderElector {
  return new Elector(client, options);
}
