/** Findings with a severity, as text. */
import type { Severity } from './finding.ts';

interface Told {
  readonly severity: Severity;
  readonly code: string;
  readonly object: string;
  readonly message: string;
  readonly fix: string;
}

/** One line a finding with its way out; what is the same of many objects is said once. */
export function findingLines(findings: readonly Told[]): readonly string[] {
  const groups = Map.groupBy(findings, ({ severity, code, message, fix }) => [severity, code, message, fix].join('\n'));
  return [...groups.values()].flatMap((alike) =>
    alike.slice(0, 1).flatMap(({ severity, code, message, fix }) => {
      const objects = alike.map(({ object }) => object).join(', ');
      return [`${severity.padEnd(7)}  ${code}  ${objects}: ${message}`, `    fix: ${fix}`];
    }),
  );
}

export function sums(findings: readonly Told[]): string {
  const count = (wanted: Severity): number => findings.filter(({ severity }) => severity === wanted).length;
  return `errors ${count('error')}, warnings ${count('warning')}, notes ${count('note')}`;
}

export function printEnvironment(nodes: readonly string[], findings: readonly Told[]): string {
  return [...findingLines(findings), `${sums(findings)} (nodes looked at: ${nodes.join(', ') || 'none'})`].join('\n');
}
