/**
 * Writing what a table says to somewhere that answers later.
 *
 * At most one pending change per key, and one flush in flight (or as many as allowed, never two with the same key): what
 * changes meanwhile goes out together in the next.
 * A key that fails is tried again after a wait of its own, with the value that the table then has; other keys go on.
 */
import { type Backoff, backoffMs } from './backoff.ts';
import { type Cell, sourceCell } from './cell.ts';
import { asError } from './errors.ts';
import { observe, watchCell } from './observe.ts';
import { sourceTable } from './source-table.ts';
import type { Table } from './table.ts';

/** Takes back a timer; after that it does not fire. */
export type Cancel = () => void;

/** Time as a port. */
export interface Scheduler {
  /** Milliseconds; only differences count. */
  now(): number;
  setTimeout(f: () => void, ms: number): Cancel;
  queueMicrotask(f: () => void): void;
}

/** How a sink writes. */
export interface SinkOptions<V> {
  /**
   * Write the changes (`undefined` = gone).
   *
   * @returns the keys that failed and why; a rejection means that all of them failed
   */
  readonly flush: (changes: ReadonlyMap<string, V | undefined>) => Promise<void | ReadonlyMap<string, Error>>;
  readonly scheduler: Scheduler;
  readonly backoff: Backoff;
  /** Nothing is flushed while this is false: for "sources are in sync". Default: always ready. */
  readonly ready?: Cell<boolean>;
  /** Most keys in one flush; default no limit. */
  readonly maxKeys?: number;
  /** Most flushes in flight; default 1. With `maxKeys: 1` each key goes its own way. */
  readonly maxFlushes?: number;
}

/** A table's way out. */
export interface Sink extends Disposable {
  /** Nothing is pending, in flight or waiting for another try. */
  readonly idle: Cell<boolean>;
  /** Age of the oldest change that is not written yet, in milliseconds; 0 when idle. */
  readonly oldestPendingMs: number;
  /** The keys whose last attempt failed, and why. */
  readonly failures: Table<Error>;
  /** Resolves when idle, or when disposed. */
  settled(): Promise<void>;
}

interface Pending {
  readonly sinceMs: number;
  /** Not before this time. */
  notBeforeMs: number;
}

class TableSink<V> implements Sink {
  readonly #table: Table<V>;
  readonly #options: SinkOptions<V>;
  readonly #pending = new Map<string, Pending>();
  readonly #failed = new Map<string, { failures: number; readonly atMs: number }>();
  readonly #idle = sourceCell(true);
  readonly #failures = sourceTable<Error>('sink failures');
  readonly #subscriptions: Disposable[] = [];
  readonly #inFlight = new Map<string, Pending>();
  #flushes = 0;
  #waiters: (() => void)[] = [];
  #scheduled = false;
  #disposed = false;
  #cancelTimer: Cancel | undefined;

  constructor(table: Table<V>, options: SinkOptions<V>) {
    this.#table = table;
    this.#options = options;
    this.#subscriptions.push(observe(table, (key) => this.#changed(key)));
    if (options.ready !== undefined) this.#subscriptions.push(watchCell(options.ready, () => this.#schedule()));
  }

  get idle(): Cell<boolean> {
    return this.#idle;
  }

  get failures(): Table<Error> {
    return this.#failures;
  }

  get oldestPendingMs(): number {
    let oldest = Infinity;
    for (const { sinceMs } of this.#pending.values()) oldest = Math.min(oldest, sinceMs);
    for (const { sinceMs } of this.#inFlight.values()) oldest = Math.min(oldest, sinceMs);
    return oldest === Infinity ? 0 : this.#options.scheduler.now() - oldest;
  }

  settled(): Promise<void> {
    if (this.#disposed || this.#isIdle) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
    this.#cancelTimer?.();
    this.#pending.clear();
    this.#wakeWaiters();
  }

  get #isIdle(): boolean {
    return this.#pending.size === 0 && this.#inFlight.size === 0;
  }

  /** A changed value is tried soon even after many failures, but never more often than the shortest wait. */
  #changed(key: string): void {
    const now = this.#options.scheduler.now();
    const failed = this.#failed.get(key);
    if (failed !== undefined) failed.failures = 0;
    const notBeforeMs = failed === undefined ? now : failed.atMs + this.#options.backoff.minMs;
    this.#pending.set(key, { sinceMs: this.#pending.get(key)?.sinceMs ?? now, notBeforeMs });
    this.#idle.set(false);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || this.#disposed) return;
    this.#scheduled = true;
    this.#options.scheduler.queueMicrotask(() => {
      this.#scheduled = false;
      this.#start();
    });
  }

  #start(): void {
    if (this.#disposed || this.#options.ready?.peek() === false) return;
    while (this.#flushes < (this.#options.maxFlushes ?? 1)) {
      const due = this.#takeDue();
      if (due.length === 0) return this.#waitForNextDue();
      this.#flushes++;
      const changes = new Map(due.map((key) => [key, this.#table.peek(key)]));
      void this.#flush(changes).then((failed) => this.#finish(due, failed));
    }
  }

  /** @returns the keys that are due now; they count as in flight */
  #takeDue(): readonly string[] {
    const due: string[] = [];
    const now = this.#options.scheduler.now();
    for (const [key, pending] of this.#pending) {
      if (due.length === (this.#options.maxKeys ?? Infinity)) break;
      if (pending.notBeforeMs > now || this.#inFlight.has(key)) continue;
      due.push(key);
      this.#inFlight.set(key, pending);
      this.#pending.delete(key);
    }
    return due;
  }

  #waitForNextDue(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    let next = Infinity;
    for (const [key, { notBeforeMs }] of this.#pending) if (!this.#inFlight.has(key)) next = Math.min(next, notBeforeMs);
    if (next === Infinity) return;
    // Whole milliseconds: a clock that counts fractions could come out a hair before the time, again and again.
    const waitMs = Math.max(0, Math.ceil(next - this.#options.scheduler.now()));
    this.#cancelTimer = this.#options.scheduler.setTimeout(() => this.#start(), waitMs);
  }

  async #flush(changes: ReadonlyMap<string, V | undefined>): Promise<ReadonlyMap<string, Error>> {
    try {
      return (await this.#options.flush(changes)) ?? new Map<string, Error>();
    } catch (thrown) {
      const error = asError(thrown);
      return new Map([...changes.keys()].map((key) => [key, error]));
    }
  }

  #finish(keys: readonly string[], failed: ReadonlyMap<string, Error>): void {
    this.#flushes--;
    for (const key of keys) {
      const sinceMs = this.#inFlight.get(key)?.sinceMs ?? 0;
      this.#inFlight.delete(key);
      if (this.#disposed) continue;
      const error = failed.get(key);
      if (error === undefined) this.#succeeded(key);
      else this.#retryLater(key, sinceMs, error);
    }
    if (this.#disposed) return;
    if (this.#isIdle) {
      this.#idle.set(true);
      this.#wakeWaiters();
    } else {
      this.#start();
    }
  }

  #succeeded(key: string): void {
    this.#failed.delete(key);
    this.#failures.delete(key);
  }

  /** If the key changed while in flight, the change is pending already and only has to keep the shortest wait. */
  #retryLater(key: string, sinceMs: number, error: Error): void {
    const now = this.#options.scheduler.now();
    const changedMeanwhile = this.#pending.has(key);
    const failures = changedMeanwhile ? 0 : (this.#failed.get(key)?.failures ?? 0) + 1;
    this.#failed.set(key, { failures, atMs: now });
    this.#failures.set(key, error);
    const waitMs = backoffMs(this.#options.backoff, Math.max(1, failures));
    this.#pending.set(key, { sinceMs, notBeforeMs: now + waitMs });
  }

  #wakeWaiters(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }
}

/** Write every change of `table` through `options.flush`, what is in it now included. */
export function sink<V>(table: Table<V>, options: SinkOptions<V>): Sink {
  return new TableSink(table, options);
}
