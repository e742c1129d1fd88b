/**
 * The union of all fragments: which owners want which rows and which elements. It knows nothing of the database but the UUIDs
 * that rows were seen under.
 */
import type { Atom, Uuid } from '../notation/value.ts';
import { atomKey, isCollection, isWantedMap, mapEntries, wantedAtomsEqual, wantedValuesEqual } from './atoms.ts';
import { isRowRef } from './fragment.ts';
import type { Fragment, RowId, WantedAtom, WantedRow, WantedValue } from './fragment.ts';

/** One owner's wish for a row. */
export interface RowClaim {
  readonly owner: string;
  readonly row: WantedRow;
}

/** One owner's wish for an element; `value` is the atom of a set, or the value of a map entry. */
export interface ElementClaim {
  readonly owner: string;
  readonly value: WantedAtom;
}

/** A row that is wanted, referred to, or ours in the database. The first claim wins where claims disagree. */
export interface Entry {
  readonly kind: 'row';
  readonly table: string;
  readonly key: string;
  claims: readonly RowClaim[];
  /** Contributed elements by column; the key is the referred entry, or `atomKey` of the atom or of the map key. */
  elements: Map<string, Map<Entry | string, Element>> | undefined;
  /** Rows that the claims' columns refer to. */
  targets: readonly Entry[];
  /** Entries and elements whose wanted value refers to this row. */
  referrers: Set<Seed> | undefined;
  /** The database row that bears, or until an edit bore, this identity. */
  uuid: Uuid | undefined;
  /** Columns to compare as a whole at the next plan; '*' stands for all. */
  sweep: Set<string> | undefined;
  /** Elements that changed in the database, by column (map keys for maps). */
  suspects: Map<string, Set<Atom>> | undefined;
  /** Stated elements that an owner has withdrawn, by column (map keys for maps). */
  withdrawn: Map<string, Set<WantedAtom>> | undefined;
}

/** An element of a set or map column that owners contribute. */
export interface Element {
  readonly kind: 'element';
  readonly entry: Entry;
  readonly column: string;
  readonly key: Entry | string;
  /** Set for map columns. */
  readonly mapKey: Atom | undefined;
  claims: readonly ElementClaim[];
  target: Entry | undefined;
}

/** What is planned as a unit. */
export type Seed = Entry | Element;

interface Owned {
  readonly fragment: Fragment;
  readonly rows: ReadonlyMap<Entry, WantedRow>;
  readonly elements: ReadonlyMap<Element, WantedAtom>;
}

const NOTHING: Omit<Owned, 'fragment'> = { rows: new Map(), elements: new Map() };

/** The union; `touched` is called for each seed whose wanted value changed. */
export class Union {
  readonly #tables = new Map<string, Map<string, Entry>>();
  readonly #owners = new Map<string, Owned>();
  readonly #touched: (seed: Seed) => void;

  constructor(touched: (seed: Seed) => void) {
    this.#touched = touched;
  }

  get ownerCount(): number {
    return this.#owners.size;
  }

  /** The rows and elements of an owner. */
  *seedsOf(owner: string): Generator<Seed> {
    const owned = this.#owners.get(owner);
    if (owned === undefined) return;
    yield* owned.rows.keys();
    yield* owned.elements.keys();
  }

  /** All entries. */
  *entries(): Generator<Entry> {
    for (const table of this.#tables.values()) yield* table.values();
  }

  /** The entry of a row, made when there is none. */
  entry(table: string, key: string): Entry {
    let entries = this.#tables.get(table);
    if (entries === undefined) this.#tables.set(table, (entries = new Map()));
    let entry = entries.get(key);
    if (entry === undefined) {
      entry = {
        kind: 'row',
        table,
        key,
        claims: [],
        elements: undefined,
        targets: [],
        referrers: undefined,
        uuid: undefined,
        sweep: undefined,
        suspects: undefined,
        withdrawn: undefined,
      };
      entries.set(key, entry);
    }
    return entry;
  }

  /**
   * Replace what an owner wants. Claims of the new fragment come before releases, so that what stays is never unwanted.
   *
   * @returns the seeds that the owner no longer claims
   */
  want(owner: string, fragment: Fragment | undefined): readonly Seed[] {
    const previous = this.#owners.get(owner);
    if (previous?.fragment === fragment) return [];
    const next = fragment === undefined ? NOTHING : this.#read(fragment);
    if (fragment === undefined) this.#owners.delete(owner);
    else this.#owners.set(owner, { fragment, ...next });
    for (const [entry, row] of next.rows) this.#claimRow(entry, owner, row);
    for (const [element, value] of next.elements) this.#claimElement(element, owner, value);
    if (previous === undefined) return [];
    const rows = [...previous.rows.keys()].filter((entry) => !next.rows.has(entry));
    const elements = [...previous.elements.keys()].filter((element) => !next.elements.has(element));
    for (const entry of rows) this.#claimRow(entry, owner, undefined);
    for (const element of elements) this.#claimElement(element, owner, undefined);
    return [...rows, ...elements];
  }

  /** Forget an element that nobody wants and that is not in the database. */
  dropElement(element: Element): void {
    const { entry, column, key } = element;
    const elements = entry.elements?.get(column);
    if (element.claims.length > 0 || elements?.get(key) !== element) return;
    elements.delete(key);
    if (elements.size === 0) entry.elements?.delete(column);
    if (entry.elements?.size === 0) entry.elements = undefined;
    retarget(element, element.target === undefined ? [] : [element.target], []);
    element.target = undefined;
    this.dropEntry(entry);
  }

  /** Forget an entry that nobody wants or refers to and that is not in the database. */
  dropEntry(entry: Entry): void {
    if (entry.claims.length > 0 || entry.uuid !== undefined || entry.elements !== undefined || (entry.referrers?.size ?? 0) > 0) return;
    const entries = this.#tables.get(entry.table);
    if (entries?.get(entry.key) === entry) entries.delete(entry.key);
  }

  #read(fragment: Fragment): Omit<Owned, 'fragment'> {
    const rows = new Map<Entry, WantedRow>();
    const elements = new Map<Element, WantedAtom>();
    for (const row of fragment.rows) {
      rows.set(this.entry(row.table, row.key), row);
      if (row.parent !== undefined) {
        const value = { ref: { table: row.table, key: row.key } };
        elements.set(this.#element(row.parent, row.parent.column, { value, mapKey: undefined }), value);
      }
    }
    for (const member of fragment.members) {
      for (const value of member.set ?? []) elements.set(this.#element(member, member.column, { value, mapKey: undefined }), value);
      for (const [mapKey, value] of Object.entries(member.map ?? {}))
        elements.set(this.#element(member, member.column, { value, mapKey }), value);
    }
    return { rows, elements };
  }

  #element(id: RowId, column: string, { value, mapKey }: { readonly value: WantedAtom; readonly mapKey: Atom | undefined }): Element {
    const entry = this.entry(id.table, id.key);
    const key = mapKey !== undefined ? atomKey(mapKey) : isRowRef(value) ? this.entry(value.ref.table, value.ref.key) : atomKey(value);
    entry.elements ??= new Map();
    let elements = entry.elements.get(column);
    if (elements === undefined) entry.elements.set(column, (elements = new Map()));
    let element = elements.get(key);
    if (element === undefined) {
      element = { kind: 'element', entry, column, key, mapKey, claims: [], target: undefined };
      elements.set(key, element);
    }
    return element;
  }

  #claimRow(entry: Entry, owner: string, row: WantedRow | undefined): void {
    const at = entry.claims.findIndex((claim) => claim.owner === owner);
    const old = entry.claims[at]?.row;
    const isNew = entry.claims.length === 0;
    entry.claims = replaceClaim(entry.claims, at, row === undefined ? undefined : { owner, row });
    const changed = changedColumns(old?.columns ?? {}, row?.columns ?? {});
    if (changed.length === 0 && old !== undefined && row !== undefined) return;
    for (const column of changed) noteWithdrawn(entry, column, old?.columns[column], row?.columns[column]);
    for (const column of changed) (entry.sweep ??= new Set()).add(column);
    if (isNew) (entry.sweep ??= new Set()).add('*');
    const targets = entry.claims.flatMap((claim) => [...this.#targetsOf(claim.row)]);
    retarget(entry, entry.targets, targets);
    entry.targets = targets;
    this.#touched(entry);
    // Elements of a row that was not wanted so far, and references to it, may have waited for it.
    if (!isNew) return;
    for (const element of elementsOf(entry)) this.#touched(element);
    for (const referrer of entry.referrers ?? []) this.#touched(referrer);
  }

  *#targetsOf(row: WantedRow): Generator<Entry> {
    for (const value of Object.values(row.columns)) {
      for (const atom of atomsOf(value)) if (isRowRef(atom)) yield this.entry(atom.ref.table, atom.ref.key);
    }
  }

  #claimElement(element: Element, owner: string, value: WantedAtom | undefined): void {
    const at = element.claims.findIndex((claim) => claim.owner === owner);
    const old = element.claims[at]?.value;
    if (value !== undefined && old !== undefined && wantedAtomsEqual(old, value)) return;
    const first = element.claims[0]?.value;
    element.claims = replaceClaim(element.claims, at, value === undefined ? undefined : { owner, value });
    const now = element.claims[0]?.value;
    // What nobody wants any more keeps its target, through which it is found in the database.
    if (now !== undefined) {
      const target = isRowRef(now) ? this.entry(now.ref.table, now.ref.key) : undefined;
      retarget(element, element.target === undefined ? [] : [element.target], target === undefined ? [] : [target]);
      element.target = target;
    }
    const conflicting = element.mapKey !== undefined && element.claims.length > 1;
    if (conflicting || !wantedAtomsEqual(first, now)) this.#touched(element);
  }
}

/** All contributed elements of an entry. */
export function* elementsOf(entry: Entry): Generator<Element> {
  for (const elements of entry.elements?.values() ?? []) yield* elements.values();
}

/** The owners of a seed, or its name where nobody owns it. */
export function ownersOf(seed: Seed): readonly string[] {
  return seed.claims.map((claim) => claim.owner);
}

/** A seed in words. */
export function seedName(seed: Seed): string {
  if (seed.kind === 'row') return `${seed.table} "${seed.key}"`;
  return `${seed.entry.table} "${seed.entry.key}" ${seed.column} ${typeof seed.key === 'string' ? `"${seed.key.slice(1)}"` : seedName(seed.key)}`;
}

/** The atoms of a wanted value; the values of a map. */
function* atomsOf(value: WantedValue): Generator<WantedAtom> {
  if (value === undefined) return;
  if (!isCollection(value)) yield value;
  else if (isWantedMap(value)) for (const [, atom] of mapEntries(value)) yield atom;
  else yield* value;
}

function replaceClaim<C>(claims: readonly C[], at: number, claim: C | undefined): readonly C[] {
  if (claim === undefined) return at === -1 ? claims : claims.toSpliced(at, 1);
  return at === -1 ? [...claims, claim] : claims.with(at, claim);
}

function changedColumns(old: Readonly<Record<string, WantedValue>>, next: Readonly<Record<string, WantedValue>>): string[] {
  const changed = Object.keys(next).filter((column) => !(column in old) || !wantedValuesEqual(old[column], next[column]));
  for (const column of Object.keys(old)) if (!(column in next)) changed.push(column);
  return changed;
}

function noteWithdrawn(entry: Entry, column: string, old: WantedValue, next: WantedValue): void {
  if (!isCollection(old)) return;
  const kept = new Set([...partsOf(next)].map(partKey));
  for (const part of partsOf(old)) {
    if (kept.has(partKey(part))) continue;
    entry.withdrawn ??= new Map();
    let withdrawn = entry.withdrawn.get(column);
    if (withdrawn === undefined) entry.withdrawn.set(column, (withdrawn = new Set()));
    withdrawn.add(part);
  }
}

/** The atoms of a set, the keys of a map. */
function* partsOf(value: WantedValue): Generator<WantedAtom> {
  if (!isCollection(value)) return;
  if (isWantedMap(value)) for (const [key] of mapEntries(value)) yield key;
  else yield* value;
}

function partKey(part: WantedAtom): string {
  return isRowRef(part) ? `r${part.ref.table}/${part.ref.key}` : atomKey(part);
}

function retarget(seed: Seed, old: readonly Entry[], next: readonly Entry[]): void {
  for (const target of old) if (!next.includes(target)) target.referrers?.delete(seed);
  for (const target of next) (target.referrers ??= new Set()).add(seed);
}
