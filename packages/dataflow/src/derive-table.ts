/** A table with one output per input key. */
import { settle, type Unit } from './graph.ts';
import { type Row, RowUnit } from './rows.ts';
import { type DerivedTable, type Listener, Store, storeOf, type Table } from './table.ts';
import type { Equals } from './cell.ts';

/** What the key's formula is given, and what it yields; `undefined` is "absent". */
export type Compute<V, W> = (key: string, value: V) => W | undefined;

class DeriveUnit<V, W> extends RowUnit<never> {
  readonly store: DerivedStore<W>;
  readonly #from: Store<V>;
  readonly #compute: Compute<V, W>;
  readonly #listener: Listener<V>;

  constructor(name: string, from: Store<V>, options: { readonly compute: Compute<V, W>; readonly equals: Equals<W> }) {
    super(name);
    this.#from = from;
    this.#compute = options.compute;
    this.#listener = { unit: this, touched: (key) => this.touchKey(key) };
    this.store = new DerivedStore(name, this, options.equals);
    from.follow(this.#listener);
    for (const key of from.values.keys()) this.touchKey(key);
    settle();
  }

  protected run(row: Row<never>): void {
    const value = this.#from.values.get(row.key);
    if (value === undefined) {
      this.discard(row);
      this.store.publish(row.key, undefined);
    } else {
      this.store.publish(
        row.key,
        this.evaluate(row, () => this.#compute(row.key, value)),
      );
    }
  }

  eachReader(visit: (unit: Unit) => void): void {
    this.store.eachReader(visit);
    this.problems.eachReader(visit);
  }

  override dispose(): void {
    super.dispose();
    this.#from.unfollow(this.#listener);
  }
}

/** The public side of a unit whose rows yield into a store. */
export class DerivedStore<W> extends Store<W> implements DerivedTable<W> {
  readonly problems: Table<Error>;
  readonly #dispose: () => void;

  constructor(name: string, unit: Unit & { readonly problems: Table<Error>; dispose(): void }, equals: Equals<W>) {
    super(name, unit, equals);
    this.problems = unit.problems;
    this.#dispose = () => unit.dispose();
  }

  [Symbol.dispose](): void {
    this.#dispose();
  }
}

/**
 * A table with one output per input key. `compute` runs again for a key when that key's value changes, or anything else
 * that it read for that key.
 *
 * @param compute pure; `undefined` = absent; what it throws is that key's problem alone
 */
export function deriveTable<V, W>(
  name: string,
  from: Table<V>,
  compute: Compute<V, W>,
  options?: { readonly equals?: Equals<W> },
): DerivedTable<W> {
  return new DeriveUnit(name, storeOf(from), { compute, equals: options?.equals ?? Object.is }).store;
}
