/**
 * Writes one section of docs/benchmarks.md and leaves the others alone.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const HEAD =
  '# Benchmarks\n\nAs measured, each section by the command that it names. Other work may have run on the machine at the same time.\n';

/** Replace the section, or add it. Sections are told apart by HTML comments. */
export function writeSection(file: URL, name: string, body: string): void {
  const begin = `<!-- begin ${name} -->`;
  const end = `<!-- end ${name} -->`;
  const section = `${begin}\n${body.trim()}\n${end}`;
  const text = existsSync(file) ? readFileSync(file, 'utf8') : HEAD;
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  const next = from < 0 || to < 0 ? `${text.trimEnd()}\n\n${section}\n` : text.slice(0, from) + section + text.slice(to + end.length);
  writeFileSync(file, next);
}

/** A Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, column) => (column === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}
