/** Durations as text. */
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** A duration as Go writes it, in whole seconds; undefined when it is none. @source Go time.ParseDuration */
export function readSeconds(text: string): number | undefined {
  const parts = [...text.matchAll(/(\d{1,9})(ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map(([whole]) => whole).join('') !== text) return undefined;
  const ms = parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (UNIT_MS[unit] ?? 0), 0);
  return Number.isInteger(ms / 1000) ? ms / 1000 : undefined;
}
