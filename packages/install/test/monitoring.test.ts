/** Dashboard and alerts ask only for metrics, and labels of them, that the generated reference has. */
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { alerts, dashboard, dashboardText, rows } from '../src/index.ts';

const repository = fileURLToPath(new URL('../../..', import.meta.url));

/** What Prometheus, and prom-client of any process, adds to every metric. */
const OF_ALL = ['instance', 'job', 'namespace', 'pod'];
const NODE_PROGRAMS = ['daemon.md', 'speaker.md'];

/** Labels by name of the series, from the tables of docs/reference. */
const known: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  globSync('docs/reference/*.md', { cwd: repository }).flatMap((page) => {
    // the registries of these give each metric the name of the node
    const always = NODE_PROGRAMS.some((name) => page.endsWith(name)) ? [...OF_ALL, 'node_name'] : OF_ALL;
    const text = readFileSync(`${repository}/${page}`, 'utf8');
    const own = [...text.matchAll(/^\| `(\w+)` \| (\w+) \| (.*?) \|/gm)].flatMap(([, name = '', type = '', cell = '']) => {
      const labels = [...cell.matchAll(/`(\w+)`/g)].map(([, label = '']) => label);
      const all = new Set([...labels, ...always]);
      if (type !== 'histogram') return [[name, all] as const];
      return [
        [`${name}_bucket`, new Set([...all, 'le'])] as const,
        ...[`${name}_count`, `${name}_sum`].map((series) => [series, all] as const),
      ];
    });
    return [...own, ['process_resident_memory_bytes', new Set([...always, 'node_name'])] as const];
  }),
);

interface Query {
  readonly metrics: readonly string[];
  readonly labels: readonly string[];
}

const WORDS: ReadonlySet<string> = new Set(['by', 'without', 'on', 'ignoring', 'and', 'or', 'unless', 'bool', 'group_left', 'group_right']);

/** The series and labels of an expression of Prometheus. */
function readQuery(expr: string): Query {
  const labels: string[] = [];
  const rest = expr
    .replaceAll(/\{([^}]*)\}/g, (_, selectors: string) => {
      labels.push(...[...selectors.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"[^"]*"/g)].map(([, label = '']) => label));
      return '';
    })
    .replaceAll(/\b(?:by|without|on|ignoring) ?\(([^)]*)\)/g, (_, names: string) => {
      labels.push(...names.split(',').map((name) => name.trim()));
      return '';
    })
    .replaceAll(/\[[^\]]*\]/g, '');
  const metrics = [...rest.matchAll(/\b([a-zA-Z_:][\w:]*)\b(?!\s*\()/g)].map(([, name = '']) => name).filter((name) => !WORDS.has(name));
  return { metrics, labels };
}

const asked: readonly (readonly [string, string])[] = [
  ...rows.flatMap(({ panels }) => panels.flatMap(({ title, queries }) => queries.map((query) => [title, query] as const))),
  ...alerts.map(({ alert, expr }) => [alert, expr] as const),
];

it.each(asked)('%s: %s', (_title, expr) => {
  const { metrics, labels } = readQuery(expr);
  expect(metrics.length).toBeGreaterThan(0);
  for (const metric of metrics) {
    expect([...known.keys()]).toContain(metric);
    expect([metric, labels.filter((label) => known.get(metric)?.has(label) !== true)]).toEqual([metric, []]);
  }
  for (const [open, close] of ['()', '{}', '[]']) expect(expr.split(open ?? '').length).toBe(expr.split(close ?? '').length);
});

it('a query for a metric or label that is not there would be seen', () => {
  expect(readQuery('sum by (le, node) (rate(no_such_total{code!="0"}[5m])) > 0.2 or vector(0)')).toEqual({
    metrics: ['no_such_total'],
    labels: ['code', 'le', 'node'],
  });
  expect(known.has('no_such_total')).toBe(false);
  expect(known.get('policy_rows')?.has('node_name')).toBe(false);
});

it('panels have their own ids and places, and one title each', () => {
  const { panels } = dashboard() as unknown as {
    readonly panels: readonly {
      readonly id: number;
      readonly title: string;
      readonly gridPos: { x: number; y: number; w: number; h: number };
    }[];
  };
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
});

it('deploy/grafana/kube-ovn.json is what the source says (npm run deploy -w packages/install)', () => {
  expect(readFileSync(`${repository}/deploy/grafana/kube-ovn.json`, 'utf8')).toBe(dashboardText());
});
