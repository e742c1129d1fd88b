/** Several tables seen as one. */
import { enqueue, settle, Unit } from './graph.ts';
import { DerivedStore } from './derive-table.ts';
import { type DerivedTable, type Listener, Store, storeOf, type Table } from './table.ts';

class MergeUnit<V> extends Unit {
  readonly store: DerivedStore<V>;
  readonly problems: Store<Error>;
  readonly #tables: readonly Store<V>[];
  readonly #listener: Listener<V>;
  readonly #touched = new Set<string>();

  constructor(name: string, tables: readonly Store<V>[]) {
    super();
    this.#tables = tables;
    this.problems = new Store(`${name} problems`, this, Object.is);
    this.store = new DerivedStore(name, this, Object.is);
    this.#listener = { unit: this, touched: (key) => this.#touch(key) };
    for (const table of tables) {
      table.follow(this.#listener);
      for (const key of table.values.keys()) this.#touch(key);
    }
    settle();
  }

  #touch(key: string): void {
    this.#touched.add(key);
    enqueue(this);
  }

  drain(): void {
    for (const key of this.#touched) {
      this.#touched.delete(key);
      this.store.publish(key, this.#tables.find((table) => table.values.has(key))?.values.get(key));
    }
  }

  eachReader(visit: (unit: Unit) => void): void {
    this.store.eachReader(visit);
    this.problems.eachReader(visit);
  }

  dispose(): void {
    for (const table of this.#tables) table.unfollow(this.#listener);
    this.#touched.clear();
  }
}

/** Several tables seen as one; of a key that several have, the first table's value counts. */
export function mergeTables<V>(name: string, tables: readonly Table<V>[]): DerivedTable<V> {
  return new MergeUnit(
    name,
    tables.map((table) => storeOf(table)),
  ).store;
}
