/** Which keys of a table belong to which group. */
import { settle, type Unit } from './graph.ts';
import { DataflowError } from './errors.ts';
import { type Row, RowUnit } from './rows.ts';
import { type Listener, Parts, type Store, storeOf, type Table } from './table.ts';

/** Which keys of a table belong to which group. Reads inside a formula are recorded for that group alone. */
export interface Index {
  readonly name: string;
  /** The members of a group; the empty set when there are none. The set returned never changes. */
  of(indexKey: string): ReadonlySet<string>;
  /** The groups that have members. */
  groups(): ReadonlySet<string>;
  /** What `keysOf` threw, by the key it was called for; that key belongs to no group until a change mends it. */
  readonly problems: Table<Error>;
}

interface Group {
  readonly members: Set<string>;
  snapshot: ReadonlySet<string> | undefined;
}

/** Someone who follows every group of an index. */
export interface GroupListener {
  readonly unit: Unit;
  touched(group: string): void;
}

const NONE: ReadonlySet<string> = new Set();
/** Name of the part of `#whole` that stands for the set of groups. */
const GROUPS = 'groups';

export class IndexUnit<V> extends RowUnit<ReadonlySet<string>> implements Index, Disposable {
  readonly name: string;
  readonly #from: Store<V>;
  readonly #keysOf: (value: V, key: string) => Iterable<string>;
  readonly #listener: Listener<V>;
  readonly #groups = new Map<string, Group>();
  readonly #parts: Parts = new Parts(this);
  readonly #whole: Parts = new Parts(this);
  readonly #followers = new Set<GroupListener>();
  #names: ReadonlySet<string> | undefined;

  constructor(name: string, from: Store<V>, keysOf: (value: V, key: string) => Iterable<string>) {
    super(name);
    this.name = name;
    this.#from = from;
    this.#keysOf = keysOf;
    this.#listener = { unit: this, touched: (key) => this.touchKey(key) };
    from.follow(this.#listener);
    for (const key of from.values.keys()) this.touchKey(key);
    settle();
  }

  of(indexKey: string): ReadonlySet<string> {
    this.#parts.track(indexKey);
    return this.members(indexKey) ?? NONE;
  }

  groups(): ReadonlySet<string> {
    this.#whole.track(GROUPS);
    this.#names ??= new Set(this.#groups.keys());
    return this.#names;
  }

  /** The members of a group that has any; not recorded. */
  members(group: string): ReadonlySet<string> | undefined {
    const found = this.#groups.get(group);
    if (found === undefined) return undefined;
    found.snapshot ??= new Set(found.members);
    return found.snapshot;
  }

  get groupNames(): Iterable<string> {
    return this.#groups.keys();
  }

  follow(follower: GroupListener): void {
    this.#followers.add(follower);
  }

  unfollow(follower: GroupListener): void {
    this.#followers.delete(follower);
  }

  protected run(row: Row<ReadonlySet<string>>): void {
    const value = this.#from.values.get(row.key);
    const before = row.kept ?? NONE;
    const after = value === undefined ? undefined : this.evaluate(row, () => new Set(this.#keysOf(value, row.key)));
    if (value === undefined) this.discard(row);
    row.kept = after;
    for (const group of before) if (after?.has(group) !== true) this.#leave(group, row.key);
    for (const group of after ?? NONE) if (!before.has(group)) this.#join(group, row.key);
  }

  #join(name: string, key: string): void {
    const group = this.#groups.get(name);
    if (group !== undefined) {
      group.members.add(key);
      group.snapshot = undefined;
      return this.#tell(name);
    }
    this.#groups.set(name, { members: new Set([key]), snapshot: undefined });
    this.#tell(name);
    this.#tellGroups();
  }

  #leave(name: string, key: string): void {
    const group = this.#groups.get(name);
    if (group === undefined) return;
    group.members.delete(key);
    group.snapshot = undefined;
    if (group.members.size === 0) {
      this.#groups.delete(name);
      this.#tellGroups();
    }
    this.#tell(name);
  }

  #tell(name: string): void {
    this.#parts.announce(name);
    for (const follower of this.#followers) follower.touched(name);
  }

  #tellGroups(): void {
    this.#names = undefined;
    this.#whole.announce(GROUPS);
  }

  eachReader(visit: (unit: Unit) => void): void {
    this.#parts.eachReader(visit);
    this.#whole.eachReader(visit);
    this.problems.eachReader(visit);
    for (const follower of this.#followers) visit(follower.unit);
  }

  [Symbol.dispose](): void {
    this.dispose();
    this.#from.unfollow(this.#listener);
  }
}

/**
 * Group the keys of a table.
 *
 * @param keysOf pure; the groups that an entry belongs to; what it throws is that key's problem alone
 */
export function indexBy<V>(name: string, from: Table<V>, keysOf: (value: V, key: string) => Iterable<string>): Index & Disposable {
  return new IndexUnit(name, storeOf(from), keysOf);
}

/**
 * The unit behind an index.
 *
 * @throws {DataflowError} DATAFLOW_FOREIGN_TABLE when the index was not made by this copy of the package
 */
export function unitOf(index: Index): IndexUnit<unknown> {
  if (index instanceof IndexUnit) return index as IndexUnit<unknown>;
  throw new DataflowError(
    'DATAFLOW_FOREIGN_TABLE',
    `index ${index.name} was not made by this copy of @kube-ovn/dataflow: build it with indexBy()`,
  );
}
