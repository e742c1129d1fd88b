/** Single values: sources that are set, and formulas that follow from what they read. */
import {
  advanceEpoch,
  announce,
  assertWritable,
  type Dependency,
  dropReads,
  enqueue,
  epoch,
  evaluate,
  evaluateCold,
  flush,
  isTracking,
  type Reader,
  settle,
  track,
  trackUnfinished,
  Unit,
} from './graph.ts';
import { asError, DataflowError } from './errors.ts';
import type { Link } from 'alien-signals/system';

/** A value that changes over time. */
export interface Cell<T> {
  /** The value now; inside a formula, the read is recorded. */
  readonly value: T;
  /** The value now, never recorded. */
  peek(): T;
}

/** A cell that is set from outside. */
export interface SourceCell<T> extends Cell<T> {
  set(next: T): void;
}

/** Whether two values are to be taken as the same, so that nothing need be told. Default: `Object.is`. */
export type Equals<T> = (a: T, b: T) => boolean;

/** The link fields that alien-signals keeps on a node, and the unit the node belongs to. */
abstract class CellUnit extends Unit implements Dependency {
  deps?: Link;
  depsTail?: Link;
  subs?: Link;
  subsTail?: Link;
  flags = 0;

  get unit(): Unit {
    return this;
  }

  abstract unwatched(): void;

  eachReader(visit: (unit: Unit) => void): void {
    for (let at = this.subs; at !== undefined; at = at.nextSub) visit((at.sub as Reader).unit);
  }
}

class Source<T> extends CellUnit implements SourceCell<T> {
  #value: T;
  /** The value when the change under way began. */
  #before: { readonly value: T } | undefined;
  readonly #equals: Equals<T>;

  constructor(initial: T, equals: Equals<T>) {
    super();
    this.#value = initial;
    this.#equals = equals;
  }

  get value(): T {
    track(this);
    return this.#value;
  }

  peek(): T {
    return this.#value;
  }

  set(next: T): void {
    assertWritable('a source cell');
    if (this.#equals(this.#value, next)) return;
    this.#before ??= { value: this.#value };
    this.#value = next;
    enqueue(this);
    settle();
  }

  drain(): void {
    const before = this.#before;
    this.#before = undefined;
    if (before === undefined || this.#equals(before.value, this.#value)) return;
    advanceEpoch();
    announce(this);
  }

  unwatched(): void {}
}

type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: Error };

/**
 * A formula is *hot* while somebody who is told of changes reads it: then it holds links to what it reads. Otherwise it
 * is *cold*: it holds none (so it can be collected), and its last result serves until any source changes.
 */
class Formula<T> extends CellUnit implements Cell<T>, Reader {
  #hot = false;
  #running = false;
  #result: Result<T> | undefined;
  #epoch = -1;
  readonly #compute: () => T;
  readonly #equals: Equals<T>;

  constructor(compute: () => T, equals: Equals<T>) {
    super();
    this.#compute = compute;
    this.#equals = equals;
  }

  get value(): T {
    // What this formula reads is brought up to date in the midst of it, and with that its other readers: they come again when it is done.
    if (this.#running) trackUnfinished(this);
    this.#assertNotRunning();
    if (!isTracking()) return this.peek();
    if (!this.#hot) {
      this.#hot = true;
      this.#update();
      announce(this);
    }
    track(this);
    return unwrap(this.#result);
  }

  peek(): T {
    this.#assertNotRunning();
    if (this.#hot) {
      flush(this.level);
      return unwrap(this.#result);
    }
    flush(0);
    if (this.#epoch !== epoch()) {
      this.#result = this.#run((compute) => evaluateCold(compute));
      this.#epoch = epoch();
    }
    return unwrap(this.#result);
  }

  changed(): void {
    enqueue(this);
  }

  drain(): void {
    if (this.#hot && this.#update()) announce(this);
  }

  unwatched(): void {
    this.#hot = false;
    this.#epoch = -1;
    dropReads(this);
  }

  /** @returns whether the result differs from the one before */
  #update(): boolean {
    const before = this.#result;
    this.#result = this.#run((compute) => evaluate(this, compute));
    return before === undefined || !isSameResult(before, this.#result, this.#equals);
  }

  #run(how: (compute: () => T) => T): Result<T> {
    this.#running = true;
    try {
      return { ok: true, value: how(this.#compute) };
    } catch (thrown) {
      return { ok: false, error: asError(thrown) };
    } finally {
      this.#running = false;
    }
  }

  #assertNotRunning(): void {
    if (this.#running) throw new DataflowError('DATAFLOW_CYCLE', 'a formula reads its own result');
  }
}

function isSameResult<T>(a: Result<T>, b: Result<T>, equals: Equals<T>): boolean {
  if (a.ok && b.ok) return equals(a.value, b.value);
  return !a.ok && !b.ok && a.error.name === b.error.name && a.error.message === b.error.message;
}

function unwrap<T>(result: Result<T> | undefined): T {
  if (result === undefined) throw new Error('bug: formula read before it was evaluated');
  if (!result.ok) throw result.error;
  return result.value;
}

/** A cell to be set from outside. Setting a value that `equals` the present one does nothing. */
export function sourceCell<T>(initial: T, options?: { readonly equals?: Equals<T> }): SourceCell<T> {
  return new Source(initial, options?.equals ?? Object.is);
}

/**
 * A cell whose value follows from what `compute` reads. It is evaluated when first read, and again only when something
 * it read has changed. What `compute` throws is thrown to whoever reads the cell, until a change mends it.
 *
 * @param compute pure: reads cells and tables, writes nothing
 */
export function formula<T>(compute: () => T, options?: { readonly equals?: Equals<T> }): Cell<T> {
  return new Formula(compute, options?.equals ?? Object.is);
}
