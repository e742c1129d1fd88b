/** The busiest pods. Pure. */
import type { Rate } from './counters.ts';

export interface Busy {
  /** `shop/web-0`; the logical switch port where no pod is told. */
  readonly pod: string;
  readonly node: string;
  readonly interface: string;
  readonly sent: Rate;
  readonly received: Rate;
}

export type Measure = 'bytes' | 'packets' | 'drops';

const MEASURES: Readonly<Record<Measure, (rate: Rate) => number>> = {
  bytes: ({ bytesPerSecond }) => bytesPerSecond,
  packets: ({ packetsPerSecond }) => packetsPerSecond,
  drops: ({ drops }) => drops ?? 0,
};

/** Both directions count; those that are idle are left out. */
export function busiest(all: readonly Busy[], by: Measure, limit: number): readonly Busy[] {
  const measure = ({ sent, received }: Busy): number => MEASURES[by](sent) + MEASURES[by](received);
  return all
    .filter((busy) => measure(busy) > 0)
    .toSorted((a, b) => measure(b) - measure(a))
    .slice(0, limit);
}

const HEADINGS = ['POD', 'NODE', 'SENT pkt/s', 'bit/s', 'DROPPED', 'RECEIVED pkt/s', 'bit/s', 'DROPPED'] as const;

export function printTop(busy: readonly Busy[]): string {
  if (busy.length === 0) return 'no pod sent or received anything';
  const rows = [HEADINGS, ...busy.map(({ pod, node, sent, received }) => [pod, node, ...cells(sent), ...cells(received)])];
  const widths = HEADINGS.map((_heading, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows
    .map((row) => row.map((cell, i) => (i < 2 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  '))
    .join('\n');
}

function cells({ packetsPerSecond, bytesPerSecond, drops }: Rate): readonly string[] {
  return [withPrefix(packetsPerSecond), withPrefix(bytesPerSecond * 8), drops === undefined ? '-' : String(drops)];
}

/** `12.3k` */
function withPrefix(value: number): string {
  const prefixes = ['', 'k', 'M', 'G'];
  const power = Math.min(prefixes.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(value, 1)) / 3)));
  return `${(value / 1000 ** power).toFixed(power === 0 && value >= 10 ? 0 : 1)}${prefixes[power] ?? ''}`;
}
