/**
 * Decides what one seed needs: a row to be inserted, changed or removed, an element to be there or not. It pulls in what must go
 * along in the same transaction (rows referred to, parents, the other half of a move) and throws when something needed is missing.
 */
import { OvsdbError } from '../errors.ts';
import type { WritableValue } from '../notation/encode.ts';
import type { Row } from '../notation/value.ts';
import type { ColumnSchema, TableSchema } from '../schema/types.ts';
import { isCollection, isWantedMap, mapEntries } from './atoms.ts';
import { checkWanted } from './check.ts';
import { ColumnComparer } from './compare.ts';
import type { ComposerContext, Includer } from './context.ts';
import { ElementComposer } from './element-composer.ts';
import type { TableIdentity } from './identity.ts';
import { Placement } from './placement.ts';
import { References } from './references.ts';
import { Removal } from './removal.ts';
import { KEY_INDEX } from './schema-view.ts';
import { elementsOf, seedName } from './union.ts';
import type { Entry, Seed } from './union.ts';
import { statedColumns } from './wanted.ts';

/** Composes one transaction. */
export class Composer implements Includer {
  readonly #context: ComposerContext;
  readonly #references: References;
  readonly #compare: ColumnComparer;
  readonly #removal: Removal;
  readonly #placement: Placement;
  readonly #elements: ElementComposer;

  constructor(context: ComposerContext) {
    this.#context = context;
    const references = new References(context, this);
    const compare = new ColumnComparer(context, (atom) => references.resolve(atom));
    const removal = new Removal(context, this, references);
    const placement = new Placement(context, { includer: this, references, removal });
    this.#references = references;
    this.#compare = compare;
    this.#removal = removal;
    this.#placement = placement;
    this.#elements = new ElementComposer(context, { includer: this, compare, references, placement });
  }

  /** Rows whose wanted parents are all missing; they are taken from where they are. */
  get homeless(): ReadonlyMap<Entry, OvsdbError> {
    return this.#placement.homeless;
  }

  tryInclude(seed: Seed): OvsdbError | undefined {
    const { draft } = this.#context;
    const before = draft.savepoint();
    try {
      this.include(seed);
      return undefined;
    } catch (error) {
      if (!(error instanceof OvsdbError)) throw error;
      draft.rollback(before);
      return error;
    }
  }

  include(seed: Seed): void {
    const { draft, obstacle } = this.#context;
    if (draft.has(seed)) return;
    const why = obstacle(seed);
    if (why !== undefined) throw new OvsdbError('OVSDB_UNRESOLVED_REFERENCE', `${seedName(seed)}: ${why}`, { retry: 'later' });
    const leave = draft.enter(seed);
    if (seed.kind === 'row') this.#row(seed);
    else this.#elements.compose(seed);
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
    if (identity.shared !== true) for (const duplicate of duplicates) this.#removal.doom(entry, table, duplicate);
    if (entry.claims.length > 0) {
      if (row === undefined) this.#insert(entry, table, identity);
      else this.#update(entry, table, row);
    } else if (row !== undefined) {
      if (identity.shared === true) this.#compare.openColumns(entry, table, row);
      else this.#removal.doom(entry, table, row);
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
        guard[name] = new Map([...mapEntries(value)].map(([key, atom]) => [key, this.#references.resolve(atom)]));
      else if (!isCollection(value)) guard[name] = value === undefined ? undefined : this.#references.resolve(value);
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
      if (element.target === undefined || column.type.min > 0) this.include(element);
      else touch(element);
    }
    if (table.isRoot) return;
    const { isKept, error } = this.#placement.includeKeepers(entry);
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
    if (!table.isRoot) this.#placement.settle(entry, row);
  }
}

/** Elements may still be added to what the claims state, so only the atoms are checked, not the number. */
function relaxed({ type }: ColumnSchema): ColumnSchema['type'] {
  return type.shape === 'set' || type.shape === 'map' ? { ...type, min: 0 } : type;
}
