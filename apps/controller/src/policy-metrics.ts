/** What policies cost: rows in OVN, time to compile, time from a change in the API until OVN has confirmed it. */
import { observe, type Table } from '@kube-ovn/dataflow';
import type { Fragment } from '@kube-ovn/ovsdb';

/** Adds up how long work takes. */
export class Stopwatch {
  readonly #now: () => number;
  #count = 0;
  #totalMs = 0;

  /** @param now milliseconds, monotonic */
  constructor(now: () => number) {
    this.#now = now;
  }

  get count(): number {
    return this.#count;
  }

  get totalMs(): number {
    return this.#totalMs;
  }

  /** Do it, and count its time. */
  readonly time = <T>(work: () => T): T => {
    const since = this.#now();
    try {
      return work();
    } finally {
      this.#count += 1;
      this.#totalMs += this.#now() - since;
    }
  };
}

/** Rows of one table that policies of one kind want; `shared` are those that several policies want. */
export interface PolicyRows {
  readonly kind: string;
  readonly table: string;
  readonly rows: number;
}

/** Counts the rows of policies as their fragments change. */
export class PolicyRowCounter implements Disposable {
  /** By kind and table. */
  readonly #counts = new Map<string, { readonly kind: string; readonly table: string; rows: number }>();
  readonly #known = new Map<string, Fragment>();
  readonly #observer: Disposable;

  constructor(fragments: Table<Fragment>) {
    this.#observer = observe(fragments, (owner, fragment) => {
      if (!owner.startsWith('policy')) return;
      this.#add(owner, this.#known.get(owner), -1);
      this.#add(owner, fragment, 1);
      if (fragment === undefined) this.#known.delete(owner);
      else this.#known.set(owner, fragment);
    });
  }

  *rows(): Iterable<PolicyRows> {
    yield* this.#counts.values();
  }

  [Symbol.dispose](): void {
    this.#observer[Symbol.dispose]();
  }

  #add(owner: string, fragment: Fragment | undefined, sign: 1 | -1): void {
    const kind = /^policy\/([^/]+)\//.exec(owner)?.[1] ?? 'shared';
    for (const { table } of fragment?.rows ?? []) {
      const key = `${kind}/${table}`;
      const count = this.#counts.get(key) ?? { kind, table, rows: 0 };
      count.rows += sign;
      this.#counts.set(key, count);
    }
  }
}
