/** What the look at nodes found, as text. */
import type { EnvironmentFinding } from './finding.ts';

/** What is the same on many nodes is said once. */
export function printEnvironment(nodes: readonly string[], findings: readonly EnvironmentFinding[]): string {
  const count = (wanted: string): number => findings.filter(({ severity }) => severity === wanted).length;
  const groups = Map.groupBy(findings, ({ severity, code, message, fix }) => [severity, code, message, fix].join('\n'));
  const lines = [...groups.values()].flatMap((alike) => {
    const [{ severity, code, message, fix } = { severity: '', code: '', message: '', fix: '' }] = alike;
    const objects = alike.map(({ object }) => object).join(', ');
    return [`${severity.padEnd(7)}  ${code}  ${objects}: ${message}`, `    fix: ${fix}`];
  });
  const sums = `errors ${count('error')}, warnings ${count('warning')}, notes ${count('note')}`;
  return [...lines, `${sums} (nodes looked at: ${nodes.join(', ') || 'none'})`].join('\n');
}
