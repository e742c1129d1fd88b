import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { declaredCodes, explainedCodes, pageWithCodes } from './error-codes.ts';
import { repository, textOf } from './workspaces.ts';

const page = textOf('docs/reference/errors.md');

describe('codes of errors', () => {
  it('are on the page as the sources say (node tools/error-codes.ts writes them)', () => {
    expect(page).toBe(pageWithCodes(page));
  });

  it('all have words', () => {
    expect([...page.matchAll(/^\| `(?<code>[A-Z_0-9]+)` \|\s*\|$/gm)].map(({ groups }) => groups?.['code'])).toEqual([]);
    expect(page.match(/^\| `[A-Z]+_/gm)?.length).toBeGreaterThan(80);
  });

  it.each([
    ["  /** Above. */\n  | 'X_ONE'\n  | 'X_TWO'; // behind\n", { X_ONE: 'Above.', X_TWO: 'behind' }],
    [" * - `X_ONE`, `X_TWO`: both\n */\nexport type X =\n  | 'X_ONE'\n  | 'X_TWO';\n", { X_ONE: 'both', X_TWO: 'both' }],
    ["const codes = [\n  /** First. */\n  'X_ONE',\n  'X_TWO',\n]", { X_ONE: 'First.', X_TWO: undefined }],
  ])('are found with their words: %j', (text, expected) => {
    const said = explainedCodes(text);
    expect(Object.fromEntries(declaredCodes(text).map((code) => [code, said.get(code)]))).toEqual(expected);
  });
});

describe('reasons of events and conditions', () => {
  const sources = ['controller', 'daemon', 'speaker'].flatMap((app) =>
    globSync('src/**/*.ts', { cwd: join(repository, 'apps', app), exclude: ['**/*.test.ts'] }).map((file) =>
      join(repository, 'apps', app, file),
    ),
  );
  const text = sources.map((file) => readFileSync(file, 'utf8')).join('\n');
  const explained = [...page.matchAll(/^\| `(?<reason>[A-Z][A-Za-z]+)` \|/gm)].map(({ groups }) => groups?.['reason'] ?? '');
  /** Made of the kind of an object, such as `Validate${kind}Failed`. */
  const composed = [
    ...['OvnFip', 'OvnSnatRule', 'OvnDnatRule'].flatMap((kind) => [`Validate${kind}Failed`, `${kind}Immutable`]),
    ...['Pod', 'Node'].flatMap((kind) => [`${kind}QoSUpdated`, `${kind}QoSFailed`]),
  ];
  /** How a reason is written: of a notice or condition, as the last argument of `condition`, or behind the type of an event. */
  const PLACES = [
    /\breason(?: = |: )(?<what>[^;\n]*?)(?:, message|[;\n])/g,
    /\bcondition\('\w+', '\w+', (?<what>[^)]*)\)/g,
    /'(?:Normal|Warning)',\s+(?<what>'[^']+')/g,
  ];

  it('that are written in the sources are on the page', () => {
    const written = PLACES.flatMap((place) => [...text.matchAll(place)].map(({ groups }) => groups?.['what'] ?? ''));
    const reasons = written.flatMap((what) => [...what.replaceAll(/=== '\w+'/g, '').matchAll(/'(?<reason>[A-Z][a-z]+\w*)'/g)]);
    expect(reasons.length).toBeGreaterThan(50);
    expect([...reasons.map(({ groups }) => groups?.['reason'] ?? ''), ...composed].filter((reason) => !explained.includes(reason))).toEqual(
      [],
    );
  });

  it('that are on the page are in the sources', () => {
    expect(explained.filter((reason) => !composed.includes(reason) && !text.includes(`'${reason}'`))).toEqual([]);
  });
});
