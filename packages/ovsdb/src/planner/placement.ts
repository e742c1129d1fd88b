/**
 * Where a row of a non-root table is: under the parents with which it is wanted, and nowhere else.
 */
import type { OvsdbError } from '../errors.ts';
import type { Row } from '../notation/value.ts';
import type { ColumnSchema } from '../schema/types.ts';
import type { ComposerContext, Includer } from './context.ts';
import { isRowRef } from './fragment.ts';
import type { References } from './references.ts';
import type { Removal } from './removal.ts';
import type { Entry } from './union.ts';
import { wantedColumn } from './wanted.ts';

/** Whether a row has a wanted parent; `error` says why another cannot be one. */
interface Keepers {
  readonly isKept: boolean;
  readonly error: OvsdbError | undefined;
}

/** What placement works with. */
interface PlacementTools {
  readonly includer: Includer;
  readonly references: References;
  readonly removal: Removal;
}

/** The places of the rows of one transaction. */
export class Placement {
  /** Rows whose wanted parents are all missing; they are taken from where they are. */
  readonly homeless: Map<Entry, OvsdbError> = new Map();
  readonly #context: ComposerContext;
  readonly #tools: PlacementTools;

  constructor(context: ComposerContext, tools: PlacementTools) {
    this.#context = context;
    this.#tools = tools;
  }

  /** Put a row under those of its wanted parents that exist or can be made. */
  includeKeepers(entry: Entry): Keepers {
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
          : strong.some(({ column }) => states(referrer, column, entry));
      if (!keeps) continue;
      const failure = this.#tools.includer.tryInclude(referrer);
      isKept ||= failure === undefined;
      error ??= failure;
    }
    return { isKept, error };
  }

  /** Without a wanted parent, a row in the database stays where it is. */
  settle(entry: Entry, row: Row): void {
    const { isKept, error } = this.includeKeepers(entry);
    if (isKept || error !== undefined) this.#leaveOthers(entry, row);
    if (isKept || error === undefined) return;
    this.homeless.set(entry, error);
    if (!this.#context.braked(entry)) this.#tools.removal.discard(this.#context.view.table(entry.table), row);
  }

  /** The row came under a parent: it leaves the others. */
  settleMove(child: Entry): void {
    const { replica, view } = this.#context;
    const row = child.uuid === undefined ? undefined : replica.row(child.table, child.uuid);
    if (row !== undefined && child.claims.length > 0 && !view.table(child.table).isRoot) this.#leaveOthers(child, row);
  }

  #leaveOthers(entry: Entry, row: Row): void {
    const { braked, observer } = this.#context;
    const { includer, references, removal } = this.#tools;
    for (const { parent, table, column } of removal.holdsOn(entry.table, row._uuid)) {
      const parentEntry = observer.entryOf(parent._uuid);
      if (parentEntry !== undefined && references.goes(parentEntry)) {
        includer.tryInclude(parentEntry);
        continue;
      }
      if (parentEntry !== undefined && wantsChild(parentEntry, column, entry)) continue;
      if ((column.type.shape !== 'set' && column.type.shape !== 'map') || braked(entry)) continue;
      removal.reference({ table, row: parent }, column, row._uuid);
    }
  }
}

function wantsChild(parent: Entry, column: ColumnSchema, child: Entry): boolean {
  if (parent.uuid === undefined) return false;
  const element = parent.elements?.get(column.name)?.get(child);
  return (element !== undefined && element.claims.length > 0) || states(parent, column, child);
}

/** True when the stated columns of a wanted row refer to another. */
function states(entry: Entry, column: ColumnSchema, child: Entry): boolean {
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
