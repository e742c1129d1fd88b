import { describe, expect, it } from 'vitest';
import { declaredCodes, explainedCodes, pageWithCodes } from './error-codes.ts';
import { reasonsIn, templatesIn } from './event-reasons.ts';
import { filesBelow, textOf } from './workspaces.ts';

const page = textOf('docs/reference/errors.md');
const byText = (a: string, b: string): number => (a < b ? -1 : 1);

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

/** Files of an app that are no tests. */
const sourcesOf = (apps: readonly string[]): string =>
  apps
    .flatMap((app) => filesBelow(`apps/${app}/src`, ['.ts']))
    .filter((path) => !path.endsWith('.test.ts'))
    .map(textOf)
    .join('\n');

/** Rows of the page whose first column is such. */
const rows = (pattern: string): readonly string[] =>
  [...page.matchAll(new RegExp(`^\\| \`(${pattern})\` \\|`, 'gm'))].map(([, first = '']) => first);

/** Members of a union of texts behind `before`. */
const members = (path: string, before: string): readonly string[] => {
  const [, union = ''] = textOf(path).split(before);
  return [...(union.split(';')[0] ?? '').matchAll(/'(\w+)'/g)].map(([, member = '']) => member);
};

describe('codes of the CNI plugin', () => {
  it('are those that plugin and daemon answer', () => {
    const contract = textOf('packages/api/src/cni-socket.ts');
    const used = new Set([...(sourcesOf(['cni', 'daemon']) + contract).matchAll(/cniErrorCodes\.(\w+)/g)].map(([, name = '']) => name));
    const codes = [...contract.matchAll(/^ {2}(\w+): (\d+),$/gm)].flatMap(([, name = '', code = '']) => (used.has(name) ? [code] : []));
    expect(codes).toContain('11');
    expect(rows('\\d+')).toEqual(codes);
  });
});

describe('reasons of events and conditions', () => {
  const text = sourcesOf(['controller', 'daemon', 'speaker']);
  const nats = members('apps/controller/src/inputs/ovn-nat.ts', 'NatKind =');
  const limited = members('apps/daemon/src/features/bandwidth/limits.formula.ts', 'object: { readonly kind:');
  const kinds = new Map([
    ['`Validate${nat.kind}Failed`', nats],
    ['`${nat.kind}Immutable`', nats],
    ['`${kind}QoSFailed`', limited],
    ['`${kind}QoSUpdated`', limited],
  ]);

  it('are on the page, each once, and no others', () => {
    const reasons = [...reasonsIn(text, kinds)].toSorted(byText);
    expect(reasons.length).toBeGreaterThan(70);
    expect(rows('[A-Z][A-Za-z]+').toSorted(byText)).toEqual(reasons);
  });

  it('that are made of a kind are all known here', () => {
    expect([...templatesIn(text)].toSorted(byText)).toEqual([...kinds.keys()].toSorted(byText));
  });

  it.each([
    ["{ kind, reason: isSound ? 'YesIt' : noIt, message };\nconst noIt = 'NoIt';", ['NoIt', 'YesIt']],
    ["const R: Readonly<Record<string, string>> = {\n  A_B: 'OfAb',\n};\nf({ reason: R[code] ?? code, message: 'Not this' })", ['OfAb']],
    ["const reason = object?.kind === 'Pod' ? 'OVNOne' : 'OVNTwo';", ['OVNOne', 'OVNTwo']],
    ["events.event(\n  object,\n  'Normal',\n  'DPDKReady',\n  `Now`,\n);", ['DPDKReady']],
    ["condition('Ready', 'False', 'NotReady')", ['NotReady']],
    ["{ reason:\n    'OnTheNextLine', message }", ['OnTheNextLine']],
    ['{ reason: `${kind}Gone` }', ['NodeGone', 'PodGone']],
    ["// reason: 'OfAComment'\n{ state: 'waiting', reason: 'Open vSwitch is not connected' }", []],
  ])('are found however they are written: %j', (source, expected) => {
    expect([...reasonsIn(source, new Map([['`${kind}Gone`', ['Pod', 'Node']]]))].toSorted(byText)).toEqual(expected);
  });

  it('are refused when they are made of kinds that nobody has named', () => {
    expect(() => reasonsIn('{ reason: `${kind}Gone` }')).toThrow('name the kinds');
  });
});
