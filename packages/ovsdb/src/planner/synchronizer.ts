/**
 * Keeps a database equal to what is wanted: one transaction in flight, everything that changed meanwhile in the next; of a
 * refused batch the culprit is held back, after splitting where the server does not name it; an unknown outcome is resolved by planning anew on the replica.
 */
import { asOvsdbError } from '../errors.ts';
import type { OvsdbError } from '../errors.ts';
import type { OperationResult } from '../operation.ts';
import type { CancelTimer, Clock } from '../ports.ts';
import { backoffDelay } from '../session/backoff.ts';
import type { DatabaseClient } from '../session/database-client.ts';
import type { Fragment } from './fragment.ts';
import { Planner } from './planner.ts';
import type { Plan, PlannerOptions } from './planner.ts';
import type { ReportListener } from './problem-book.ts';
import { ownersOf, seedName } from './union.ts';
import type { Seed } from './union.ts';

/** Counters and gauges of a synchronizer. */
export interface SynchronizerStats {
  /** Operations sent. */
  readonly operations: number;
  /** Transactions sent. */
  readonly transactions: number;
  /** Transactions that the server refused. */
  readonly refused: number;
  readonly brakeEngaged: boolean;
  readonly pendingOwners: number;
  /** Age of the oldest change that is not in the database, in milliseconds; 0 when there is none. */
  readonly oldestPendingMs: number;
}

/** Planner and client together. */
export interface Synchronizer extends AsyncDisposable {
  /** Replace what an owner wants; undefined = nothing. The same object again costs nothing. */
  want(owner: string, fragment: Fragment | undefined): void;
  /** Nothing is sent before the first `true`: it says that the sources of fragments are complete. */
  setReady(ready: boolean): void;
  /** Called when an owner's problem appears, changes or is gone. */
  onReport(listener: ReportListener): () => void;
  /** The problem of an owner, if it has one. */
  problem(owner: string): OvsdbError | undefined;
  /** True when everything the owner wants is in the database, and nothing it wanted before. */
  realised(owner: string): boolean;
  /** Resolves once nothing is left to send but what is refused or lacks something. */
  settled(): Promise<void>;
  /** Let the safety brake go. */
  releaseBrake(): void;
  readonly stats: SynchronizerStats;
}

/** What `synchronize` works on. */
export interface SynchronizerOptions extends Omit<PlannerOptions, 'replica'> {
  readonly client: DatabaseClient;
  readonly clock: Clock;
  /** About how many rows, columns and elements go into one transaction. Default 2000. */
  readonly maxActions?: number;
  /** The limit of a transaction as of `RequestOptions`; the planner's never wait. Default 30000; 0 is no limit. */
  readonly answerLimitMs?: number;
}

const ANSWER_LIMIT_MS = 30_000;
const RETRY = { firstMs: 100, maxMs: 60_000 };
/** A server that follows RFC 7047 as ovsdb-server does shows an effect before it answers; others get so long. */
const SHOW_EFFECT_MS = 1000;
/** A lost race is no problem to report unless it repeats. */
const RACES_BEFORE_REPORT = 4;

/** Keep a database equal to what is wanted. The client stays the caller's to close. */
export function synchronize(options: SynchronizerOptions): Synchronizer {
  return new PlannerSynchronizer(options);
}

class PlannerSynchronizer implements Synchronizer {
  readonly #options: SynchronizerOptions;
  readonly #planner: Planner;
  readonly #listeners = new Set<ReportListener>();
  readonly #attempts = new Map<Seed, number>();
  readonly #timers = new Set<CancelTimer>();
  readonly #endings: (() => void)[] = [];
  #settledWaiters: (() => void)[] = [];
  /** Parts of a refused batch, to be sent by themselves. */
  #parts: (readonly Seed[])[] = [];
  #isReady = false;
  #isScheduled = false;
  #isInFlight = false;
  #isClosed = false;
  #failures = 0;
  #blocks = 0;
  #pendingSinceMs: number | undefined;
  #counts = { operations: 0, transactions: 0, refused: 0 };

  constructor(options: SynchronizerOptions) {
    this.#options = options;
    const { replica } = options.client;
    this.#planner = new Planner({ ...options, replica });
    this.#endings.push(
      replica.onChange(() => this.#schedule()),
      replica.onState(() => this.#schedule()),
    );
  }

  get stats(): SynchronizerStats {
    const since = this.#pendingSinceMs;
    return {
      ...this.#counts,
      brakeEngaged: this.#planner.isBrakeEngaged,
      pendingOwners: this.#planner.pendingOwners().size,
      oldestPendingMs: since === undefined ? 0 : this.#options.clock.now() - since,
    };
  }

  want(owner: string, fragment: Fragment | undefined): void {
    this.#planner.want(owner, fragment);
    this.#schedule();
  }

  setReady(ready: boolean): void {
    this.#isReady = ready;
    if (ready) this.#schedule();
  }

  onReport(listener: ReportListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  problem(owner: string): OvsdbError | undefined {
    return this.#planner.problems.of(owner);
  }

  realised(owner: string): boolean {
    return this.#isReady && this.#options.client.replica.state.name === 'live' && this.#planner.realised(owner);
  }

  settled(): Promise<void> {
    if (this.#isSettled()) return Promise.resolve();
    this.#schedule();
    return new Promise((resolve) => {
      this.#settledWaiters.push(resolve);
    });
  }

  releaseBrake(): void {
    this.#planner.releaseBrake();
    this.#schedule();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    for (const end of this.#endings) end();
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
    this.#planner.dispose();
    return Promise.resolve();
  }

  /** Changes of one turn of the event loop are planned together. */
  #schedule(): void {
    if (!this.#planner.isIdle) this.#pendingSinceMs ??= this.#options.clock.now();
    if (this.#isScheduled || this.#isClosed) return;
    this.#isScheduled = true;
    void Promise.resolve().then(() => {
      this.#isScheduled = false;
      this.#flush();
    });
  }

  #canSend(): boolean {
    return (
      this.#isReady && !this.#isClosed && !this.#isInFlight && this.#blocks === 0 && this.#options.client.replica.state.name === 'live'
    );
  }

  #flush(): void {
    if (!this.#canSend()) return;
    if (this.#planner.awaitingCount > 0) return;
    const only = this.#parts.pop();
    const { maxActions } = this.#options;
    const plan = this.#planner.plan({ ...(only === undefined ? {} : { only }), ...(maxActions === undefined ? {} : { maxActions }) });
    this.#planner.problems.publish(this.#listeners);
    if (plan.operations.length > 0) this.#send(plan);
    else if (this.#parts.length > 0 || only !== undefined) this.#schedule();
    else this.#rest();
  }

  #rest(): void {
    if (!this.#isSettled()) return;
    this.#pendingSinceMs = undefined;
    const waiters = this.#settledWaiters;
    this.#settledWaiters = [];
    for (const resolve of waiters) resolve();
  }

  #isSettled(): boolean {
    return this.#canSend() && !this.#isScheduled && this.#parts.length === 0 && this.#planner.isIdle;
  }

  #send(plan: Plan): void {
    this.#isInFlight = true;
    this.#counts.transactions++;
    this.#counts.operations += plan.operations.length;
    const { client, answerLimitMs = ANSWER_LIMIT_MS } = this.#options;
    client.transact(plan.operations, { answerLimitMs }).then(
      (results) => this.#done(() => this.#committed(plan, results)),
      (error: unknown) => this.#done(() => this.#failed(plan, asOvsdbError(error, 'OVSDB_SERVER_ERROR', 'transact'))),
    );
  }

  #done(act: () => void): void {
    this.#isInFlight = false;
    if (this.#isClosed) return;
    act();
    this.#planner.problems.publish(this.#listeners);
    this.#schedule();
  }

  #committed(plan: Plan, results: readonly OperationResult[]): void {
    this.#failures = 0;
    for (const seed of plan.acting) {
      this.#attempts.delete(seed);
      this.#planner.problems.clear(seed, 'refused');
    }
    // An update or mutate that met no row: the row went away meanwhile, so the rest is planned on what is there now.
    const missed = plan.operations.some(({ op }, index) => (op === 'update' || op === 'mutate') && results[index]?.count === 0);
    if (missed) this.#planner.undo(plan);
    else if (this.#planner.awaitingCount > 0) this.#after(SHOW_EFFECT_MS, () => this.#planner.giveUpAwaiting());
  }

  #failed(plan: Plan, error: OvsdbError): void {
    this.#planner.undo(plan);
    if (error.retry === 'later' || error.code === 'OVSDB_CLOSED') {
      // Nothing is wrong with the plan. Without a connection the replica's next state calls; else a pause does.
      this.#parts = [];
      const release = this.#block();
      this.#after(
        backoffDelay(this.#failures++, { firstMs: RETRY.firstMs, maxMs: 5000 }, () => 0.5),
        release,
      );
      return;
    }
    this.#counts.refused++;
    // Where the commit as a whole was refused, `index` is beyond the operations and the server's words may name one of them.
    const at = error.culprit ?? error.index;
    const culprit = at === undefined ? undefined : plan.seedOf[at];
    if (culprit !== undefined) this.#refuse(culprit, error);
    else if (plan.units.length === 1 && plan.units[0] !== undefined) this.#refuse(plan.units[0], error);
    else this.#split(plan);
    if (culprit !== undefined && plan.units.length > 1) this.#parts.push(plan.units);
  }

  #split(plan: Plan): void {
    const middle = Math.ceil(plan.units.length / 2);
    this.#parts.push(plan.units.slice(middle), plan.units.slice(0, middle));
  }

  #refuse(seed: Seed, error: OvsdbError): void {
    const attempt = this.#attempts.get(seed) ?? 0;
    this.#attempts.set(seed, attempt + 1);
    this.#planner.hold(seed);
    const isRace = error.code === 'OVSDB_TIMED_OUT';
    if (!isRace || attempt >= RACES_BEFORE_REPORT) {
      const owners = ownersOf(seed);
      this.#planner.problems.set(seed, 'refused', { owners: owners.length > 0 ? owners : [seedName(seed)], error });
    }
    this.#after(
      backoffDelay(attempt, RETRY, () => 0.5),
      () => this.#planner.letGo(seed),
    );
  }

  /** Send nothing until the returned function is called. */
  #block(): () => void {
    this.#blocks++;
    return () => {
      this.#blocks--;
    };
  }

  #after(delayMs: number, act: () => void): void {
    const cancel = this.#options.clock.setTimeout(() => {
      this.#timers.delete(cancel);
      act();
      this.#schedule();
    }, delayMs);
    this.#timers.add(cancel);
  }
}
