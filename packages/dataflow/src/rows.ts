/** One formula per key: the part that derived, expanded and grouped tables and indexes have in common. */
import { asError, DataflowError } from './errors.ts';
import { dropReads, enqueue, epoch, evaluate, type Reader, Unit } from './graph.ts';
import { Store } from './table.ts';
import type { Link } from 'alien-signals/system';

/** A formula that is evaluated this often for one and the same input is in a loop with itself. */
const MAX_RUNS = 100;

/** The formula of one key. `Kept` is what the table remembers of its last result. */
export class Row<Kept> implements Reader {
  deps?: Link;
  depsTail?: Link;
  flags = 0;
  readonly key: string;
  readonly unit: RowUnit<Kept>;
  kept: Kept | undefined;
  epoch = -1;
  runs = 0;

  constructor(unit: RowUnit<Kept>, key: string) {
    this.unit = unit;
    this.key = key;
  }

  changed(): void {
    this.unit.touch(this);
  }
}

/** A unit of rows, of which only those that are touched run. */
export abstract class RowUnit<Kept> extends Unit {
  readonly problems: Store<Error>;
  readonly #rows = new Map<string, Row<Kept>>();
  readonly #touched = new Set<Row<Kept>>();

  constructor(name: string) {
    super();
    this.problems = new Store(`${name} problems`, this, isSameError);
  }

  /** Run the row's formula and publish what it yields. */
  protected abstract run(row: Row<Kept>): void;

  touch(row: Row<Kept>): void {
    this.#touched.add(row);
    enqueue(this);
  }

  touchKey(key: string): void {
    let row = this.#rows.get(key);
    if (row === undefined) {
      row = new Row(this, key);
      this.#rows.set(key, row);
    }
    this.touch(row);
  }

  drain(): void {
    for (const row of this.#touched) {
      this.#touched.delete(row);
      this.run(row);
    }
  }

  /** Evaluate for `row`; what it throws becomes the problem of its key, and the result is `undefined`. */
  protected evaluate<T>(row: Row<Kept>, compute: () => T): T | undefined {
    if (row.epoch !== epoch()) row.runs = 0;
    row.epoch = epoch();
    if (row.runs++ >= MAX_RUNS) {
      this.problems.publish(
        row.key,
        new DataflowError('DATAFLOW_CYCLE', `the formula of key ${row.key} follows from its own result and does not come to rest`),
      );
      return undefined;
    }
    try {
      const result = evaluate(row, compute);
      this.problems.publish(row.key, undefined);
      return result;
    } catch (thrown) {
      this.problems.publish(row.key, asError(thrown));
      return undefined;
    }
  }

  /** The key is gone from what the rows follow. */
  protected discard(row: Row<Kept>): void {
    dropReads(row);
    this.#rows.delete(row.key);
    this.problems.publish(row.key, undefined);
  }

  dispose(): void {
    for (const row of this.#rows.values()) dropReads(row);
    this.#rows.clear();
    this.#touched.clear();
  }
}

function isSameError(a: Error, b: Error): boolean {
  return a === b || (a.name === b.name && a.message === b.message);
}
