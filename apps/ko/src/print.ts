/** What the check found, as text for people or a document for programs. */
import type { ClusterFacts } from './check/facts.ts';
import type { Finding } from './check/finding.ts';

/** One line a finding with its way out, and a line of sums. */
export function printText(facts: ClusterFacts, findings: readonly Finding[]): string {
  const lines = findings.flatMap(({ code, object, message, fix }) => [`${code}  ${object}: ${message}`, `    fix: ${fix}`]);
  const seen = [
    `${facts.ips.length} addresses`,
    `${facts.pods.length} pods`,
    `${facts.ports.length} ports`,
    facts.interfaces === undefined ? 'no node asked' : `${facts.interfaces.length} interfaces`,
  ].join(', ');
  const verdict = findings.length === 0 ? 'consistent' : `${findings.length} ${findings.length === 1 ? 'finding' : 'findings'}`;
  return [...lines, `${verdict} (${seen})`].join('\n');
}

export function findingsDocument(facts: ClusterFacts, findings: readonly Finding[]): object {
  const counts = {
    ips: facts.ips.length,
    pods: facts.pods.length,
    ports: facts.ports.length,
    interfaces: facts.interfaces?.length ?? null,
  };
  return { consistent: findings.length === 0, counts, findings };
}
