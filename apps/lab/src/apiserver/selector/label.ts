/** Label selectors as text, as in `?labelSelector=app=web,tier in (a,b),!legacy`. @source k8s.io/apimachinery/pkg/labels */
import { badRequest } from '../status.ts';

type Labels = { readonly [key: string]: string };
/** Decides whether a set of labels (or fields) is selected. */
export type Matches = (labels: Labels) => boolean;

const keyPattern = String.raw`(?:[A-Za-z0-9](?:[-A-Za-z0-9.]*[A-Za-z0-9])?\/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?`;
const setBased = new RegExp(`^(${keyPattern})\\s+(in|notin)\\s*\\(([^()]*)\\)$`);
const equality = new RegExp(`^(${keyPattern})\\s*(==|=|!=)\\s*([A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?$`);
const comparison = new RegExp(`^(${keyPattern})\\s*(<|>)\\s*(-?\\d+)$`);
const existence = new RegExp(`^(!?)\\s*(${keyPattern})$`);

/**
 * Parse a label selector.
 *
 * @throws {StatusError} 400 when a requirement can't be read
 */
export function parseLabelSelector(text: string): Matches {
  const requirements = splitRequirements(text).map((part) => parseRequirement(part.trim(), text));
  return (labels) => requirements.every((requirement) => requirement(labels));
}

function splitRequirements(text: string): string[] {
  if (text.trim() === '') return [];
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (character === '(') depth++;
    else if (character === ')') depth--;
    else if (character === ',' && depth === 0) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

function parseRequirement(part: string, whole: string): Matches {
  const set = setBased.exec(part);
  if (set !== null) {
    const [, key = '', operator, list = ''] = set;
    const values = new Set(list.split(',').map((value) => value.trim()));
    return operator === 'in'
      ? (labels) => labels[key] !== undefined && values.has(labels[key])
      : (labels) => labels[key] === undefined || !values.has(labels[key]);
  }
  const equal = equality.exec(part);
  if (equal !== null) {
    const [, key = '', operator, value = ''] = equal;
    return operator === '!=' ? (labels) => labels[key] !== value : (labels) => labels[key] === value;
  }
  const compared = comparison.exec(part);
  if (compared !== null) {
    const [, key = '', operator, bound = ''] = compared;
    const limit = Number(bound);
    return (labels) =>
      labels[key] !== undefined &&
      /^-?\d+$/.test(labels[key]) &&
      (operator === '<' ? Number(labels[key]) < limit : Number(labels[key]) > limit);
  }
  const exists = existence.exec(part);
  if (exists !== null) {
    const [, not, key = ''] = exists;
    return not === '!' ? (labels) => labels[key] === undefined : (labels) => labels[key] !== undefined;
  }
  throw badRequest(
    `unable to parse requirement "${part}" of label selector "${whole}": use key=value, key!=value, key in (a,b), key notin (a,b), key or !key`,
  );
}
