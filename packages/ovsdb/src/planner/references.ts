/**
 * References to rows: whether there may be one, and how it is written.
 */
import { OvsdbError } from '../errors.ts';
import type { WritableAtom } from '../notation/encode.ts';
import { normalAtom } from '../notation/value.ts';
import type { ComposerContext, Includer } from './context.ts';
import { isRowRef } from './fragment.ts';
import type { WantedAtom } from './fragment.ts';
import { seedName } from './union.ts';
import type { Entry } from './union.ts';

/** The references of one transaction. */
export class References {
  readonly #context: ComposerContext;
  readonly #includer: Includer;

  constructor(context: ComposerContext, includer: Includer) {
    this.#context = context;
    this.#includer = includer;
  }

  /** True for a row of ours that nobody wants. */
  goes(entry: Entry): boolean {
    return entry.claims.length === 0 && this.#context.identities[entry.table]?.shared !== true;
  }

  /** @throws {OvsdbError} OVSDB_UNRESOLVED_REFERENCE when the row does not exist and cannot be made now */
  resolve(atom: WantedAtom): WritableAtom {
    const { union, replica, draft } = this.#context;
    if (!isRowRef(atom)) return normalAtom(atom);
    const entry = union.entry(atom.ref.table, atom.ref.key);
    // A row of ours that nobody wants is about to go.
    if (this.goes(entry)) throw unresolved(entry);
    if (entry.uuid !== undefined && replica.row(entry.table, entry.uuid) !== undefined) return entry.uuid;
    const name = draft.insertedName(entry);
    if (name !== undefined) return name;
    if (entry.claims.length === 0) throw unresolved(entry);
    this.#includer.include(entry);
    const inserted = draft.insertedName(entry);
    if (inserted === undefined) throw unresolved(entry);
    return inserted;
  }
}

/** The problem of a reference to a row that nobody makes. */
export function unresolved(entry: Entry): OvsdbError {
  return new OvsdbError('OVSDB_UNRESOLVED_REFERENCE', `${seedName(entry)} does not exist, and nobody wants it`, {
    retry: 'later',
    table: entry.table,
  });
}
