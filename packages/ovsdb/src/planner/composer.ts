/**
 * Decides what one seed needs: insert, differing columns, elements, removal. It pulls in what must go along in the same
 * transaction (rows referred to, parents, the other half of a move) and throws when something needed is missing.
 */
import { OvsdbError } from '../errors.ts';
import type { WritableAtom, WritableValue } from '../notation/encode.ts';
import { isMapValue, isSetValue, normalAtom, valuesEqual } from '../notation/value.ts';
import type { Atom, Row, Uuid, Value } from '../notation/value.ts';
import { isStrong } from '../schema/types.ts';
import type { ColumnSchema, TableSchema } from '../schema/types.ts';
import { isCollection, isWantedMap, mapEntries } from './atoms.ts';
import type { Part, Target } from './draft.ts';
import { isRowRef } from './fragment.ts';
import type { WantedAtom } from './fragment.ts';
import type { TableIdentity } from './identity.ts';
import { KEY_INDEX, referenceIndex } from './schema-view.ts';
import { checkPart, checkWanted } from './check.ts';
import { ColumnComparer } from './compare.ts';
import type { ComposerContext } from './context.ts';
import { referencesOf } from './observer.ts';
import { elementsOf, seedName } from './union.ts';
import type { Element, Entry, Seed } from './union.ts';
import { statedColumns, wantedColumn } from './wanted.ts';

/** Composes one transaction. */
export class Composer {
  readonly #context: ComposerContext;
  readonly #compare: ColumnComparer;

  constructor(context: ComposerContext) {
    this.#context = context;
    this.#compare = new ColumnComparer(context, (atom) => this.#resolve(atom));
  }

  /** Rows whose wanted parents are all missing; they are taken from where they are. */
  readonly homeless: Map<Entry, OvsdbError> = new Map();

  /** Include a seed, or leave the draft as it was and return why not. */
  tryInclude(seed: Seed): OvsdbError | undefined {
    const { draft } = this.#context;
    const before = draft.savepoint();
    try {
      this.#include(seed);
      return undefined;
    } catch (error) {
      if (!(error instanceof OvsdbError)) throw error;
      draft.rollback(before);
      return error;
    }
  }

  #include(seed: Seed): void {
    const { draft, obstacle } = this.#context;
    if (draft.has(seed)) return;
    const why = obstacle(seed);
    if (why !== undefined) throw new OvsdbError('OVSDB_UNRESOLVED_REFERENCE', `${seedName(seed)}: ${why}`, { retry: 'later' });
    const leave = draft.enter(seed);
    if (seed.kind === 'row') this.#row(seed);
    else this.#element(seed);
    leave();
  }

  #row(entry: Entry): void {
    const identity = this.#context.identities[entry.table];
    if (identity === undefined) {
      if (entry.claims.length === 0) return;
      throw new OvsdbError('OVSDB_UNKNOWN_TABLE', `${seedName(entry)}: no identity is declared for this table, so it cannot be planned`, {
        table: entry.table,
      });
    }
    if (entry.claims.length === 0 && entry.uuid === undefined) return;
    const table = this.#context.view.table(entry.table);
    const [row, ...duplicates] = this.#rowsOf(entry);
    if (identity.shared !== true) for (const duplicate of duplicates) this.#doom(entry, table, duplicate);
    if (entry.claims.length > 0) {
      if (row === undefined) this.#insert(entry, table, identity);
      else this.#update(entry, table, row);
    } else if (row !== undefined) {
      if (identity.shared === true) this.#compare.openColumns(entry, table, row);
      else this.#doom(entry, table, row);
    }
  }

  /** The rows that bear the identity, the one to keep first. */
  #rowsOf(entry: Entry): readonly Row[] {
    const { replica } = this.#context;
    const found = replica.find(entry.table, KEY_INDEX, entry.key);
    const kept = entry.uuid === undefined ? undefined : replica.row(entry.table, entry.uuid);
    if (kept === undefined) return found.toSorted((a, b) => (a._uuid < b._uuid ? -1 : 1));
    return [kept, ...found.filter((row) => row !== kept)];
  }

  #insert(entry: Entry, table: TableSchema, identity: TableIdentity): void {
    const { draft, view, touch } = this.#context;
    const columns: Record<string, WritableValue> = {};
    const mark = identity.mark(entry.key);
    const guard: Record<string, WritableValue> = {};
    for (const name in mark) {
      const value = mark[name];
      if (isCollection(value) && isWantedMap(value))
        guard[name] = new Map([...mapEntries(value)].map(([key, atom]) => [key, this.#resolve(atom)]));
      else if (!isCollection(value)) guard[name] = value === undefined ? undefined : this.#resolve(value);
    }
    draft.insert(entry, columns, guard);
    for (const name of new Set([...statedColumns(entry), ...Object.keys(mark)])) {
      const column = view.column(table, name);
      const value = this.#compare.wholeValue(entry, column, mark[name]);
      columns[name] = value;
      checkWanted(value, relaxed(column), { table: table.name, column: name });
    }
    for (const element of elementsOf(entry)) {
      if (element.claims.length === 0) continue;
      const column = view.column(table, element.column);
      // Atoms go along at once; references follow by themselves, unless the column must not be empty.
      if (element.target === undefined || column.type.min > 0) this.#include(element);
      else touch(element);
    }
    if (table.isRoot) return;
    const { isKept, error } = this.#includeKeepers(entry);
    if (!isKept) {
      throw (
        error ??
        new OvsdbError(
          'OVSDB_NO_PARENT',
          `${seedName(entry)}: table ${table.name} is not a root table, and nothing that is wanted refers to the row, so the server would delete it`,
          { table: table.name },
        )
      );
    }
  }

  #update(entry: Entry, table: TableSchema, row: Row): void {
    this.#compare.columns(entry, table, row);
    if (!table.isRoot) this.#settleParents(entry, row);
  }

  #element(element: Element): void {
    const { view, draft, conflict, replica } = this.#context;
    const { entry } = element;
    const claim = element.claims[0];
    const row = entry.uuid === undefined ? undefined : replica.row(entry.table, entry.uuid);
    if (claim === undefined) {
      if (row !== undefined) this.#removeElement(element, row);
      return;
    }
    if (this.#goes(entry)) throw unresolved(entry);
    const table = view.table(entry.table);
    const column = view.column(table, element.column);
    if (column.type.shape !== (element.mapKey === undefined ? 'set' : 'map')) {
      throw new OvsdbError('OVSDB_BAD_VALUE', `${seedName(element)}: the column is no ${element.mapKey === undefined ? 'set' : 'map'}`, {
        table: table.name,
        column: column.name,
      });
    }
    if (element.mapKey !== undefined)
      conflict(
        element,
        element.claims.filter(({ value }) => !sameAtom(value, claim.value)).map(({ owner }) => owner),
      );
    const atom = this.#resolve(claim.value);
    const part: Part = element.mapKey === undefined ? { atom } : { mapKey: element.mapKey, value: atom };
    checkPart(part, column.type, { table: table.name, column: column.name });
    const target = this.#target(entry, row);
    if (!('row' in target)) draft.push({ kind: 'add', target, column: column.name, type: column.type, part });
    else this.#compare.ensurePart(target.row, entry.table, { column, part });
    if (element.target?.uuid !== undefined && isStrong(column.type)) this.#settleMove(element.target);
  }

  /** The row that an element goes to, inserted by this transaction if need be. */
  #target(entry: Entry, row: Row | undefined): Target {
    if (row !== undefined) return { table: entry.table, row };
    if (this.#context.draft.insertedName(entry) === undefined) {
      if (entry.claims.length === 0) throw unresolved(entry);
      this.#include(entry);
    }
    if (this.#context.draft.insertedName(entry) === undefined) throw unresolved(entry);
    return { table: entry.table, entry };
  }

  #removeElement(element: Element, row: Row): void {
    const { view, draft, braked } = this.#context;
    const { entry, target } = element;
    const table = view.table(entry.table);
    const column = view.column(table, element.column);
    // The whole row goes, and with it the element.
    if (this.#goes(entry)) return;
    const part = element.mapKey ?? (target === undefined ? atomOfKey(element, row) : target.uuid);
    if (part === undefined || !this.#compare.holds(row[column.name], part) || this.#compare.isStated(entry, column, part)) return;
    if (braked(element)) return;
    // The other half of a move goes along, or the row would be deleted in between.
    if (target !== undefined && target.claims.length > 0 && isStrong(column.type) && !view.table(target.table).isRoot)
      this.#includeKeepers(target);
    draft.push({
      kind: 'remove',
      target: { table: entry.table, row },
      column: column.name,
      type: column.type,
      part: element.mapKey === undefined ? { atom: part } : { mapKey: part, value: '' },
    });
  }

  /** @throws {OvsdbError} OVSDB_UNRESOLVED_REFERENCE when the row does not exist and cannot be made now */
  #resolve(atom: WantedAtom): WritableAtom {
    const { union, replica, draft } = this.#context;
    if (!isRowRef(atom)) return normalAtom(atom);
    const entry = union.entry(atom.ref.table, atom.ref.key);
    // A row of ours that nobody wants is about to go.
    if (this.#goes(entry)) throw unresolved(entry);
    if (entry.uuid !== undefined && replica.row(entry.table, entry.uuid) !== undefined) return entry.uuid;
    const name = draft.insertedName(entry);
    if (name !== undefined) return name;
    if (entry.claims.length === 0) throw unresolved(entry);
    this.#include(entry);
    const inserted = draft.insertedName(entry);
    if (inserted === undefined) throw unresolved(entry);
    return inserted;
  }

  /** Put a row under those of its wanted parents that exist or can be made; `error` says why another cannot. */
  #includeKeepers(entry: Entry): { readonly isKept: boolean; readonly error: OvsdbError | undefined } {
    const { view } = this.#context;
    let isKept = false;
    let error: OvsdbError | undefined;
    for (const referrer of entry.referrers ?? []) {
      if (referrer.claims.length === 0) continue;
      const parent = referrer.kind === 'row' ? referrer : referrer.entry;
      const strong = view.strongColumns(entry.table).filter(({ table }) => table === parent.table);
      const keeps =
        referrer.kind === 'element'
          ? strong.some(({ column }) => column.name === referrer.column)
          : strong.some(({ column }) => this.#states(referrer, column, entry));
      if (!keeps) continue;
      const failure = this.tryInclude(referrer);
      isKept ||= failure === undefined;
      error ??= failure;
    }
    return { isKept, error };
  }

  #settleMove(child: Entry): void {
    const { replica, view } = this.#context;
    const row = child.uuid === undefined ? undefined : replica.row(child.table, child.uuid);
    if (row !== undefined && child.claims.length > 0 && !view.table(child.table).isRoot) this.#leaveOtherParents(child, row);
  }

  /** A row is where it is wanted and nowhere else. Without a wanted parent it stays where it is. */
  #settleParents(entry: Entry, row: Row): void {
    const { isKept, error } = this.#includeKeepers(entry);
    if (isKept || error !== undefined) this.#leaveOtherParents(entry, row);
    if (isKept || error === undefined) return;
    this.homeless.set(entry, error);
    if (!this.#context.braked(entry)) this.#discard(this.#context.view.table(entry.table), row);
  }

  #leaveOtherParents(entry: Entry, row: Row): void {
    const { braked } = this.#context;
    for (const { parent, table, column } of this.#parentsOf(entry.table, row._uuid)) {
      const parentEntry = this.#context.observer.entryOf(parent._uuid);
      if (parentEntry !== undefined && this.#goes(parentEntry)) {
        this.tryInclude(parentEntry);
        continue;
      }
      if (parentEntry !== undefined && this.#wantsChild(parentEntry, column, entry)) continue;
      if ((column.type.shape !== 'set' && column.type.shape !== 'map') || braked(entry)) continue;
      this.#removeReference({ table, row: parent }, column, row._uuid);
    }
  }

  #wantsChild(parent: Entry, column: ColumnSchema, child: Entry): boolean {
    if (parent.uuid === undefined) return false;
    const element = parent.elements?.get(column.name)?.get(child);
    return (element !== undefined && element.claims.length > 0) || this.#states(parent, column, child);
  }

  /** True when the stated columns of a wanted row refer to another. */
  #states(entry: Entry, column: ColumnSchema, child: Entry): boolean {
    if (!entry.targets.includes(child)) return false;
    const { value } = wantedColumn(entry, column);
    const atoms =
      value.kind === 'atom'
        ? [value.atom]
        : value.kind === 'set'
          ? value.atoms.values()
          : Array.from(value.pairs.values(), ([, atom]) => atom);
    return [...atoms].some((atom) => isRowRef(atom) && atom.ref.table === child.table && atom.ref.key === child.key);
  }

  /** True for a row of ours that nobody wants. */
  #goes(entry: Entry): boolean {
    return entry.claims.length === 0 && this.#context.identities[entry.table]?.shared !== true;
  }

  #doom(entry: Entry, table: TableSchema, row: Row): void {
    const { observer, braked } = this.#context;
    if (braked(entry)) return;
    for (const { parent, table: parentTable, column } of this.#parentsOf(table.name, row._uuid)) {
      const parentEntry = observer.entryOf(parent._uuid);
      if (parentEntry !== undefined && this.#goes(parentEntry)) {
        this.#include(parentEntry);
        continue;
      }
      if (column.type.shape !== 'set' && column.type.shape !== 'map') {
        // A single reference is part of the parent's own columns.
        if (parentEntry !== undefined) this.#include(parentEntry);
        continue;
      }
      if (table.isRoot && parentEntry === undefined) continue;
      this.#removeReference({ table: parentTable, row: parent }, column, row._uuid);
    }
    this.#discard(table, row);
  }

  /** Note that a row goes, and with it what only it keeps alive. */
  #discard(table: TableSchema, row: Row): void {
    const { draft, view, replica, observer, identities } = this.#context;
    // A row of a non-root table goes with the last reference to it. @source RFC 7047 §3.2 (isRoot)
    // But ovsdb-server refuses to delete a root row to which a row that is about to go so still refers.
    draft.push({ kind: 'delete', table: table.name, uuid: row._uuid, isExplicit: table.isRoot || this.#holdsRoot(table, row) });
    for (const { column, refTable } of view.ownedTables(table.name)) {
      for (const uuid of referencesOf(row[column])) {
        const child = replica.row(refTable, uuid as Uuid);
        if (child === undefined) continue;
        const entry = observer.entryOf(uuid);
        // Our own rows decide for themselves: they move, or go as well.
        if (entry !== undefined && identities[refTable]?.shared !== true) this.tryInclude(entry);
        else if ([...this.#parentsOf(refTable, child._uuid)].length === 1) this.#discard(view.table(refTable), child);
      }
    }
  }

  #holdsRoot(table: TableSchema, row: Row): boolean {
    return this.#context.view.strongRootColumns(table.name).some((column) => {
      const value = row[column];
      return value !== undefined && !(isSetValue(value) && value.length === 0) && !(isMapValue(value) && value.size === 0);
    });
  }

  #removeReference(target: { readonly table: string; readonly row: Row }, column: ColumnSchema, uuid: Uuid): void {
    const value = target.row[column.name];
    const keys = isMapValue(value) ? [...value].filter(([key, item]) => key === uuid || item === uuid).map(([key]) => key) : [uuid];
    for (const key of keys) {
      const part: Part = isSetValue(value) ? { atom: key } : { mapKey: key, value: '' };
      this.#context.draft.push({ kind: 'remove', target, column: column.name, type: column.type, part });
    }
  }

  *#parentsOf(table: string, uuid: Uuid): Generator<{ readonly parent: Row; readonly table: string; readonly column: ColumnSchema }> {
    const { view, replica } = this.#context;
    for (const strong of view.strongColumns(table)) {
      for (const parent of replica.find(strong.table, referenceIndex(strong.column.name), uuid))
        yield { parent, table: strong.table, column: strong.column };
    }
  }
}

function unresolved(entry: Entry): OvsdbError {
  return new OvsdbError('OVSDB_UNRESOLVED_REFERENCE', `${seedName(entry)} does not exist, and nobody wants it`, {
    retry: 'later',
    table: entry.table,
  });
}

function sameAtom(a: WantedAtom, b: WantedAtom): boolean {
  return isRowRef(a)
    ? isRowRef(b) && a.ref.table === b.ref.table && a.ref.key === b.ref.key
    : !isRowRef(b) && valuesEqual(normalAtom(a), normalAtom(b));
}

/** The atom of a withdrawn element as the row holds it. */
function atomOfKey(element: Element, row: Row): Atom | undefined {
  const value: Value = row[element.column];
  if (!isSetValue(value) || typeof element.key !== 'string') return undefined;
  const text = element.key.slice(1);
  if (element.key.startsWith('s')) return text;
  if (element.key.startsWith('b')) return text === 'true';
  return normalAtom(/^-?\d+$/.test(text) ? BigInt(text) : Number(text));
}

/** Elements may still be added to what the claims state, so only the atoms are checked, not the number. */
function relaxed({ type }: ColumnSchema): ColumnSchema['type'] {
  return type.shape === 'set' || type.shape === 'map' ? { ...type, min: 0 } : type;
}
