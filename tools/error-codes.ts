/**
 * Writes the codes of errors into docs/reference/errors.md: every member of a union of codes, with the comment that stands above it or
 * behind it.
 *
 *   node tools/error-codes.ts
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { repository } from './workspaces.ts';

/** Where codes are declared that a user may meet. */
const FILES = [
  'packages/ipam/src/errors.ts',
  'packages/policy/src/problem.ts',
  'packages/ovsdb/src/errors.ts',
  'packages/kube/src/errors.ts',
  'packages/host/src/errors.ts',
  'packages/dataflow/src/errors.ts',
  'packages/datapath-dpdk/src/errors.ts',
  'packages/insight/src/errors.ts',
  'apps/controller/src/errors.ts',
  'apps/speaker/src/errors.ts',
  'apps/ko/src/errors.ts',
  'apps/lab/src/errors.ts',
] as const;

const CODE = "'(?<code>[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)'";
/** `/** text *\/` above a member, or `// text` behind it. */
const ABOVE = new RegExp(String.raw`/\*\* (?<text>[^*]+) \*/\s+\|? ?${CODE}`, 'g');
const BEHIND = new RegExp(String.raw`\| ${CODE};? // (?<text>.+)`, 'g');
/** In the comment of the union: "- `CODE`, `CODE`: text". */
const LISTED = /^ \* - (?<codes>`[A-Z_`, ]+`): (?<text>.+)$/gm;

const BEGIN = '<!-- begin codes -->';
const END = '<!-- end codes -->';
const PAGE = join(repository, 'docs/reference/errors.md');

/** Every code that is declared in a file. */
export function declaredCodes(text: string): readonly string[] {
  const members = text.matchAll(new RegExp(String.raw`(?:\| |^  |= ?\n? *)${CODE}[,;\n ]`, 'gm'));
  return [...new Set([...members].map(({ groups }) => groups?.['code'] ?? ''))];
}

/** What is said of each. */
export function explainedCodes(text: string): ReadonlyMap<string, string> {
  const pairs = [...text.matchAll(ABOVE), ...text.matchAll(BEHIND)].map(
    ({ groups }) => [groups?.['code'] ?? '', (groups?.['text'] ?? '').trim()] as const,
  );
  const listed = [...text.matchAll(LISTED)].flatMap(({ groups }) =>
    (groups?.['codes'] ?? '').split(',').map((code) => [code.replaceAll(/[` ]/g, ''), groups?.['text'] ?? ''] as const),
  );
  return new Map([...listed, ...pairs]);
}

/** All files as tables. */
function codeTables(): string {
  return FILES.map((file) => {
    const text = readFileSync(join(repository, file), 'utf8');
    const said = explainedCodes(text);
    const rows = declaredCodes(text).map((code) => `| \`${code}\` | ${sentence(said.get(code) ?? '')} |`);
    return `### ${file.split('/').slice(0, 2).join('/')}\n\n| code | what it means |\n|---|---|\n${rows.join('\n')}`;
  }).join('\n\n');
}

/** The page with the tables of today. */
export function pageWithCodes(page: string): string {
  const [before = '', rest = ''] = page.split(BEGIN);
  return `${before}${BEGIN}\n${codeTables()}\n${END}${rest.split(END)[1] ?? ''}`;
}

function sentence(text: string): string {
  const one = text.replaceAll(/\s+/g, ' ').replaceAll('|', String.raw`\|`);
  return `${one.charAt(0).toUpperCase()}${one.slice(1)}`.replace(/\.$/, '');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(PAGE, pageWithCodes(readFileSync(PAGE, 'utf8')));
