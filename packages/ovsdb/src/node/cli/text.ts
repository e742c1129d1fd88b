/**
 * Rows as text for people, in the manner of ovs-vsctl: `[a, b]` is a set, `{k=v}` a map, strings are quoted where they must be.
 */
import { isMapValue, isSetValue } from '../../notation/value.ts';
import type { Atom, Row, Value } from '../../notation/value.ts';
import type { ReplicaView } from '../../replica/view.ts';

/** Wider cells do not widen their column: one long value would pad all others. */
const MAX_WIDTH = 60;

/** A value as text on one line. */
export function valueToText(value: Value): string {
  if (value === undefined) return '[]';
  if (isMapValue(value))
    return `{${[...value]
      .map(([key, item]) => `${atomToText(key)}=${atomToText(item)}`)
      .toSorted()
      .join(', ')}}`;
  if (isSetValue(value)) return `[${value.map(atomToText).toSorted().join(', ')}]`;
  return atomToText(value);
}

/** A replicated table in lines: a title, headings, one line for each row, sorted by UUID. An empty table has none. */
export function* tableLines(view: ReplicaView, table: string): Generator<string> {
  const rows = [...view.rows(table)].toSorted((a, b) => (a._uuid < b._uuid ? -1 : 1));
  if (rows.length === 0) return;
  const columns = ['_uuid', ...[...(view.columns(table) ?? [])].toSorted()];
  yield `${table} (${rows.length})`;
  yield* alignedLines(columns, function* () {
    for (const row of rows) yield columns.map((column) => valueToText(row[column]));
  });
  yield '';
}

/** @param lines gives the cells of each line; called twice, so that a large table is never held as text */
export function* alignedLines(headings: readonly string[], lines: () => Iterable<readonly string[]>): Generator<string> {
  const widths = headings.map(({ length }) => length);
  for (const cells of lines()) {
    for (const [at, { length }] of cells.entries()) if (length <= MAX_WIDTH && length > (widths[at] ?? 0)) widths[at] = length;
  }
  const print = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join(' ')
      .trimEnd();
  yield print(headings);
  yield widths.map((width) => '-'.repeat(width)).join(' ');
  for (const cells of lines()) yield print(cells);
}

/** What people call a row: its name where it has one. */
export function rowLabel(row: Row): string {
  const name = row['name'];
  return typeof name === 'string' && name !== '' ? `${atomToText(name)} (${row._uuid})` : row._uuid;
}

function atomToText(atom: Atom): string {
  return typeof atom === 'string' && !/^[\w.:/@%+-]+$/.test(atom) ? JSON.stringify(atom) : String(atom);
}
