/** Writes YAML: of plain data, and of data with places for settings as a template of Helm. */
import { type Expression, isExpression, isList, type Json, type Template } from './template.ts';

const INDENT = '  ';
/** Texts that need no quotes. @source YAML 1.1, whose readers take `yes`, `1e3` and `12:30` for something else */
const PLAIN = /^[A-Za-z_/][A-Za-z0-9_./-]*$/;
const WORDS_WITH_A_MEANING = /^(?:y|n|yes|no|on|off|true|false|null)$/i;

/** One document. Without expressions it is YAML; with them a template of Helm. */
export function printYaml(template: Template | Json): string {
  return `${block(template as Template, '').join('\n')}\n`;
}

/** Lines of a map, a list, or one line of a scalar. */
function block(template: Template, indent: string): readonly string[] {
  if (isExpression(template)) return [scalar(template)];
  if (isList(template)) return template.flatMap((entry) => entryLines(entry, indent));
  if (typeof template !== 'object') return [scalar(template)];
  return Object.entries(template).flatMap(([name, field]) => (field === undefined ? [] : fieldLines(name, field, indent)));
}

function fieldLines(name: string, field: Template, indent: string): readonly string[] {
  if (isExpression(field) && field.$ === 'when') return guarded(field, fieldLines(name, field.wanted, indent));
  const key = `${indent}${scalar(name)}:`;
  if (typeof field === 'string' && field.includes('\n')) return [`${key} ${literal(field)}`, ...literalLines(field, `${indent}${INDENT}`)];
  if (!isNested(field)) return [`${key} ${scalar(field)}`];
  return [key, ...block(field, isList(field) ? indent : `${indent}${INDENT}`)];
}

function entryLines(entry: Template, indent: string): readonly string[] {
  if (isExpression(entry)) {
    if (entry.$ === 'when') return guarded(entry, entryLines(entry.wanted, indent));
    if (entry.$ === 'spread') return [`{{- range .Values.${entry.path} }}`, `${indent}- {{ toJson . }}`, '{{- end }}'];
  }
  if (typeof entry === 'string' && entry.includes('\n'))
    return [`${indent}- ${literal(entry)}`, ...literalLines(entry, `${indent}${INDENT}`)];
  if (!isNested(entry)) return [`${indent}- ${scalar(entry)}`];
  const [first = '', ...rest] = block(entry, `${indent}${INDENT}`);
  return [`${indent}- ${first.trimStart()}`, ...rest];
}

function guarded({ path }: Extract<Expression, { readonly $: 'when' }>, lines: readonly string[]): readonly string[] {
  return [`{{- if .Values.${path} }}`, ...lines, '{{- end }}'];
}

/** Whether it takes lines of its own. */
function isNested(template: Template): boolean {
  return typeof template === 'object' && template !== null && !isExpression(template) && Object.keys(template).length > 0;
}

function literal(text: string): string {
  return text.endsWith('\n') ? '|' : '|-';
}

function literalLines(text: string, indent: string): readonly string[] {
  return text
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => (line === '' ? '' : `${indent}${line}`));
}

function scalar(template: Template): string {
  if (isExpression(template)) return `{{ ${helm(template)} }}`;
  if (typeof template === 'string')
    return PLAIN.test(template) && !WORDS_WITH_A_MEANING.test(template) ? template : JSON.stringify(template);
  return JSON.stringify(template);
}

/** The same as `resolve` does, in Helm's words. */
function helm(expression: Expression): string {
  switch (expression.$) {
    case 'value':
      return `toJson .Values.${expression.path}`;
    case 'count':
      return `len .Values.${expression.path}`;
    case 'text': {
      const format = expression.parts.map((part) => part.replaceAll('%', '%%')).join('%v');
      return `printf ${JSON.stringify(format)} ${expression.paths.map((path) => printed(path)).join(' ')} | toJson`;
    }
    case 'spread':
    case 'when':
      throw new Error(`bug: ${expression.$} has no value of its own`);
  }
}

function printed(path: Extract<Expression, { readonly $: 'text' }>['paths'][number]): string {
  return path === 'central.addresses' ? `(join "," .Values.${path})` : `.Values.${path}`;
}
