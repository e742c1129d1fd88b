/** A diagnosis: what was looked at, and what was found. Pure. */
import { findingLines, sums } from '../environment/print.ts';
import { bySeverity, type Diagnosis } from './finding.ts';

/** One thing that was looked at. */
export interface Part {
  readonly name: string;
  /** What of it was seen; undefined when it could not be looked at. */
  readonly seen: string | undefined;
  readonly findings: readonly Diagnosis[];
}

export interface Report {
  readonly about: string;
  readonly parts: readonly { readonly name: string; readonly seen: string; readonly findings: number }[];
  readonly findings: readonly Diagnosis[];
}

/** A part that could not be looked at is a finding of its own. */
export function unseenPart(name: string, reason: string): Part {
  const finding: Diagnosis = {
    severity: 'warning',
    code: 'NOT_LOOKED_AT',
    object: name,
    message: reason,
    fix: 'what is wrong there stays unknown; a site file (--site) says where its parts are',
  };
  return { name, seen: undefined, findings: [finding] };
}

export function reportOf(about: string, parts: readonly Part[]): Report {
  return {
    about,
    parts: parts.map(({ name, seen, findings }) => ({ name, seen: seen ?? 'not looked at', findings: findings.length })),
    findings: bySeverity(parts.flatMap(({ findings }) => findings)),
  };
}

/** What was looked at first, then the findings; the same of several objects is said once. */
export function printReport({ about, parts, findings }: Report): string {
  const looked = parts.map(({ name, seen, findings: count }) => `${name.padEnd(10)}  ${seen}${count === 0 ? '' : `: ${count} found`}`);
  return [...looked, '', ...findingLines(findings), `${about}: ${sums(findings)}`].join('\n');
}
