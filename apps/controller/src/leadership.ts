/**
 * Joins the lease to the term: a term begins when we hold the lease and our view of the world is complete, and ends at once when the
 * lease is lost. A leader whose view of OVN stays stale gives the lease up, for another replica may see better.
 */
import { type Cancel, type Cell, formula, type Scheduler, sourceCell, watchCell } from '@kube-ovn/dataflow';
import type { LeaderElector } from '@kube-ovn/kube';
import type { Log } from './ports.ts';
import type { Term } from './term.ts';

export interface LeadershipOptions {
  readonly elector: Pick<LeaderElector, 'isLeader' | 'problem' | 'start' | 'release'>;
  /** Caches are synced and the replica is live. */
  readonly isReady: Cell<boolean>;
  /**
   * @param hasFollowed all that has changed since an earlier term of this process was seen as it changed: what has no object any more was
   *   deleted, and the list of objects is not one of a sick server
   */
  readonly startTerm: (hasFollowed: boolean) => Promise<Term>;
  readonly scheduler: Scheduler;
  readonly log: Log;
}

/** How long a leader waits for its view to come back before it lets another try. */
const staleLimitMs = 15_000;
const retryMs = 1000;

export interface NorthboundTotals {
  readonly operations: number;
  readonly transactions: number;
  readonly refused: number;
}

export class Leadership {
  readonly #options: LeadershipOptions;
  readonly #term = sourceCell<Term | undefined>(undefined);
  readonly #subscriptions: Disposable[] = [];
  /** Beginning and end of terms, one after the other. */
  #work: Promise<void> = Promise.resolve();
  #staleTimer: Cancel | undefined;
  #isStanding = false;
  /** Of terms that have ended. */
  #ended: NorthboundTotals = { operations: 0, transactions: 0, refused: 0 };
  #operationsOnResync = 0;
  #isStopped = false;
  #hasFollowed = false;

  constructor(options: LeadershipOptions) {
    this.#options = options;
  }

  /** The term that runs, if any. */
  get term(): Cell<Term | undefined> {
    return this.#term;
  }

  /** Counters over all terms of this process. */
  get northboundTotals(): NorthboundTotals {
    const term = this.#term.peek();
    return term === undefined ? this.#ended : this.#totalsWith(term);
  }

  /** Operations sent between the beginning of a term, or the return of the database, and the moment when all was written. */
  get operationsOnResync(): number {
    return this.#operationsOnResync;
  }

  /** A replica stands for election once its view is complete: a blind leader would only delay the others. */
  start(): void {
    const { elector, isReady } = this.#options;
    const shouldAct = formula(() => elector.isLeader.value && isReady.value);
    this.#subscriptions.push(
      watchCell(isReady, (ready) => this.#viewChanged(ready)),
      watchCell(elector.isLeader, (isLeader) => this.#enqueue(() => (isLeader ? this.#maybeBegin() : this.#end()))),
      watchCell(shouldAct, (act) => act && this.#enqueue(() => this.#maybeBegin())),
    );
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
    this.#staleTimer?.();
    this.#enqueue(() => this.#end());
    await this.#work;
    await this.#options.elector.release();
  }

  #viewChanged(ready: boolean): void {
    this.#staleTimer?.();
    this.#staleTimer = undefined;
    if (ready) {
      const term = this.#term.peek();
      if (term !== undefined) this.#countResync(term);
      if (!this.#isStanding) this.#options.elector.start();
      this.#isStanding = true;
      return;
    }
    this.#hasFollowed = false;
    if (this.#isStanding) {
      this.#staleTimer = this.#options.scheduler.setTimeout(() => this.#giveUp(), staleLimitMs);
    }
  }

  #giveUp(): void {
    this.#options.log.warn({ staleMs: staleLimitMs }, 'view of the cluster is stale: lease given up');
    this.#isStanding = false;
    this.#enqueue(async () => {
      await this.#end();
      await this.#options.elector.release();
    });
  }

  #enqueue(work: () => Promise<void>): void {
    this.#work = this.#work.then(work).catch((error: unknown) => {
      this.#options.log.error({ error }, 'change of leadership failed');
      if (!this.#isStopped) this.#options.scheduler.setTimeout(() => this.#enqueue(() => this.#maybeBegin()), retryMs);
    });
  }

  async #maybeBegin(): Promise<void> {
    const { elector, isReady, startTerm, log } = this.#options;
    if (this.#isStopped || this.#term.peek() !== undefined || !elector.isLeader.peek() || !isReady.peek()) return;
    log.info({}, 'elected leader: term begins');
    const term = await startTerm(this.#hasFollowed);
    this.#term.set(term);
    this.#countResync(term);
    if (!elector.isLeader.peek()) await this.#end();
  }

  #totalsWith(term: Term): NorthboundTotals {
    const { operations, transactions, refused } = this.#ended;
    const { stats } = term.northbound.synchronizer;
    return { operations: operations + stats.operations, transactions: transactions + stats.transactions, refused: refused + stats.refused };
  }

  #countResync(term: Term): void {
    const { synchronizer } = term.northbound;
    const before = synchronizer.stats.operations;
    void synchronizer.settled().then(() => {
      this.#operationsOnResync += synchronizer.stats.operations - before;
    });
  }

  async #end(): Promise<void> {
    const term = this.#term.peek();
    if (term === undefined) return;
    this.#term.set(undefined);
    this.#ended = this.#totalsWith(term);
    this.#hasFollowed = !term.northbound.synchronizer.stats.brakeEngaged && this.#options.isReady.peek();
    await term[Symbol.asyncDispose]();
    const cause = this.#options.elector.problem.peek()?.message;
    this.#options.log.info({ ...(cause !== undefined && { cause }) }, 'term ended: nothing is written any more');
  }
}
