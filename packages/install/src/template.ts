/**
 * Objects with places for settings: plain data that is either filled in (a manifest) or printed with the places (a Helm chart).
 *
 * Both come from the same data, so that they cannot say different things.
 */
import { isNonEmpty, type SettingPath, settingAt, type Values } from './settings.ts';

/** A place for settings. */
export type Expression =
  /** The setting itself, of whatever type. */
  | { readonly $: 'value'; readonly path: SettingPath }
  /** Text with settings in it; lists are joined by commas. */
  | { readonly $: 'text'; readonly parts: readonly string[]; readonly paths: readonly SettingPath[] }
  /** How many entries a list has. */
  | { readonly $: 'count'; readonly path: SettingPath }
  /** In a list: all entries of a setting that is a list of texts. */
  | { readonly $: 'spread'; readonly path: SettingPath }
  /** In a list or as a field: there only if a setting is set. */
  | { readonly $: 'when'; readonly path: SettingPath; readonly wanted: Template };

/** JSON with places for settings. */
export type Template = string | number | boolean | Expression | readonly Template[] | { readonly [field: string]: Template | undefined };

/** JSON. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [field: string]: Json };

export function value(path: SettingPath): Expression {
  return { $: 'value', path };
}

export function count(path: SettingPath): Expression {
  return { $: 'count', path };
}

export function spread(path: SettingPath): Expression {
  return { $: 'spread', path };
}

export function when(path: SettingPath, wanted: Template): Expression {
  return { $: 'when', path, wanted };
}

/** A template literal whose places are paths of settings. */
export function text(parts: TemplateStringsArray, ...paths: readonly SettingPath[]): Expression {
  return { $: 'text', parts: [...parts], paths };
}

export function isExpression(template: Template | undefined): template is Expression {
  return typeof template === 'object' && !Array.isArray(template) && '$' in template;
}

/** Whether a condition holds, as Helm takes it: empty texts, lists and maps, zero and false do not. */
export function holds({ path }: { readonly path: SettingPath }, values: Values): boolean {
  return isNonEmpty(settingAt(values, path));
}

/** Fill in. A field or entry whose condition does not hold is left out. */
export function resolve(template: Template, values: Values): Json {
  if (isExpression(template)) return resolveExpression(template, values);
  if (isList(template)) return template.flatMap((entry) => resolveEntry(entry, values));
  if (typeof template !== 'object') return template;
  return Object.fromEntries(
    Object.entries(template).flatMap(([name, field]) => {
      if (field === undefined || (isExpression(field) && field.$ === 'when' && !holds(field, values))) return [];
      return [[name, resolve(field, values)]];
    }),
  );
}

export function isList(template: Template | Json): template is readonly Template[] {
  return Array.isArray(template);
}

function resolveEntry(entry: Template, values: Values): readonly Json[] {
  if (!isExpression(entry)) return [resolve(entry, values)];
  if (entry.$ === 'spread') return settingAt(values, entry.path) as readonly Json[];
  if (entry.$ === 'when' && !holds(entry, values)) return [];
  return [resolveExpression(entry, values)];
}

function resolveExpression(expression: Expression, values: Values): Json {
  switch (expression.$) {
    case 'value':
    case 'spread':
      return settingAt(values, expression.path);
    case 'count':
      return (settingAt(values, expression.path) as readonly Json[]).length;
    case 'text':
      return expression.parts.reduce((before, part, index) => {
        const path = expression.paths[index - 1];
        return `${before}${path === undefined ? '' : printed(settingAt(values, path))}${part}`;
      }, '');
    case 'when':
      return resolve(expression.wanted, values);
  }
}

function printed(setting: Json): string {
  return Array.isArray(setting) ? setting.join(',') : String(setting as string | number | boolean);
}
