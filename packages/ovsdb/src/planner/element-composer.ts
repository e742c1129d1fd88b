/**
 * Decides what one element of a set or map that owners contribute needs: to be there, or to go.
 */
import { OvsdbError } from '../errors.ts';
import { isSetValue, normalAtom } from '../notation/value.ts';
import type { Atom, Row } from '../notation/value.ts';
import { isStrong } from '../schema/types.ts';
import type { ColumnSchema } from '../schema/types.ts';
import { wantedAtomsEqual } from './atoms.ts';
import { checkPart } from './check.ts';
import type { ColumnComparer } from './compare.ts';
import type { ComposerContext, Includer } from './context.ts';
import type { Part, Target } from './draft.ts';
import type { Placement } from './placement.ts';
import { unresolved } from './references.ts';
import type { References } from './references.ts';
import { seedName } from './union.ts';
import type { Element, ElementClaim, Entry } from './union.ts';

/** What an element is composed with. */
interface ElementTools {
  readonly includer: Includer;
  readonly compare: ColumnComparer;
  readonly references: References;
  readonly placement: Placement;
}

/** Composes the elements of one transaction. */
export class ElementComposer {
  readonly #context: ComposerContext;
  readonly #tools: ElementTools;

  constructor(context: ComposerContext, tools: ElementTools) {
    this.#context = context;
    this.#tools = tools;
  }

  /** @throws {OvsdbError} OVSDB_BAD_VALUE, OVSDB_UNRESOLVED_REFERENCE and why the row of the element cannot be made */
  compose(element: Element): void {
    const { entry } = element;
    const [claim] = element.claims;
    const row = entry.uuid === undefined ? undefined : this.#context.replica.row(entry.table, entry.uuid);
    if (claim !== undefined) this.#ensure(element, claim, row);
    else if (row !== undefined) this.#remove(element, row);
  }

  #ensure(element: Element, claim: ElementClaim, row: Row | undefined): void {
    const { view, draft, conflict } = this.#context;
    const { compare, references, placement } = this.#tools;
    const { entry } = element;
    if (references.goes(entry)) throw unresolved(entry);
    const table = view.table(entry.table);
    const column = view.column(table, element.column);
    checkShape(element, column);
    if (element.mapKey !== undefined)
      conflict(
        element,
        element.claims.filter(({ value }) => !wantedAtomsEqual(value, claim.value)).map(({ owner }) => owner),
      );
    const atom = references.resolve(claim.value);
    const part: Part = element.mapKey === undefined ? { atom } : { mapKey: element.mapKey, value: atom };
    checkPart(part, column.type, { table: table.name, column: column.name });
    const target = this.#target(entry, row);
    if (!('row' in target)) draft.push({ kind: 'add', target, column: column.name, type: column.type, part });
    else compare.ensurePart(target.row, entry.table, { column, part });
    if (element.target?.uuid !== undefined && isStrong(column.type)) placement.settleMove(element.target);
  }

  /** The row that an element goes to, inserted by this transaction if need be. */
  #target(entry: Entry, row: Row | undefined): Target {
    if (row !== undefined) return { table: entry.table, row };
    if (this.#context.draft.insertedName(entry) === undefined) {
      if (entry.claims.length === 0) throw unresolved(entry);
      this.#tools.includer.include(entry);
    }
    if (this.#context.draft.insertedName(entry) === undefined) throw unresolved(entry);
    return { table: entry.table, entry };
  }

  #remove(element: Element, row: Row): void {
    const { view, draft, braked } = this.#context;
    const { compare, references, placement } = this.#tools;
    const { entry, target } = element;
    const table = view.table(entry.table);
    const column = view.column(table, element.column);
    // The whole row goes, and with it the element.
    if (references.goes(entry)) return;
    const part = element.mapKey ?? (target === undefined ? atomOfKey(element, row) : target.uuid);
    if (part === undefined || !compare.holds(row[column.name], part) || compare.isStated(entry, column, part)) return;
    if (braked(element)) return;
    // The other half of a move goes along, or the row would be deleted in between.
    if (target !== undefined && target.claims.length > 0 && isStrong(column.type) && !view.table(target.table).isRoot)
      placement.includeKeepers(target);
    draft.push({
      kind: 'remove',
      target: { table: entry.table, row },
      column: column.name,
      type: column.type,
      part: element.mapKey === undefined ? { atom: part } : { mapKey: part, value: '' },
    });
  }
}

function checkShape(element: Element, { name, type }: ColumnSchema): void {
  const shape = element.mapKey === undefined ? 'set' : 'map';
  if (type.shape === shape) return;
  const { table } = element.entry;
  throw new OvsdbError('OVSDB_BAD_VALUE', `${seedName(element)}: the column is no ${shape}`, { table, column: name });
}

/** The atom of a withdrawn element as the row holds it. */
function atomOfKey(element: Element, row: Row): Atom | undefined {
  if (!isSetValue(row[element.column]) || typeof element.key !== 'string') return undefined;
  const text = element.key.slice(1);
  if (element.key.startsWith('s')) return text;
  if (element.key.startsWith('b')) return text === 'true';
  return normalAtom(/^-?\d+$/.test(text) ? BigInt(text) : Number(text));
}
