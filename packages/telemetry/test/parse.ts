/** A strict reader of OpenMetrics text, written from the grammar and not from the writer. @source OpenMetrics 1.0, ABNF and "Overall Structure" */

export interface ParsedFamily {
  readonly type: string;
  readonly help: string;
  readonly samples: readonly { readonly name: string; readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: ['_total', '_created'],
  gauge: [''],
  histogram: ['_bucket', '_count', '_sum', '_created'],
  summary: ['', '_count', '_sum', '_created'],
};
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g;
const NUMBER = /^(?:[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|[+-]?Inf|NaN)$/i;

const unescaped = (text: string): string => text.replaceAll(/\\(.)/g, (_, letter: string) => (letter === 'n' ? '\n' : letter));

function parseNumber(text: string): number {
  if (!NUMBER.test(text)) throw new Error(`no number: ${text}`);
  return Number(text.replace(/inf$/i, 'Infinity'));
}

/** @throws at the first line that is not OpenMetrics */
export function parseOpenMetrics(text: string): ReadonlyMap<string, ParsedFamily> {
  if (!text.endsWith('# EOF\n')) throw new Error('does not end with # EOF');
  const families = new Map<string, { type: string; help: string; samples: ParsedFamily['samples'][number][] }>();
  const seen = new Set<string>();
  let current = '';
  for (const line of text.slice(0, -'# EOF\n'.length).split('\n').slice(0, -1)) {
    const described = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line);
    if (described !== null) {
      const [, what, name = '', rest = ''] = described;
      if (name !== current && families.has(name)) throw new Error(`${name} is there twice`);
      current = name;
      const family = families.get(name) ?? { type: 'unknown', help: '', samples: [] };
      if (family.samples.length > 0) throw new Error(`${name} is described after its samples`);
      if (what === 'TYPE') family.type = rest;
      else family.help = unescaped(rest);
      families.set(name, family);
      continue;
    }
    const [, name = '', labelText = '', value = ''] = SAMPLE.exec(line) ?? [];
    const family = families.get(current);
    if (name === '' || family === undefined) throw new Error(`no sample: ${line}`);
    if (!(SUFFIXES[family.type] ?? ['']).some((suffix) => name === current + suffix))
      throw new Error(`${name} is not of ${family.type} ${current}`);
    if (seen.has(name + labelText)) throw new Error(`twice: ${line}`);
    seen.add(name + labelText);
    const labels = Object.fromEntries([...labelText.matchAll(LABEL)].map(([, key = '', text_ = '']) => [key, unescaped(text_)]));
    if (name.endsWith('_bucket') && !/^(?:\+Inf|-?\d+\.\d+|\d(?:\.\d+)?e[+-]\d+)$/.test(labels['le'] ?? ''))
      throw new Error(`bound of ${line}`);
    family.samples.push({ name, labels, value: parseNumber(value) });
  }
  return families;
}
