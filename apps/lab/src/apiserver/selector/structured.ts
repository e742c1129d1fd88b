/** Label selectors as objects, as in `spec.selector`. @source meta/v1 LabelSelector */
import type { JsonValue } from '../json.ts';
import { asArray, asObject, asText } from '../json.ts';

/** Whether labels are selected. An empty selector selects everything, an absent one nothing. */
export function selectorMatches(selector: JsonValue | undefined, labels: { readonly [key: string]: string }): boolean {
  if (selector === undefined || selector === null) return false;
  const { matchLabels, matchExpressions } = asObject(selector);
  const equal = Object.entries(asObject(matchLabels)).every(([key, value]) => labels[key] === value);
  return equal && asArray(matchExpressions).every((expression) => expressionMatches(expression, labels));
}

function expressionMatches(expression: JsonValue, labels: { readonly [key: string]: string }): boolean {
  const { key, operator, values } = asObject(expression);
  const value = labels[asText(key)];
  switch (asText(operator)) {
    case 'In':
      return value !== undefined && asArray(values).includes(value);
    case 'NotIn':
      return value === undefined || !asArray(values).includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}
