/**
 * Takes rows and references out of the database, and what goes with them.
 */
import { isMapValue, isSetValue } from '../notation/value.ts';
import type { Row, Uuid } from '../notation/value.ts';
import type { ColumnSchema, TableSchema } from '../schema/types.ts';
import type { ComposerContext, Includer } from './context.ts';
import type { Part } from './draft.ts';
import { referencesOf } from './observer.ts';
import type { References } from './references.ts';
import { referenceIndex } from './schema-view.ts';
import type { Entry } from './union.ts';

/** A strong reference to a row. */
interface Hold {
  readonly parent: Row;
  readonly table: string;
  readonly column: ColumnSchema;
}

/** The removals of one transaction. */
export class Removal {
  readonly #context: ComposerContext;
  readonly #includer: Includer;
  readonly #references: References;

  constructor(context: ComposerContext, includer: Includer, references: References) {
    this.#context = context;
    this.#includer = includer;
    this.#references = references;
  }

  /** Take a row of ours away from wherever it is. */
  doom(entry: Entry, table: TableSchema, row: Row): void {
    const { observer, braked, identities } = this.#context;
    if (braked(entry)) return;
    const holders = (name: string, uuid: Uuid): readonly Row[] => [...this.holdsOn(name, uuid)].map(({ parent }) => parent);
    if (identities[table.name]?.spares?.(row, holders) === true) return;
    for (const { parent, table: parentTable, column } of this.holdsOn(table.name, row._uuid)) {
      const parentEntry = observer.entryOf(parent._uuid);
      if (parentEntry !== undefined && this.#references.goes(parentEntry)) {
        this.#includer.include(parentEntry);
        continue;
      }
      if (column.type.shape !== 'set' && column.type.shape !== 'map') {
        // A single reference is part of the parent's own columns.
        if (parentEntry !== undefined) this.#includer.include(parentEntry);
        continue;
      }
      if (table.isRoot && parentEntry === undefined) continue;
      this.reference({ table: parentTable, row: parent }, column, row._uuid);
    }
    this.discard(table, row);
  }

  /** Note that a row goes, and with it what only it keeps alive. */
  discard(table: TableSchema, row: Row): void {
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
        if (entry !== undefined && identities[refTable]?.shared !== true) this.#includer.tryInclude(entry);
        else if ([...this.holdsOn(refTable, child._uuid)].length === 1) this.discard(view.table(refTable), child);
      }
    }
  }

  /** Take a reference out of a set or map. */
  reference(target: { readonly table: string; readonly row: Row }, column: ColumnSchema, uuid: Uuid): void {
    const value = target.row[column.name];
    const keys = isMapValue(value) ? [...value].filter(([key, item]) => key === uuid || item === uuid).map(([key]) => key) : [uuid];
    for (const key of keys) {
      const part: Part = isSetValue(value) ? { atom: key } : { mapKey: key, value: '' };
      this.#context.draft.push({ kind: 'remove', target, column: column.name, type: column.type, part });
    }
  }

  /** The strong references to a row in the database. */
  *holdsOn(table: string, uuid: Uuid): Generator<Hold> {
    const { view, replica } = this.#context;
    for (const strong of view.strongColumns(table)) {
      for (const parent of replica.find(strong.table, referenceIndex(strong.column.name), uuid))
        yield { parent, table: strong.table, column: strong.column };
    }
  }

  #holdsRoot(table: TableSchema, row: Row): boolean {
    return this.#context.view.strongRootColumns(table.name).some((column) => {
      const value = row[column];
      return value !== undefined && !(isSetValue(value) && value.length === 0) && !(isMapValue(value) && value.size === 0);
    });
  }
}
