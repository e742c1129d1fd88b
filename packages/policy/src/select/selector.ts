/** Selectors: canonical form, text, and whether labels match. */
import type { Labels, NamespaceScope, PodSet, Requirement, Selector } from '../model.ts';

/** Matches everything. */
export const everySelector: Selector = { requirements: [] };

/** All pods of all namespaces. */
export const allPods: PodSet = { namespaces: { kind: 'labels', selector: everySelector }, pods: everySelector };

/** A selector in canonical form: equal conditions in any order and any number make equal values. */
export function selectorOf(requirements: readonly Requirement[]): Selector {
  if (requirements.length === 0) return everySelector;
  const byText = new Map<string, Requirement>();
  for (const { key, operator, values } of requirements) {
    const canonical = { key, operator, values: [...new Set(values)].sort() };
    byText.set(requirementText(canonical), canonical);
  }
  return { requirements: [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, requirement]) => requirement) };
}

/** True when the labels meet every condition. @source Kubernetes meta/v1 LabelSelectorRequirement: NotIn holds for absent keys */
export function matchesSelector({ requirements }: Selector, labels: Labels): boolean {
  return requirements.every((requirement) => meets(requirement, labels));
}

function meets({ key, operator, values }: Requirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
}

/** Text that is equal for equal selectors and for no others. */
export function selectorText({ requirements }: Selector): string {
  return requirements.length === 0 ? '*' : requirements.map(requirementText).join(',');
}

/** Text that is equal for equal sets of pods and for no others. */
export function podSetText({ namespaces, pods }: PodSet): string {
  return `${scopeText(namespaces)}/${selectorText(pods)}`;
}

export function scopeText(scope: NamespaceScope): string {
  return scope.kind === 'name' ? word(scope.name) : `{${selectorText(scope.selector)}}`;
}

function requirementText({ key, operator, values }: Requirement): string {
  switch (operator) {
    case 'In':
      return values.length === 1 ? `${word(key)}=${word(values[0] ?? '')}` : `${word(key)} in (${values.map(word).join(',')})`;
    case 'NotIn':
      return `${word(key)} notin (${values.map(word).join(',')})`;
    case 'Exists':
      return word(key);
    case 'DoesNotExist':
      return `!${word(key)}`;
  }
}

/** What the API lets into labels stands as it is; anything else, and nothing at all, in quotes. */
function word(text: string): string {
  return /^[A-Za-z0-9][-A-Za-z0-9._/]*$/.test(text) ? text : JSON.stringify(text);
}
