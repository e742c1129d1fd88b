/** Tables that are written from outside. */
import { advanceEpoch, assertWritable, batch, enqueue, settle, Unit } from './graph.ts';
import { Store, type Table } from './table.ts';
import type { Equals } from './cell.ts';

/** A table that is written from outside. */
export interface SourceTable<V> extends Table<V> {
  /** Setting a value that `equals` the present one does nothing. */
  set(key: string, value: V): void;
  delete(key: string): void;
  /** Make this the whole content, as one change; keys that are not in it are deleted. */
  replace(entries: Iterable<readonly [string, V]>): void;
}

/** Remembers what each touched key was before the change under way, so that there and back again is no change. */
class SourceUnit<V> extends Unit {
  readonly store: Store<V>;
  readonly touched = new Map<string, V | undefined>();

  constructor(name: string, equals: Equals<V>) {
    super();
    this.store = new SourceStore(name, this, equals);
  }

  write(key: string, value: V | undefined): void {
    const before = this.store.values.get(key);
    if (this.store.isSame(before, value)) return;
    if (!this.touched.has(key)) this.touched.set(key, before);
    this.store.write(key, value);
    enqueue(this);
  }

  drain(): void {
    const changes = [...this.touched].filter(([key, before]) => !this.store.isSame(before, this.store.values.get(key)));
    this.touched.clear();
    if (changes.length > 0) advanceEpoch();
    for (const [key, before] of changes) this.store.announce(key, before);
  }

  eachReader(visit: (unit: Unit) => void): void {
    this.store.eachReader(visit);
  }
}

class SourceStore<V> extends Store<V> implements SourceTable<V> {
  readonly #unit: SourceUnit<V>;

  constructor(name: string, unit: SourceUnit<V>, equals: Equals<V>) {
    super(name, unit, equals);
    this.#unit = unit;
  }

  set(key: string, value: V): void {
    assertWritable(`table ${this.name}`);
    this.#unit.write(key, value);
    settle();
  }

  delete(key: string): void {
    assertWritable(`table ${this.name}`);
    this.#unit.write(key, undefined);
    settle();
  }

  replace(entries: Iterable<readonly [string, V]>): void {
    assertWritable(`table ${this.name}`);
    batch(() => {
      const next = new Map(entries);
      for (const key of this.values.keys()) if (!next.has(key)) this.#unit.write(key, undefined);
      for (const [key, value] of next) this.#unit.write(key, value);
    });
  }
}

/** A table to be written from outside. */
export function sourceTable<V>(name: string, options?: { readonly equals?: Equals<V> }): SourceTable<V> {
  return new SourceUnit<V>(name, options?.equals ?? Object.is).store as SourceStore<V>;
}
