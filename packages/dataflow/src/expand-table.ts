/** A table with any number of outputs per input key. */
import { settle, type Unit } from './graph.ts';
import { DerivedStore } from './derive-table.ts';
import { type Row, RowUnit } from './rows.ts';
import { type DerivedTable, type Listener, type Store, storeOf, type Table } from './table.ts';
import type { Equals } from './cell.ts';

/** What the key's formula is given, and the entries it yields; of a key yielded twice the first counts. */
export type Expand<V, W> = (key: string, value: V) => Iterable<readonly [string, W]>;

class ExpandUnit<V, W> extends RowUnit<ReadonlyMap<string, W>> {
  readonly store: DerivedStore<W>;
  readonly #from: Store<V>;
  readonly #compute: Expand<V, W>;
  readonly #listener: Listener<V>;
  /** Output key → the inputs that yield it. */
  readonly #claims = new Map<string, Map<string, W>>();

  constructor(name: string, from: Store<V>, options: { readonly compute: Expand<V, W>; readonly equals: Equals<W> }) {
    super(name);
    this.#from = from;
    this.#compute = options.compute;
    this.#listener = { unit: this, touched: (key) => this.touchKey(key) };
    this.store = new DerivedStore(name, this, options.equals);
    from.follow(this.#listener);
    for (const key of from.values.keys()) this.touchKey(key);
    settle();
  }

  protected run(row: Row<ReadonlyMap<string, W>>): void {
    const value = this.#from.values.get(row.key);
    const before = row.kept;
    const after = value === undefined ? undefined : this.evaluate(row, () => firstOfEach(this.#compute(row.key, value)));
    if (value === undefined) this.discard(row);
    row.kept = after;
    for (const key of before?.keys() ?? []) if (after?.has(key) !== true) this.#unclaim(key, row.key);
    for (const [key, output] of after ?? []) this.#claim(key, row.key, output);
  }

  #claim(key: string, input: string, output: W): void {
    const claims = this.#claims.get(key) ?? new Map<string, W>();
    this.#claims.set(key, claims.set(input, output));
    this.#publish(key, claims);
  }

  #unclaim(key: string, input: string): void {
    const claims = this.#claims.get(key);
    claims?.delete(input);
    if (claims?.size === 0) this.#claims.delete(key);
    this.#publish(key, claims);
  }

  #publish(key: string, claims: ReadonlyMap<string, W> | undefined): void {
    let winner: string | undefined;
    for (const input of claims?.keys() ?? []) if (winner === undefined || input < winner) winner = input;
    this.store.publish(key, winner === undefined ? undefined : claims?.get(winner));
  }

  eachReader(visit: (unit: Unit) => void): void {
    this.store.eachReader(visit);
    this.problems.eachReader(visit);
  }

  override dispose(): void {
    super.dispose();
    this.#from.unfollow(this.#listener);
    this.#claims.clear();
  }
}

function firstOfEach<W>(entries: Iterable<readonly [string, W]>): ReadonlyMap<string, W> {
  const first = new Map<string, W>();
  for (const [key, output] of entries) if (!first.has(key)) first.set(key, output);
  return first;
}

/**
 * A table with any number of outputs per input key. When several inputs yield the same output key, the lexically first
 * input wins, whatever the order of events.
 *
 * @param compute pure; may be a generator; what it throws is that input key's problem alone
 */
export function expandTable<V, W>(
  name: string,
  from: Table<V>,
  compute: Expand<V, W>,
  options?: { readonly equals?: Equals<W> },
): DerivedTable<W> {
  return new ExpandUnit(name, storeOf(from), { compute, equals: options?.equals ?? Object.is }).store;
}
