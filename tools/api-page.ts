/**
 * Writes API.md of a package: every export of its doors with its documentation, taken from the declarations that the compiler wrote.
 *
 *   node tools/api-page.ts packages/ovsdb packages/datapath-dpdk
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { repository } from './workspaces.ts';

interface Export {
  readonly name: string;
  readonly documentation: string;
  readonly declaration: string;
}

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, string | { readonly types: string }>>;
}

/** The page of a package that has been built. */
export function apiPage(folder: string): string {
  const root = join(repository, folder);
  const { name, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
  const doors = Object.entries(exports).flatMap(([door, files]) =>
    typeof files === 'string' ? [] : [{ title: join(name, door), exports: exportsOf(join(root, files.types)) }],
  );
  const anchors = new Anchors();
  const links = doors.map(
    ({ title, exports: all }) => `- \`${title}\`: ${all.map((one) => `[${one.name}](#${anchors.of(one.name)})`).join(', ')}`,
  );
  return [
    `# API of ${name}`,
    '',
    'Written from the declarations; a test keeps it so. What cannot be imported by name is documented where it is given out.',
    ...links.flatMap((line) => ['', line]),
    ...doors.flatMap((door) => ['', `## ${door.title}`, ...door.exports.flatMap(section)]),
    '',
  ].join('\n');
}

function section({ name, documentation, declaration }: Export): readonly string[] {
  return ['', `### ${name}`, ...(documentation === '' ? [] : ['', documentation]), '', '```ts', declaration, '```'];
}

/** Names of headings as GitHub links to them: of those that differ in case alone, the later ones have a number. */
class Anchors {
  readonly #counts = new Map<string, number>();

  of(heading: string): string {
    const anchor = heading.toLowerCase();
    const count = this.#counts.get(anchor) ?? 0;
    this.#counts.set(anchor, count + 1);
    return count === 0 ? anchor : `${anchor}-${count}`;
  }
}

/** What a door exports, in its order. A door holds re-exports alone. */
function exportsOf(door: string): readonly Export[] {
  return [...readFileSync(door, 'utf8').matchAll(/^export (?:type )?\{(?<names>[^}]*)\} from '(?<file>[^']+)';$/gms)].flatMap(
    ({ groups }) => {
      const declarations = declarationsIn(join(dirname(door), (groups?.['file'] ?? '').replace(/\.[jt]s$/, '.d.ts')));
      return (groups?.['names'] ?? '')
        .split(',')
        .map((text) => text.trim())
        .filter((text) => text !== '')
        .map((name) => {
          const found = declarations.get(name);
          if (found === undefined) throw new Error(`${door}: no declaration of ${name}`);
          return found;
        });
    },
  );
}

/** The compiler begins every declaration of a module at the start of a line, and nothing else but what closes one, and members of a union with their comments. */
function declarationsIn(file: string): ReadonlyMap<string, Export> {
  const found = new Map<string, Export>();
  if (!existsSync(file)) throw new Error(`${file} is missing: build the package first`);
  const text = readFileSync(file, 'utf8');
  const pattern =
    /^(?<comment>\/\*\*(?:(?!\*\/).)*\*\/\n)?(?<declaration>export (?:declare )?(?:abstract )?(?:const|function|class|interface|type) (?<name>\w+).*?)(?=^(?:\/\*\*(?:(?!\*\/).)*\*\/\n(?:export |import |declare |interface |type )|export |import |declare |interface |type |\/\/)|(?![^]))/gms;
  for (const { groups } of text.matchAll(pattern)) {
    const { comment = '', declaration = '', name = '' } = groups ?? {};
    const earlier = found.get(name);
    const own = declaration
      .replace(/^export (?:declare )?/, '')
      .replaceAll(/^ {4}#private;\n/gm, '')
      .replaceAll(/ +$/gm, '')
      .replaceAll(/^(?: {4})+/gm, (indent) => ' '.repeat(indent.length / 2))
      .trimEnd();
    // Overloads follow each other.
    found.set(name, {
      name,
      documentation: earlier?.documentation ?? prose(comment),
      declaration: earlier === undefined ? own : `${earlier.declaration}\n${own}`,
    });
  }
  return found;
}

/** A documentation comment as Markdown. */
function prose(comment: string): string {
  return comment
    .replace(/^\/\*\*\s?/, '')
    .replace(/\s*\*\/\s*$/, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, ''))
    .join('\n')
    .trim()
    .replaceAll(/^@param (?<name>\w+)\s+/gm, '- `$<name>`: ')
    .replaceAll(/^@(?<tag>returns|throws|source|complexity)\s+/gm, '- $<tag>: ')
    .replaceAll(/^ {2,}(?=\S)/gm, '  ');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folders = process.argv.slice(2);
  if (folders.length === 0) throw new Error('usage: node tools/api-page.ts FOLDER...');
  for (const folder of folders) writeFileSync(join(repository, folder, 'API.md'), apiPage(folder));
}
