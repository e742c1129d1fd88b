/** A table with one output per group of an index. */
import { flush, raise, settle, type Unit } from './graph.ts';
import { DerivedStore } from './derive-table.ts';
import { type Row, RowUnit } from './rows.ts';
import { type GroupListener, type Index, type IndexUnit, unitOf } from './index-by.ts';
import type { DerivedTable } from './table.ts';
import type { Equals } from './cell.ts';

/** What the group's formula is given, and what it yields; `undefined` is "absent". */
export type ComputeGroup<W> = (group: string, members: ReadonlySet<string>) => W | undefined;

class GroupUnit<W> extends RowUnit<never> {
  readonly store: DerivedStore<W>;
  readonly #index: IndexUnit<unknown>;
  readonly #compute: ComputeGroup<W>;
  readonly #listener: GroupListener;

  constructor(name: string, index: IndexUnit<unknown>, options: { readonly compute: ComputeGroup<W>; readonly equals: Equals<W> }) {
    super(name);
    this.#index = index;
    this.#compute = options.compute;
    this.#listener = { unit: this, touched: (group) => this.touchKey(group) };
    this.store = new DerivedStore(name, this, options.equals);
    raise(this, index.level + 1);
    flush(index.level);
    index.follow(this.#listener);
    for (const group of index.groupNames) this.touchKey(group);
    settle();
  }

  protected run(row: Row<never>): void {
    const members = this.#index.members(row.key);
    if (members === undefined) {
      this.discard(row);
      this.store.publish(row.key, undefined);
    } else {
      this.store.publish(
        row.key,
        this.evaluate(row, () => this.#compute(row.key, members)),
      );
    }
  }

  eachReader(visit: (unit: Unit) => void): void {
    this.store.eachReader(visit);
    this.problems.eachReader(visit);
  }

  override dispose(): void {
    super.dispose();
    this.#index.unfollow(this.#listener);
  }
}

/**
 * A table with one output per group of an index, evaluated again when the group gains or loses a member, or when
 * anything that the formula read has changed (a member's value, if it looked).
 *
 * @param compute pure; `undefined` = absent; what it throws is that group's problem alone
 */
export function groupTable<W>(
  name: string,
  index: Index,
  compute: ComputeGroup<W>,
  options?: { readonly equals?: Equals<W> },
): DerivedTable<W> {
  return new GroupUnit(name, unitOf(index), { compute, equals: options?.equals ?? Object.is }).store;
}
