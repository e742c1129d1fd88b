/**
 * A replicated table as aligned text.
 */
import { printJson } from '../../json/json.ts';
import { rowToJson } from '../../notation/print.ts';
import type { Replica } from '../../replica/replica.ts';

/** Lines of text: a title, headings, one line for each row, sorted by UUID. Empty tables give nothing. */
export function printTable(replica: Replica, table: string): readonly string[] {
  const rows = [...replica.rows(table)].toSorted((a, b) => (a._uuid < b._uuid ? -1 : 1));
  if (rows.length === 0) return [];
  const columns = [...(replica.columns(table) ?? [])].toSorted((a, b) => (a < b ? -1 : 1));
  const headings = ['_uuid', ...columns];
  const cells = rows.map((row) => {
    const json = rowToJson(replica, table, row);
    return [row._uuid, ...columns.map((column) => printJson(json[column] ?? null))];
  });
  const widths = headings.map((heading, at) => Math.max(heading.length, ...cells.map((line) => line[at]?.length ?? 0)));
  const print = (line: readonly string[]): string =>
    line
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join(' ')
      .trimEnd();
  return [`${table} (${rows.length})`, print(headings), widths.map((width) => '-'.repeat(width)).join(' '), ...cells.map(print), ''];
}
