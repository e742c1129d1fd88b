/** Telling the outside of settled changes. */
import { type Cell, type Equals } from './cell.ts';
import { asError } from './errors.ts';
import { batch, dropReads, evaluate, forgetObserver, notifyLater, type Observer, type Reader, settle, Unit } from './graph.ts';
import { type Listener, type Store, storeOf, type Table } from './table.ts';
import type { Link } from 'alien-signals/system';

/** Stands above every unit: observers are told after all of them. */
class Outside extends Unit {
  override level = Infinity;

  drain(): void {}

  eachReader(): void {}
}

class TableObserver<V> implements Observer, Disposable {
  readonly #store: Store<V>;
  readonly #changed: (key: string, value: V | undefined) => void;
  readonly #listener: Listener<V>;
  /** Touched keys, with what was last told of them. */
  #touched = new Map<string, V | undefined>();
  #told: [string, V | undefined][] = [];

  constructor(store: Store<V>, changed: (key: string, value: V | undefined) => void, skipInitial: boolean) {
    this.#store = store;
    this.#changed = changed;
    this.#listener = { unit: new Outside(), touched: (key, before) => this.#touch(key, before) };
    store.follow(this.#listener);
    if (skipInitial) return;
    for (const key of store.values.keys()) this.#touch(key, undefined);
    settle();
  }

  #touch(key: string, before: V | undefined): void {
    if (!this.#touched.has(key)) this.#touched.set(key, before);
    notifyLater(this);
  }

  collect(): void {
    for (const [key, before] of this.#touched) {
      const value = this.#store.values.get(key);
      if (!this.#store.isSame(before, value)) this.#told.push([key, value]);
    }
    this.#touched.clear();
  }

  deliver(): void {
    const told = this.#told;
    this.#told = [];
    const errors: unknown[] = [];
    batch(() => {
      for (const [key, value] of told) {
        try {
          this.#changed(key, value);
        } catch (error) {
          errors.push(error);
        }
      }
    });
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1) throw new AggregateError(errors, `an observer of ${this.#store.name} failed for ${errors.length} keys`);
  }

  [Symbol.dispose](): void {
    this.#store.unfollow(this.#listener);
    forgetObserver(this);
    this.#touched.clear();
    this.#told = [];
  }
}

class CellWatcher<T> implements Reader, Observer, Disposable {
  deps?: Link;
  depsTail?: Link;
  flags = 0;
  readonly unit: Unit = new Outside();
  readonly #cell: Cell<T>;
  readonly #options: WatchOptions<T>;
  #told: { readonly value: T } | undefined;
  #next: (() => void) | undefined;

  constructor(cell: Cell<T>, options: WatchOptions<T>) {
    this.#cell = cell;
    this.#options = options;
    evaluate(this, () => this.#read());
    if (options.skipInitial === true) {
      this.#told = this.#read().value;
      return;
    }
    this.changed();
    settle();
  }

  changed(): void {
    notifyLater(this);
  }

  collect(): void {
    const now = this.#read();
    if (now.error !== undefined) {
      const error = now.error;
      this.#next = () => this.#fail(error);
    } else if (
      now.value !== undefined &&
      (this.#told === undefined || !(this.#options.equals ?? Object.is)(this.#told.value, now.value.value))
    ) {
      const value = (this.#told = now.value);
      this.#next = () => this.#options.changed(value.value);
    }
  }

  deliver(): void {
    const next = this.#next;
    this.#next = undefined;
    if (next !== undefined) batch(next);
  }

  #fail(error: Error): void {
    if (this.#options.failed === undefined) throw error;
    this.#options.failed(error);
  }

  #read(): { readonly value?: { readonly value: T }; readonly error?: Error } {
    try {
      return { value: { value: this.#cell.value } };
    } catch (thrown) {
      return { error: asError(thrown) };
    }
  }

  [Symbol.dispose](): void {
    dropReads(this);
    forgetObserver(this);
    this.#next = undefined;
  }
}

interface WatchOptions<T> {
  readonly changed: (value: T) => void;
  readonly skipInitial?: boolean;
  readonly equals?: Equals<T>;
  readonly failed?: (error: Error) => void;
}

/**
 * Hear of every settled change, once per key; `undefined` = gone. What is there already is told first.
 *
 * `changed` may write sources: that is a new change, settled after all observers have heard of this one. What it throws
 * stops nobody else from hearing, and is thrown by the write or batch that caused the change.
 */
export function observe<V>(
  table: Table<V>,
  changed: (key: string, value: V | undefined) => void,
  options?: { readonly skipInitial?: boolean },
): Disposable {
  return new TableObserver(storeOf(table), changed, options?.skipInitial ?? false);
}

/**
 * Hear of every settled change of a cell, and first of its value now.
 *
 * @param options.failed hears what the cell's formula throws; without it, that is thrown as with `observe`
 */
export function watchCell<T>(
  cell: Cell<T>,
  changed: (value: T) => void,
  options?: { readonly skipInitial?: boolean; readonly equals?: Equals<T>; readonly failed?: (error: Error) => void },
): Disposable {
  return new CellWatcher(cell, { ...options, changed });
}
