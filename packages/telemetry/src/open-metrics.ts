/** Metrics as OpenMetrics text: pure. @source OpenMetrics 1.0 (IETF draft-richih-opsawg-openmetrics-00) */
import type { MetricObjectWithValues, MetricValue } from 'prom-client';

/** Content type of the format. */
export const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

type Family = MetricObjectWithValues<MetricValue<string> & { readonly metricName?: string }>;

/** @param metrics as `Registry.getMetricsAsJSON()` has them */
export function formatOpenMetrics(metrics: readonly Family[]): string {
  return `${metrics.flatMap(formatFamily).join('')}# EOF\n`;
}

function formatFamily({ name, help, type, values }: Family): readonly string[] {
  // prom-client tells the type by word; its declaration says a number
  const kind = String(type);
  const family = kind === 'counter' ? name.replace(/_total$/, '') : name;
  return [
    `# HELP ${family} ${escape(help)}\n`,
    `# TYPE ${family} ${kind}\n`,
    ...values.map(({ metricName, labels, value }) => {
      const sample = kind === 'counter' ? `${family}_total` : (metricName ?? name);
      return `${sample}${formatLabels(labels)} ${formatNumber(value)}\n`;
    }),
  ];
}

function formatLabels(labels: Readonly<Partial<Record<string, string | number>>>): string {
  const pairs = Object.entries(labels).map(([name, value = '']) => {
    // a bound of a bucket is a number in canonical form
    const text = name === 'le' && typeof value === 'number' ? formatBound(value) : String(value);
    return `${name}="${escape(text)}"`;
  });
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function formatBound(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : formatNumber(value);
}

function formatNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (Number.isFinite(value)) return String(value);
  return value > 0 ? '+Inf' : '-Inf';
}

function escape(text: string): string {
  return text
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('\n', String.raw`\n`)
    .replaceAll('"', String.raw`\"`);
}
