/** Numbers as the tables show them. */
import { cpus, totalmem } from 'node:os';

/** The value below which a share of the values lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** Milliseconds, with one digit after the point while there are few. */
export function ms(value: number): string {
  return Math.abs(value) < 100 ? value.toFixed(1) : value.toFixed(0);
}

/** What a benchmark ran on, and on which day. */
export function machine(): string {
  const cpu = cpus()[0]?.model.replace(/ \d.*/, '') ?? 'CPU';
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `${cpus().length} × ${cpu}, ${memory}, Node ${process.version.slice(1)}, ${new Date().toISOString().slice(0, 10)}`;
}
