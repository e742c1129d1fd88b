import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesBelow, readManifest, repository, textOf, workspaces } from './workspaces.ts';

const SCOPE = '@kube-ovn/';

/** The table "Packages and apps" of the architecture: what a package may import of ours. Apps may import any package. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  ipam: [],
  ovsdb: [],
  dataflow: [],
  'ovn-model': ['ovsdb'],
  api: ['ipam'],
  policy: ['ovn-model', 'ipam'],
  kube: ['dataflow', 'api'],
  host: ['dataflow'],
  telemetry: [],
  'datapath-dpdk': ['ovsdb', 'ovn-model'],
  install: ['api'],
  insight: ['api', 'ipam', 'policy'],
};

const APPS = ['controller', 'daemon', 'cni', 'speaker', 'pinger', 'ko', 'lab'];

const IMPORT = /(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g;

const importsOf = (text: string): readonly string[] => [...text.matchAll(IMPORT)].flatMap((match) => match[1] ?? []);

describe('layers', () => {
  for (const { folder, manifest } of workspaces()) {
    const name = manifest.name.slice(SCOPE.length);
    const isApp = APPS.includes(name);

    it(`${name}: is in the table of the architecture`, () => {
      expect(manifest.name).toBe(SCOPE + folder.split('/')[1]);
      expect(isApp ? folder.startsWith('apps/') : Object.hasOwn(MAY_IMPORT, name)).toBe(true);
    });

    it(`${name}: depends only on what its layer may import`, () => {
      const ours = Object.keys(manifest.dependencies ?? {})
        .filter((dependency) => dependency.startsWith(SCOPE))
        .map((dependency) => dependency.slice(SCOPE.length));
      const allowed = isApp ? Object.keys(MAY_IMPORT) : (MAY_IMPORT[name] ?? []);
      expect(ours.filter((dependency) => !allowed.includes(dependency))).toEqual([]);
    });

    it(`${name}: imports of ours are declared, and only through a door`, () => {
      const declared = new Set([
        ...Object.keys(manifest.dependencies ?? {}),
        ...Object.keys(manifest.devDependencies ?? {}),
        manifest.name,
      ]);
      const wrong = filesBelow(folder, ['.ts']).flatMap((path) =>
        importsOf(textOf(path))
          .filter((specifier) => specifier.startsWith(SCOPE))
          .filter(
            (specifier) =>
              !declared.has(specifier.split('/').slice(0, 2).join('/')) || specifier.includes('/src/') || specifier.includes('/dist/'),
          )
          .map((specifier) => `${path}: ${specifier}`),
      );
      expect(wrong).toEqual([]);
    });
  }

  it('packages/policy: the reference evaluator and what it is the oracle of share no code', () => {
    const foreign = filesBelow('packages/policy/src/verdict', ['.ts'])
      .filter((path) => !path.endsWith('.test.ts'))
      .flatMap((path) => importsOf(textOf(path)).map((specifier) => ({ path, specifier })))
      .filter(({ specifier }) => specifier.startsWith('../') || (specifier.startsWith(SCOPE) && specifier !== `${SCOPE}ipam`));
    expect(foreign).toEqual([]);
    const values = /import (?!type\b)[^;]*?from '[^']*\/verdict\/[^']*'/;
    const compiler = ['acl', 'group', 'read', 'select'].flatMap((part) => filesBelow(`packages/policy/src/${part}`, ['.ts']));
    expect(compiler.filter((path) => values.test(textOf(path)))).toEqual([]);
  });

  it('the Kubernetes client is spoken to by packages/kube and apps/lab alone', () => {
    const users = filesBelow('packages', ['.ts'])
      .concat(filesBelow('apps', ['.ts']))
      .filter((path) => importsOf(textOf(path)).some((specifier) => specifier.startsWith('@kubernetes/client-node')))
      .filter((path) => !path.startsWith('packages/kube/') && !path.startsWith('apps/lab/'));
    expect(users).toEqual([]);
  });
});

describe('form', () => {
  const sources = [...filesBelow('packages', ['.ts']), ...filesBelow('apps', ['.ts'])];

  it('a door, src/index.ts, holds re-exports alone', () => {
    const statements = (text: string): readonly string[] =>
      text
        .replaceAll(/\/\*[\s\S]*?\*\//g, '')
        .replaceAll(/\/\/.*$/gm, '')
        .split(';')
        .map((part) => part.trim())
        .filter(Boolean);
    const wrong = sources
      .filter((path) => /^packages\/[^/]+\/src\/index\.ts$/.test(path))
      .flatMap((path) =>
        statements(textOf(path))
          .filter((statement) => !/^export\s+(type\s+)?(\{[\s\S]*\}|\*(\s+as\s+\w+)?)\s+from\s/.test(statement))
          .map((statement) => `${path}: ${statement.slice(0, 80)}`),
      );
    expect(wrong).toEqual([]);
  });

  it('no program is started through a shell', () => {
    const wrong = sources.filter((path) => /\bexecSync\s*\(|shell:\s*true|\bexec\s*\(\s*`/.test(textOf(path)));
    expect(wrong).toEqual([]);
  });

  it('no test is skipped, focused or left to do', () => {
    const wrong = sources.filter((path) => /\b(it|test|describe)\.(skip|only|todo|skipIf|runIf)\b/.test(textOf(path)));
    expect(wrong).toEqual([]);
  });

  it('no source file is longer than 600 lines', () => {
    expect(sources.filter((path) => textOf(path).split('\n').length > 601)).toEqual([]);
  });
});

describe('documents', () => {
  it('docs/dependencies.md names every dependency, and no other', () => {
    const used = new Set(
      [...workspaces().map(({ manifest }) => manifest), readManifest('.'), readManifest('tools')]
        .flatMap((manifest) =>
          [manifest.dependencies, manifest.devDependencies, manifest.optionalDependencies].flatMap((list) => Object.keys(list ?? {})),
        )
        .filter((name) => !name.startsWith(SCOPE)),
    );
    const named = new Set(
      textOf('docs/dependencies.md')
        .split('\n')
        .filter((line) => line.startsWith('|'))
        .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '')),
    );
    expect(
      [...used].filter((name) => !named.has(name)),
      'missing in the document',
    ).toEqual([]);
    expect(
      [...named].filter((name) => !used.has(name)),
      'named, but not used',
    ).toEqual([]);
  });

  it('every package and app has a README', () => {
    expect(
      workspaces()
        .filter(({ folder }) => !existsSync(join(repository, folder, 'README.md')))
        .map(({ folder }) => folder),
    ).toEqual([]);
  });

  it('relative links in Markdown lead somewhere', () => {
    const broken = filesBelow('.', ['.md']).flatMap((path) =>
      // what stands in backticks is no link, such as a pattern
      [
        ...textOf(path)
          .replaceAll(/`[^`\n]*`/g, '')
          .matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g),
      ]
        .map((match) => match[1] ?? '')
        .filter((target) => !existsSync(join(repository, path, '..', target)))
        .map((target) => `${path}: ${target}`),
    );
    expect(broken).toEqual([]);
  });

  it('every page of docs is reached from the README by links', () => {
    const pages = filesBelow('.', ['.md']);
    const reached = new Set<string>(['README.md']);
    for (const path of reached) {
      if (!path.endsWith('.md')) continue;
      for (const [, target = ''] of textOf(path).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)) {
        const found = normalize(join(path, '..', target)).replace(/\/$/, '');
        // a link to a folder leads to what is in it
        for (const page of pages) if (page === found || dirname(page) === found) reached.add(page);
      }
    }
    expect(pages.filter((path) => path.startsWith('docs/') && !reached.has(path))).toEqual([]);
  });

  it('every manifest of docs/features is named by a page beside it, and by a test that applies it', () => {
    const words = (paths: readonly string[]): string => paths.map(textOf).join('\n');
    const explained = words(filesBelow('docs/features', ['.md']));
    const tests = words(filesBelow('apps', ['.ts']).filter((path) => path.includes('/test/')));
    const manifests = filesBelow('docs/features', ['.yaml']).map((path) => path.slice('docs/features/'.length));
    expect(manifests.filter((name) => !explained.includes(name))).toEqual([]);
    // tests name them with their ending, or without
    expect(manifests.filter((name) => !tests.includes(name) && !tests.includes(`'${name.slice(0, -'.yaml'.length)}'`))).toEqual([]);
  });
});
