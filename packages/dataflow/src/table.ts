/** The keyed collections' public face, and the store behind every one of them. */
import { announce, type Dependency, flush, isTracking, raise, type Reader, track, type Unit } from './graph.ts';
import { DataflowError } from './errors.ts';
import type { Equals } from './cell.ts';
import type { Link } from 'alien-signals/system';

/** A keyed collection. Keys are strings such as `namespace/name`. Reads inside a formula are recorded, as narrowly as stated. */
export interface Table<V> {
  readonly name: string;
  /** Recorded for that key only. */
  get(key: string): V | undefined;
  /** Not recorded. */
  peek(key: string): V | undefined;
  /** Recorded for the presence of that key only. */
  has(key: string): boolean;
  /** Recorded for the set of keys. The set returned never changes. */
  keys(): ReadonlySet<string>;
  /** Recorded for everything. */
  entries(): IterableIterator<[string, V]>;
  /** Number of keys; recorded for the set of keys. */
  readonly size: number;
}

/** A table that follows from others. */
export interface DerivedTable<V> extends Table<V>, Disposable {
  /** What a formula threw, by the key it was evaluated for; that key yields nothing until a change mends it. */
  readonly problems: Table<Error>;
  /** Stop following. The content stays as it is, and nobody is told of anything any more. */
  [Symbol.dispose](): void;
}

/** Someone who follows every key of a store. */
export interface Listener<V> {
  readonly unit: Unit;
  touched(key: string, before: V | undefined): void;
}

/** One part of a store that formulas read: a key, the presence of a key, the set of keys, or everything. */
class Part implements Dependency {
  subs?: Link;
  subsTail?: Link;
  flags = 0;
  readonly unit: Unit;
  readonly #forget: (() => void) | undefined;

  constructor(unit: Unit, forget?: () => void) {
    this.unit = unit;
    this.#forget = forget;
  }

  unwatched(): void {
    this.#forget?.();
  }
}

/** Parts by name, each there only while someone reads it. */
export class Parts {
  readonly #unit: Unit;
  readonly #parts = new Map<string, Part>();

  constructor(unit: Unit) {
    this.#unit = unit;
  }

  get size(): number {
    return this.#parts.size;
  }

  track(name: string): void {
    if (!isTracking()) return flush(this.#unit.level);
    let part = this.#parts.get(name);
    if (part === undefined) {
      part = new Part(this.#unit, () => this.#parts.delete(name));
      this.#parts.set(name, part);
    }
    track(part);
  }

  announce(name: string): void {
    if (this.#parts.size > 0) announce(this.#parts.get(name));
  }

  eachReader(visit: (unit: Unit) => void): void {
    for (const part of this.#parts.values()) eachReaderOf(part, visit);
  }
}

function eachReaderOf(part: Dependency, visit: (unit: Unit) => void): void {
  for (let at = part.subs; at !== undefined; at = at.nextSub) visit((at.sub as Reader).unit);
}

/** The content of a table, who reads which part of it, and who follows it whole. */
export class Store<V> implements Table<V> {
  readonly name: string;
  readonly unit: Unit;
  /** For this package only; everybody else reads through the methods. */
  readonly values: Map<string, V> = new Map();
  readonly #equals: Equals<V>;
  readonly #keys: Parts;
  readonly #presences: Parts;
  readonly #membership: Part;
  readonly #everything: Part;
  readonly #listeners = new Set<Listener<V>>();
  #snapshot: ReadonlySet<string> | undefined;

  constructor(name: string, unit: Unit, equals: Equals<V>) {
    this.name = name;
    this.unit = unit;
    this.#equals = equals;
    this.#keys = new Parts(unit);
    this.#presences = new Parts(unit);
    this.#membership = new Part(unit);
    this.#everything = new Part(unit);
  }

  get(key: string): V | undefined {
    this.#keys.track(key);
    return this.values.get(key);
  }

  peek(key: string): V | undefined {
    flush(this.unit.level);
    return this.values.get(key);
  }

  has(key: string): boolean {
    this.#presences.track(key);
    return this.values.has(key);
  }

  keys(): ReadonlySet<string> {
    track(this.#membership);
    this.#snapshot ??= new Set(this.values.keys());
    return this.#snapshot;
  }

  entries(): IterableIterator<[string, V]> {
    track(this.#everything);
    return this.values.entries();
  }

  get size(): number {
    track(this.#membership);
    return this.values.size;
  }

  /** Parts that somebody reads: for tests that nothing is left behind. */
  get watchedParts(): number {
    const whole = [this.#membership, this.#everything].filter((part) => part.subs !== undefined).length;
    return this.#keys.size + this.#presences.size + whole + this.#listeners.size;
  }

  isSame(before: V | undefined, after: V | undefined): boolean {
    if (before === undefined || after === undefined) return before === after;
    return this.#equals(before, after);
  }

  /** Change the content without telling anyone yet. */
  write(key: string, value: V | undefined): void {
    if (value === undefined) {
      if (this.values.delete(key)) this.#snapshot = undefined;
    } else {
      if (!this.values.has(key)) this.#snapshot = undefined;
      this.values.set(key, value);
    }
  }

  /** Tell those concerned that `key` was `before` and is now what the content says. */
  announce(key: string, before: V | undefined): void {
    this.#keys.announce(key);
    announce(this.#everything);
    if ((before === undefined) === this.values.has(key)) {
      this.#presences.announce(key);
      announce(this.#membership);
    }
    for (const listener of this.#listeners) listener.touched(key, before);
  }

  /** Change the content and tell, if it is a change. */
  publish(key: string, value: V | undefined): void {
    const before = this.values.get(key);
    if (this.isSame(before, value)) return;
    this.write(key, value);
    this.announce(key, before);
  }

  /** Tell `listener` of every change from now on. */
  follow(listener: Listener<V>): void {
    raise(listener.unit, this.unit.level + 1);
    flush(this.unit.level);
    this.#listeners.add(listener);
  }

  unfollow(listener: Listener<V>): void {
    this.#listeners.delete(listener);
  }

  eachReader(visit: (unit: Unit) => void): void {
    this.#keys.eachReader(visit);
    this.#presences.eachReader(visit);
    eachReaderOf(this.#membership, visit);
    eachReaderOf(this.#everything, visit);
    for (const listener of this.#listeners) visit(listener.unit);
  }
}

/**
 * The store behind a table.
 *
 * @throws {DataflowError} DATAFLOW_FOREIGN_TABLE when the table was not made by this copy of the package
 */
export function storeOf<V>(table: Table<V>): Store<V> {
  if (table instanceof Store) return table as Store<V>;
  throw new DataflowError(
    'DATAFLOW_FOREIGN_TABLE',
    `table ${table.name} was not made by this copy of @kube-ovn/dataflow: build it with sourceTable()`,
  );
}
