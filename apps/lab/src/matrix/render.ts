/** The matrix as text: pure. */
import type { Protocol, Relation, Verdict } from './checks.ts';

const RELATIONS: readonly Relation[] = ['same node', 'other node', 'node', 'outside'];
const MARKS: Readonly<Record<Protocol, string>> = { icmp: 'P', tcp: 'T', udp: 'U' };

/** Columns as text, each as wide as its widest cell. */
export function renderTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, i) => Math.max(title.length, ...rows.map((row) => (row[i] ?? '').length)));
  return [header, ...rows]
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** From whom (rows) to whom (columns): the protocols that were as expected; what was not is a small letter. */
export function renderMatrix(verdicts: readonly Verdict[]): string {
  const targets = [...new Set(verdicts.map(({ expectation }) => expectation.to))];
  const askers = [...new Set(verdicts.map(({ expectation }) => expectation.from))].toSorted();
  const shown = [...targets].toSorted((a, b) => order(verdicts, a) - order(verdicts, b) || a.localeCompare(b));
  const rows = askers.map((from) => [
    from,
    ...shown.map((to) => cell(verdicts.filter(({ expectation }) => expectation.from === from && expectation.to === to))),
  ]);
  return renderTable(['from \\ to', ...shown.map((_, i) => String(i + 1))], rows).concat(
    '\n',
    shown.map((to, i) => `  ${i + 1} = ${to}`).join('\n'),
    '\n  P = ping, T = TCP, U = UDP answered as expected; a small letter: not as expected; - : the same pod',
  );
}

function order(verdicts: readonly Verdict[], to: string): number {
  const relation = verdicts.find(({ expectation }) => expectation.to === to)?.expectation.relation ?? 'outside';
  return relation === 'node' ? 1 : relation === 'outside' ? 2 : 0;
}

function cell(verdicts: readonly Verdict[]): string {
  if (verdicts.length === 0) return '-';
  return (['icmp', 'tcp', 'udp'] as const)
    .map((protocol) => {
      const own = verdicts.filter(({ expectation }) => expectation.check.protocol === protocol);
      if (own.length === 0) return '';
      return own.every(({ isAsExpected }) => isAsExpected) ? MARKS[protocol] : MARKS[protocol].toLowerCase();
    })
    .join('');
}

/** One line for each relation and protocol: expected beside observed. */
export function renderSummary(verdicts: readonly Verdict[]): string {
  const rows = RELATIONS.flatMap((relation) =>
    (['icmp', 'tcp', 'udp'] as const).map((protocol) => {
      const own = verdicts.filter(({ expectation }) => expectation.relation === relation && expectation.check.protocol === protocol);
      const good = own.filter(({ isAsExpected }) => isAsExpected).length;
      const wanted =
        relation === 'outside' && protocol !== 'icmp'
          ? "answer, seen from the node's address"
          : protocol === 'icmp'
            ? 'answer'
            : 'answer of the one that was asked';
      return own.length === 0
        ? []
        : [
            relation === 'node' || relation === 'outside' ? `pod → ${relation}` : `pod → pod, ${relation}`,
            protocol,
            wanted,
            `${good} of ${own.length}`,
            good === own.length ? 'ok' : 'NOT AS EXPECTED',
          ];
    }),
  ).filter((row) => row.length > 0);
  return renderTable(['path', 'protocol', 'expected', 'observed', ''], rows);
}

/** The measurements that were not as expected, at most `limit` of them. */
export function renderFailures(verdicts: readonly Verdict[], limit = 20): string {
  const failures = verdicts.filter(({ isAsExpected }) => !isAsExpected);
  const lines = failures
    .slice(0, limit)
    .map(
      ({ expectation, observed }) =>
        `  ${expectation.from} → ${expectation.to} (${expectation.check.protocol} ${expectation.check.address}): ${observed}`,
    );
  return [...lines, ...(failures.length > limit ? [`  and ${failures.length - limit} more`] : [])].join('\n');
}
