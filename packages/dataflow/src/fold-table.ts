/** A table that an index of its own works out from others. */
import { DerivedStore } from './derive-table.ts';
import { asError } from './errors.ts';
import { enqueue, evaluateCold, settle, Unit } from './graph.ts';
import { type DerivedTable, type Listener, Store, storeOf, type Table } from './table.ts';
import type { Equals } from './cell.ts';

/** A table that a fold follows, made by `foldInput`. */
export interface FoldInput {
  readonly follow: (unit: Unit, touched: () => void) => FollowedInput;
}

interface FollowedInput {
  readonly name: string;
  /** Hand on what was touched, and tell of each key what that threw, if anything. */
  drain(tell: (key: string, error: Error | undefined) => void): void;
  stop(): void;
}

/** What a fold is made of. */
export interface Fold<W> {
  readonly inputs: readonly FoldInput[];
  /** What all that was handed on since the last call has changed: keys with their values, or with `undefined` where there is none any more. */
  readonly flush: () => Iterable<readonly [string, W | undefined]>;
}

class FoldUnit<W> extends Unit {
  readonly store: DerivedStore<W>;
  readonly problems: Store<Error>;
  readonly #inputs: readonly FollowedInput[];
  readonly #flush: Fold<W>['flush'];

  constructor(name: string, { inputs, flush }: Fold<W>, equals: Equals<W>) {
    super();
    this.problems = new Store(`${name} problems`, this, Object.is);
    this.store = new DerivedStore(name, this, equals);
    this.#flush = flush;
    this.#inputs = inputs.map(({ follow }) => follow(this, () => enqueue(this)));
    enqueue(this);
    settle();
  }

  drain(): void {
    for (const input of this.#inputs) input.drain((key, error) => this.problems.publish(`${input.name}/${key}`, error));
    try {
      for (const [key, value] of evaluateCold(this.#flush)) this.store.publish(key, value);
      this.problems.publish('flush', undefined);
    } catch (thrown) {
      this.problems.publish('flush', asError(thrown));
    }
  }

  eachReader(visit: (unit: Unit) => void): void {
    this.store.eachReader(visit);
    this.problems.eachReader(visit);
  }

  dispose(): void {
    for (const input of this.#inputs) input.stop();
  }
}

/**
 * Follow a table in a fold.
 *
 * @param changed hears of each key that is different now, `undefined` = gone, and of every key at first; it writes to the fold's own
 *   index alone
 */
export function foldInput<V>(table: Table<V>, changed: (key: string, value: V | undefined) => void): FoldInput {
  const store = storeOf(table);
  return {
    follow: (unit, touched) => {
      const pending = new Set<string>(store.values.keys());
      const listener: Listener<V> = {
        unit,
        touched: (key) => {
          pending.add(key);
          touched();
        },
      };
      store.follow(listener);
      return {
        name: store.name,
        drain: (tell) => {
          for (const key of pending) {
            pending.delete(key);
            try {
              evaluateCold(() => changed(key, store.values.get(key)));
              tell(key, undefined);
            } catch (thrown) {
              tell(key, asError(thrown));
            }
          }
        },
        stop: () => {
          store.unfollow(listener);
          pending.clear();
        },
      };
    },
  };
}

/**
 * A table that follows from others by way of an index that `flush` keeps, for what a formula per key could not tell at a cost in
 * proportion to the change. It settles with all other tables: nobody sees it behind its inputs.
 *
 * The content must follow from the inputs' content alone, whatever the order in which it was heard of. What `changed` or `flush` throw
 * is a problem, and takes nothing away.
 */
export function foldTable<W>(name: string, fold: Fold<W>, options?: { readonly equals?: Equals<W> }): DerivedTable<W> {
  return new FoldUnit(name, fold, options?.equals ?? Object.is).store;
}
