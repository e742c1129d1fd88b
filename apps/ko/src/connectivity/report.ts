/** What came of it, for people and programs. Pure. */
import type { ProbeResult } from '../agent/agent.ts';
import type { Question } from './matrix.ts';

export interface Check {
  readonly what: string;
  readonly ok: boolean;
  readonly family: 'IPv4' | 'IPv6';
  readonly protocol: string;
  readonly from: string;
  readonly to: string;
  readonly address: string;
  /** Names of those that may answer; none: nobody shall. */
  readonly expected: readonly string[];
  /** Who answered; null for nobody. */
  readonly answer: string | null;
  readonly error: string | null;
  readonly attempts: number;
}

export interface ConnectivityReport {
  readonly ok: boolean;
  readonly nodes: readonly string[];
  readonly checks: readonly Check[];
  /** What was not asked, and why. */
  readonly left: readonly string[];
}

export function checkOf({ what, from, to, probe }: Question, result: ProbeResult): Check {
  const { protocol, address, port, family, expected } = probe;
  return {
    what,
    ok: result.isAsExpected,
    family: family === 6 ? 'IPv6' : 'IPv4',
    protocol: protocol === 'connect' ? 'tcp' : protocol,
    from,
    to,
    address: address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`,
    expected,
    answer: result.answer ?? null,
    error: result.error ?? null,
    attempts: result.attempts,
  };
}

/** A line for each, failures with what came instead. */
export function printConnectivity({ nodes, checks, left }: ConnectivityReport): string {
  const rows = checks.map((check) => [
    check.ok ? 'ok' : 'FAILED',
    check.what,
    check.family,
    check.protocol,
    `${check.from} > ${check.to}`,
    check.address,
    check.ok ? '' : outcome(check),
  ]);
  const widths = [0, 1, 2, 3, 4, 5].map((column) => Math.max(0, ...rows.map((row) => (row[column] ?? '').length)));
  const lines = rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const failed = checks.filter(({ ok }) => !ok).length;
  const verdict = failed === 0 ? `all ${checks.length} as expected` : `${failed} of ${checks.length} not as expected`;
  return [...lines, ...left.map((line) => `not asked: ${line}`), `${verdict} (on ${nodes.join(' and ')})`].join('\n');
}

function outcome({ expected, answer, error }: Check): string {
  const wanted = expected.length === 0 ? 'nobody' : expected.join(' or ');
  return `wanted ${wanted}, got ${answer ?? error ?? 'nothing'}`;
}
