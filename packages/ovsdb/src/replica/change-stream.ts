/**
 * The changes of a replica as an async iterable. What a slow reader has not taken yet is merged row by row, so that it needs memory
 * for as many rows as differ, and beyond a bound it is only told that it must read the replica anew.
 */
import type { RowChange } from '../monitor/updates.ts';
import type { Uuid } from '../notation/value.ts';

/**
 * What happened since the batch before. `changes`: each changed row once, from how it was then to how it is now. `overflow`: more
 * rows than could be kept; read the replica anew.
 */
export type ChangeBatch = { readonly kind: 'changes'; readonly changes: readonly RowChange[] } | { readonly kind: 'overflow' };

/** Settings of a stream. */
export interface ChangeStreamOptions {
  /** Only the changes of these tables; default all. */
  readonly tables?: Iterable<string>;
  /** How many changed rows are kept for a slow reader, at least 1; default 10,000. */
  readonly maxRows?: number;
}

const DEFAULT_MAX_ROWS = 10_000;

/** A stream. It begins with the next change after it was made, and ends by `return` (as leaving a `for await` does) or `end`. */
export class ChangeStream implements AsyncIterableIterator<ChangeBatch> {
  readonly #tables: ReadonlySet<string> | undefined;
  readonly #maxRows: number;
  readonly #onEnd: (stream: ChangeStream) => void;
  readonly #readers: ((result: IteratorResult<ChangeBatch>) => void)[] = [];
  #pending = new Map<string, Map<Uuid, RowChange>>();
  #pendingRows = 0;
  #hasOverflown = false;
  #isEnded = false;

  constructor(options: ChangeStreamOptions, onEnd: (stream: ChangeStream) => void) {
    this.#tables = options.tables === undefined ? undefined : new Set(options.tables);
    this.#maxRows = options.maxRows ?? DEFAULT_MAX_ROWS;
    this.#onEnd = onEnd;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<ChangeBatch>> {
    const batch = this.#take();
    if (batch !== undefined) return Promise.resolve({ done: false, value: batch });
    if (this.#isEnded) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => {
      this.#readers.push(resolve);
    });
  }

  return(): Promise<IteratorResult<ChangeBatch>> {
    this.#pending.clear();
    this.#pendingRows = 0;
    this.#hasOverflown = false;
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  /** The changes of one message. */
  push(changes: readonly RowChange[]): void {
    for (const change of changes) if (this.#tables?.has(change.table) !== false) this.#merge(change);
    const reader = this.#readers[0];
    if (reader === undefined) return;
    const batch = this.#take();
    if (batch === undefined) return;
    this.#readers.shift();
    reader({ done: false, value: batch });
  }

  /** No more changes come; what is pending can still be read. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#onEnd(this);
    for (const reader of this.#readers.splice(0)) reader({ done: true, value: undefined });
  }

  #merge(change: RowChange): void {
    if (this.#hasOverflown) return;
    let rows = this.#pending.get(change.table);
    if (rows === undefined) this.#pending.set(change.table, (rows = new Map()));
    const earlier = rows.get(change.uuid);
    if (earlier === undefined) {
      rows.set(change.uuid, change);
      if (++this.#pendingRows > this.#maxRows) {
        this.#hasOverflown = true;
        this.#pending = new Map();
        this.#pendingRows = 0;
      }
    } else if (earlier.before === change.after) {
      rows.delete(change.uuid);
      this.#pendingRows--;
    } else rows.set(change.uuid, { ...change, before: earlier.before });
  }

  #take(): ChangeBatch | undefined {
    if (this.#hasOverflown) {
      this.#hasOverflown = false;
      return { kind: 'overflow' };
    }
    if (this.#pendingRows === 0) return undefined;
    const changes = [...this.#pending.values()].flatMap((rows) => [...rows.values()]);
    this.#pending = new Map();
    this.#pendingRows = 0;
    return { kind: 'changes', changes };
  }
}
