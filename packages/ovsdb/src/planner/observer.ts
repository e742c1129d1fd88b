/**
 * Follows the replica: which database row bears which identity, and which seeds a change touches.
 */
import type { RowChange } from '../monitor/updates.ts';
import { isMapValue, isSetValue } from '../notation/value.ts';
import type { Atom, Row, Uuid, Value } from '../notation/value.ts';
import type { Replica } from '../replica/replica.ts';
import { atomKey } from './atoms.ts';
import type { TableIdentity } from './identity.ts';
import { KEY_INDEX, referenceIndex, SchemaView } from './schema-view.ts';
import type { Element, Entry, Seed, Union } from './union.ts';
import { elementsOf } from './union.ts';

/** What the observer works on. */
export interface ObserverOptions {
  readonly replica: Replica;
  readonly identities: Readonly<Record<string, TableIdentity>>;
  readonly union: Union;
  /** Called for each seed whose database side changed. */
  readonly seen: (seed: Seed) => void;
}

/** An observer; `refresh` must be called once the replica has a schema. */
export class Observer {
  readonly #options: ObserverOptions;
  readonly #byUuid = new Map<Uuid, Entry>();
  #view: SchemaView | undefined;

  constructor(options: ObserverOptions) {
    this.#options = options;
    const { replica, identities } = options;
    for (const [table, identity] of Object.entries(identities)) {
      replica.addIndex(table, KEY_INDEX, (row) => {
        const key = identity.keyOf(row);
        return key === undefined ? [] : [key];
      });
      for (const row of replica.rows(table)) this.#follow({ table, uuid: row._uuid, before: undefined, after: row });
    }
  }

  /** The schema as replicated; undefined before the first contact. */
  get view(): SchemaView | undefined {
    this.refresh();
    return this.#view;
  }

  /** The entry of a database row, when it is ours or shared. */
  entryOf(uuid: Atom): Entry | undefined {
    return this.#byUuid.get(uuid as Uuid);
  }

  /** Take up a new schema. All rows are then looked at again. */
  refresh(): void {
    const { replica, union } = this.#options;
    const schema = replica.schema;
    if (schema === undefined || schema === this.#view?.schema) return;
    this.#view = new SchemaView(schema, replica);
    for (const { table, column } of this.#view.allStrongColumns()) {
      replica.addIndex(table, referenceIndex(column.name), (row) => referencesOf(row[column.name]));
    }
    for (const entry of union.entries()) {
      (entry.sweep ??= new Set()).add('*');
      this.#options.seen(entry);
      for (const element of elementsOf(entry)) this.#options.seen(element);
    }
  }

  /** Take note of the changes of one message. */
  observe(changes: readonly RowChange[]): void {
    // Deltas first: the entries of rows that are deleted by the same message must still be known.
    for (const change of changes) this.#noteDelta(change);
    for (const change of changes) this.#follow(change);
  }

  #noteDelta({ table, uuid, before, after }: RowChange): void {
    this.#noteChildren(table, before, after);
    const entry = this.#byUuid.get(uuid);
    if (entry === undefined || before === undefined || after === undefined) return;
    for (const column in after) {
      if (before[column] === after[column]) continue;
      const elements = entry.elements?.get(column);
      if (elements === undefined) (entry.sweep ??= new Set()).add(column);
      else for (const part of difference(before[column], after[column])) this.#suspect(entry, column, part, elements);
    }
  }

  #suspect(entry: Entry, column: string, part: Atom, elements: ReadonlyMap<Entry | string, Element>): void {
    const element = elements.get(this.#byUuid.get(part as Uuid) ?? '') ?? elements.get(atomKey(part));
    if (element !== undefined) {
      this.#options.seen(element);
      return;
    }
    entry.suspects ??= new Map();
    let suspects = entry.suspects.get(column);
    if (suspects === undefined) entry.suspects.set(column, (suspects = new Set()));
    suspects.add(part);
  }

  /** A row that is put under a parent, or taken from one, is looked at itself: it may be in the wrong place now. */
  #noteChildren(table: string, before: Row | undefined, after: Row | undefined): void {
    if (before === undefined || after === undefined) return;
    for (const { table: parent, column } of this.#view?.allStrongColumns() ?? []) {
      if (parent !== table || before[column.name] === after[column.name]) continue;
      for (const child of difference(before[column.name], after[column.name])) {
        const entry = this.#byUuid.get(child as Uuid);
        if (entry !== undefined) this.#options.seen(entry);
      }
    }
  }

  #follow({ table, uuid, after }: RowChange): void {
    const { identities, union, seen } = this.#options;
    const identity = identities[table];
    if (identity === undefined) return;
    const known = this.#byUuid.get(uuid);
    const key = after === undefined ? undefined : identity.keyOf(after);
    const entry = key === undefined ? undefined : union.entry(table, key);
    if (known !== undefined && (after === undefined || (entry !== undefined && entry !== known))) this.#unlink(known, uuid);
    if (entry !== undefined && entry !== known) this.#link(entry, uuid);
    const current = entry ?? (after === undefined ? undefined : known);
    if (current !== undefined) seen(current);
  }

  #link(entry: Entry, uuid: Uuid): void {
    const { replica, seen } = this.#options;
    this.#byUuid.set(uuid, entry);
    if (entry.uuid === undefined || replica.row(entry.table, entry.uuid) === undefined) entry.uuid = uuid;
    (entry.sweep ??= new Set()).add('*');
    for (const element of elementsOf(entry)) seen(element);
    this.#touchReferrers(entry);
  }

  #unlink(entry: Entry, uuid: Uuid): void {
    const { replica, seen } = this.#options;
    this.#byUuid.delete(uuid);
    if (entry.uuid === uuid) entry.uuid = replica.find(entry.table, KEY_INDEX, entry.key)[0]?._uuid;
    (entry.sweep ??= new Set()).add('*');
    seen(entry);
    for (const element of elementsOf(entry)) seen(element);
    this.#touchReferrers(entry);
  }

  #touchReferrers(entry: Entry): void {
    for (const referrer of entry.referrers ?? []) {
      if (referrer.kind === 'row') (referrer.sweep ??= new Set()).add('*');
      this.#options.seen(referrer);
    }
  }
}

/** The rows a strong column refers to. */
export function referencesOf(value: Value): readonly string[] {
  if (isSetValue(value)) return value as readonly string[];
  if (isMapValue(value)) return [...value.keys(), ...value.values()].filter((atom) => typeof atom === 'string');
  return typeof value === 'string' ? [value] : [];
}

/** Atoms of a set, or keys of a map, that were added, removed or given another value. */
function difference(before: Value, after: Value): Iterable<Atom> {
  if (isMapValue(before) || isMapValue(after)) {
    const old = isMapValue(before) ? before : new Map<Atom, Atom>();
    const next = isMapValue(after) ? after : new Map<Atom, Atom>();
    return [
      ...[...old.keys()].filter((key) => old.get(key) !== next.get(key) || !next.has(key)),
      ...[...next.keys()].filter((key) => !old.has(key)),
    ];
  }
  return setDifference(listOf(before), listOf(after));
}

function setDifference(before: readonly Atom[], after: readonly Atom[]): Iterable<Atom> {
  let start = 0;
  let oldEnd = before.length;
  let newEnd = after.length;
  while (start < oldEnd && start < newEnd && before[start] === after[start]) start++;
  while (oldEnd > start && newEnd > start && before[oldEnd - 1] === after[newEnd - 1]) {
    oldEnd--;
    newEnd--;
  }
  const old = new Set(before.slice(start, oldEnd));
  const differing: Atom[] = [];
  for (let i = start; i < newEnd; i++) {
    const atom = after[i] as Atom;
    if (!old.delete(atom)) differing.push(atom);
  }
  return [...differing, ...old];
}

function listOf(value: Value): readonly Atom[] {
  return isSetValue(value) ? value : value === undefined || isMapValue(value) ? [] : [value];
}
