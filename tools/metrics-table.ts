/** Metrics of a program as a Markdown table, for its page in docs/reference. */

/** What `Registry.getMetricsAsArray()` of prom-client has of each. */
interface MetricFacts {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly string[];
}

/** Those of any process, which prom-client adds by itself. */
const OF_PROCESS = /^(?:process|nodejs)_/;

/** Sorted by name. */
export function metricsTable(metrics: readonly unknown[]): string {
  const rows = (metrics as readonly (MetricFacts & object)[])
    .filter(({ name }) => !OF_PROCESS.test(name))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((metric) => {
      const labels = (metric.labelNames ?? []).map((label) => `\`${label}\``).join(', ');
      return `| \`${metric.name}\` | ${metric.constructor.name.toLowerCase()} | ${labels} | ${metric.help.replaceAll('|', '\\|')} |`;
    });
  return ['| metric | type | labels | what it is |', '|---|---|---|---|', ...rows].join('\n');
}

/** A page: what `--help` prints, and the metrics. */
export function referencePage(program: string, help: string, metrics: readonly unknown[]): string {
  return [
    `# ${program}`,
    `Made by \`npx vitest run test/reference.test.ts -u\` from what \`--help\` prints and from the metrics themselves.`,
    `## Flags\n\`\`\`\n${help.trim()}\n\`\`\``,
    `## Metrics\n${metricsTable(metrics)}`,
    'Beside these are `process_*` and `nodejs_*`, those of any process, in daemon and speaker.',
    '',
  ].join('\n\n');
}
