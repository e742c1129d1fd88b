/** A finding of any part of the diagnosis. */
import type { Finding, FindingCode } from '../check/finding.ts';
import type { Severity } from '../environment/finding.ts';

export interface Diagnosis {
  readonly severity: Severity;
  readonly code: string;
  readonly object: string;
  readonly message: string;
  readonly fix: string;
}

/** What is left over or miscounted harms nobody yet. */
const WARNINGS: readonly FindingCode[] = ['LEAKED_ADDRESS', 'ORPHANED_PORT', 'ORPHANED_INTERFACE', 'WRONG_COUNTER'];

export function ofCheck(finding: Finding): Diagnosis {
  return { severity: WARNINGS.includes(finding.code) ? 'warning' : 'error', ...finding };
}

const ORDER: readonly Severity[] = ['error', 'warning', 'note'];

export function bySeverity(findings: readonly Diagnosis[]): readonly Diagnosis[] {
  return findings.toSorted((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
}
