/**
 * Compares wanted columns with a row of the replica and asks the draft for the difference.
 */
import type { WritableAtom } from '../notation/encode.ts';
import { isMapValue, isSetValue, normalAtom } from '../notation/value.ts';
import type { Atom, Row, Value } from '../notation/value.ts';
import { isStrong } from '../schema/types.ts';
import type { ColumnSchema, TableSchema } from '../schema/types.ts';
import { atomKey, isCollection, isWantedMap, mapEntries } from './atoms.ts';
import { checkPart, checkWanted } from './check.ts';
import type { PlannedValue } from './check.ts';
import type { ComposerContext } from './context.ts';
import type { Part } from './draft.ts';
import { isRowRef } from './fragment.ts';
import type { WantedAtom, WantedValue } from './fragment.ts';
import type { Element, Entry } from './union.ts';
import { statedColumns, wantedColumn } from './wanted.ts';
import type { WantedColumn } from './wanted.ts';

const LONG_SET = 32;
const MANY_QUESTIONS = 8;

/** A comparer for one transaction. */
export class ColumnComparer {
  readonly #context: ComposerContext;
  readonly #resolve: (atom: WantedAtom) => WritableAtom;
  readonly #longSets = new Map<readonly Atom[], { questions: number; atoms: ReadonlySet<Atom> | undefined }>();

  constructor(context: ComposerContext, resolve: (atom: WantedAtom) => WritableAtom) {
    this.#context = context;
    this.#resolve = resolve;
  }

  /** The value of a column for an insert: what the claims and the mark state, without contributed elements. */
  wholeValue(entry: Entry, column: ColumnSchema, mark: WantedValue): PlannedValue {
    const { value, losers } = wantedColumn(entry, column);
    this.#report(entry, losers);
    switch (value.kind) {
      case 'atom': {
        const atom = mark !== undefined && !isCollection(mark) ? mark : value.atom;
        return atom === undefined ? undefined : this.#resolve(atom);
      }
      case 'set':
        return [...value.atoms.values()].map((atom) => this.#resolve(atom));
      case 'map':
        return new Map([...value.pairs.values(), ...marked(mark)].map(([key, atom]) => [normalAtom(key), this.#resolve(atom)]));
    }
  }

  /** Compare the columns of a wanted row that may differ. */
  columns(entry: Entry, table: TableSchema, row: Row): void {
    const { identities, view } = this.#context;
    const mark = identities[entry.table]?.mark(entry.key) ?? {};
    const stated = statedColumns(entry);
    const losers: string[] = [];
    for (const name of new Set([...stated, ...Object.keys(mark)])) {
      if (!isDue(entry, name) && entry.suspects?.has(name) !== true) continue;
      const column = view.column(table, name);
      const wanted = wantedColumn(entry, column);
      losers.push(...wanted.losers);
      this.#column({ entry, column, row, mark: mark[name], isStated: stated.has(name) }, wanted);
    }
    if (entry.sweep?.has('*') === true) this.#report(entry, losers);
    this.#elementColumns(entry, table, row, stated);
    this.openColumns(entry, table, row);
  }

  /** On rows into which others write too: declared keys that nobody wants go, and so does what an owner withdrew. */
  openColumns(entry: Entry, table: TableSchema, row: Row): void {
    const { identities, view } = this.#context;
    const declared = identities[entry.table]?.declaredKeys ?? {};
    for (const name in declared) {
      if (!isDue(entry, name) && entry.suspects?.has(name) !== true) continue;
      const column = view.column(table, name);
      const value = row[name];
      if (!isMapValue(value)) continue;
      for (const key of declared[name] ?? [])
        if (value.has(key) && !this.#isWanted(entry, column, key)) this.#remove(entry, { row, column, atom: key });
    }
    for (const [name, parts] of entry.withdrawn ?? []) {
      const column = view.column(table, name);
      for (const part of parts) {
        const atom = isRowRef(part) ? this.#context.union.entry(part.ref.table, part.ref.key).uuid : normalAtom(part);
        if (atom === undefined || !this.holds(row[name], atom)) parts.delete(part);
        else if (this.#isWanted(entry, column, atom)) parts.delete(part);
        else this.#remove(entry, { row, column, atom });
      }
      if (parts.size === 0) entry.withdrawn?.delete(name);
    }
  }

  /** Add an element that the row lacks. */
  ensurePart(row: Row, table: string, { column, part }: { readonly column: ColumnSchema; readonly part: Part }): void {
    const { draft } = this.#context;
    const value = row[column.name];
    const target = { table, row };
    if ('atom' in part) {
      if (typeof part.atom === 'object' || !this.holds(value, part.atom))
        draft.push({ kind: 'add', target, column: column.name, type: column.type, part });
      return;
    }
    const held = isMapValue(value) ? value.get(normalAtom(part.mapKey)) : undefined;
    if (held === part.value) return;
    if (held !== undefined) draft.push({ kind: 'remove', target, column: column.name, type: column.type, part });
    draft.push({ kind: 'add', target, column: column.name, type: column.type, part });
  }

  /** True when a set holds an atom, or a map a key. */
  holds(value: Value, atom: Atom): boolean {
    if (isSetValue(value)) return value.length > LONG_SET ? this.#longSetHolds(value, atom) : value.includes(atom);
    return isMapValue(value) && value.has(atom);
  }

  /** A few questions about a long set are answered by looking through it; many are worth a hash set. */
  #longSetHolds(value: readonly Atom[], atom: Atom): boolean {
    let known = this.#longSets.get(value);
    if (known === undefined) this.#longSets.set(value, (known = { questions: 0, atoms: undefined }));
    if (++known.questions > MANY_QUESTIONS) known.atoms ??= new Set(value);
    return known.atoms?.has(atom) ?? value.includes(atom);
  }

  /** True when a claim's own columns state an atom or key. */
  isStated(entry: Entry, column: ColumnSchema, atom: Atom): boolean {
    if (entry.claims.length === 0 || !statedColumns(entry).has(column.name)) return false;
    const { value } = wantedColumn(entry, column);
    if (value.kind === 'map') return value.pairs.has(atomKey(atom));
    if (value.kind === 'atom') return false;
    if (value.atoms.has(atomKey(atom))) return true;
    const target = this.#context.observer.entryOf(atom);
    return target !== undefined && value.atoms.has(`r${target.table}/${target.key}`);
  }

  #column(
    at: { readonly entry: Entry; readonly column: ColumnSchema; readonly row: Row; readonly mark: WantedValue; readonly isStated: boolean },
    wanted: WantedColumn,
  ): void {
    const { entry, column, row, mark } = at;
    const place = { table: entry.table, column: column.name };
    const { value } = wanted;
    if (value.kind === 'atom') {
      const wish = mark !== undefined && !isCollection(mark) ? mark : value.atom;
      const atom = wish === undefined ? undefined : this.#resolve(wish);
      checkWanted(atom, column.type, place);
      if (atom !== row[column.name])
        this.#context.draft.push({ kind: 'update', table: entry.table, row, column: column.name, value: atom });
      return;
    }
    if (value.kind === 'set') for (const atom of value.atoms.values()) this.#ensure(at, { atom: this.#resolve(atom) });
    else for (const [mapKey, atom] of [...value.pairs.values(), ...marked(mark)]) this.#ensure(at, { mapKey, value: this.#resolve(atom) });
    // Columns with contributed elements are cleaned element by element.
    if (at.isStated && entry.elements?.has(column.name) !== true) this.#removeExtras(entry, column, row);
  }

  #ensure({ entry, column, row }: { readonly entry: Entry; readonly column: ColumnSchema; readonly row: Row }, part: Part): void {
    checkPart(part, column.type, { table: entry.table, column: column.name });
    this.ensurePart(row, entry.table, { column, part });
  }

  #elementColumns(entry: Entry, table: TableSchema, row: Row, stated: ReadonlySet<string>): void {
    const { view, touch } = this.#context;
    for (const [name, elements] of entry.elements ?? []) {
      if (entry.sweep?.has('*') === true || entry.sweep?.has(name) === true) {
        const column = view.column(table, name);
        for (const element of elements.values()) touch(element);
        if (stated.has(name) || hasClaims(elements)) this.#removeExtras(entry, column, row);
      } else {
        for (const atom of entry.suspects?.get(name) ?? []) {
          const column = view.column(table, name);
          if (this.holds(row[name], atom) && this.#isClosed(entry, column) && !this.#isWanted(entry, column, atom))
            this.#remove(entry, { row, column, atom });
        }
      }
    }
  }

  /** Elements that nobody wants, where the column is wholly ours. */
  #removeExtras(entry: Entry, column: ColumnSchema, row: Row): void {
    if (!this.#isClosed(entry, column)) return;
    const value = row[column.name];
    for (const atom of isMapValue(value) ? value.keys() : isSetValue(value) ? value : []) {
      if (!this.#isWanted(entry, column, atom)) this.#remove(entry, { row, column, atom });
    }
  }

  /** Others may put rows of their own under our rows, and elements into shared rows; all else in a stated column is ours. */
  #isClosed(entry: Entry, column: ColumnSchema): boolean {
    const identity = this.#context.identities[entry.table];
    return identity?.shared !== true && identity?.openColumns?.includes(column.name) !== true && !isStrong(column.type);
  }

  #isWanted(entry: Entry, column: ColumnSchema, atom: Atom): boolean {
    const elements = entry.elements?.get(column.name);
    const target = this.#context.observer.entryOf(atom);
    const element = (target === undefined ? undefined : elements?.get(target)) ?? elements?.get(atomKey(atom));
    if (element !== undefined && element.claims.length > 0) return target?.uuid === undefined || target.uuid === atom;
    const mark = this.#context.identities[entry.table]?.mark(entry.key)[column.name];
    if ([...marked(mark)].some(([key]) => key === atom) && entry.claims.length > 0) return true;
    return this.isStated(entry, column, atom);
  }

  #remove(entry: Entry, { row, column, atom }: { readonly row: Row; readonly column: ColumnSchema; readonly atom: Atom }): void {
    if (this.#context.braked(entry)) return;
    const part: Part = column.type.shape === 'map' ? { mapKey: atom, value: '' } : { atom };
    this.#context.draft.push({ kind: 'remove', target: { table: entry.table, row }, column: column.name, type: column.type, part });
  }

  #report(entry: Entry, losers: readonly string[]): void {
    this.#context.conflict(entry, losers);
  }
}

function isDue(entry: Entry, column: string): boolean {
  return entry.sweep?.has('*') === true || entry.sweep?.has(column) === true;
}

function hasClaims(elements: ReadonlyMap<unknown, Element>): boolean {
  for (const element of elements.values()) if (element.claims.length > 0) return true;
  return false;
}

/** The entries of a marked map. */
function marked(mark: WantedValue): readonly (readonly [Atom, WantedAtom])[] {
  return isCollection(mark) && isWantedMap(mark) ? [...mapEntries(mark)] : [];
}
