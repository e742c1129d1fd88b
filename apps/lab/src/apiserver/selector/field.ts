/** Field selectors as text, as in `?fieldSelector=spec.nodeName=node1,status.phase!=Failed`. @source k8s.io/apimachinery/pkg/fields */
import { badRequest } from '../status.ts';
import type { Matches } from './label.ts';

/**
 * Parse a field selector.
 *
 * @param supported the fields that the resource can be selected by
 * @throws {StatusError} 400 for an unreadable requirement or a field that isn't supported
 */
export function parseFieldSelector(text: string, supported: ReadonlySet<string>): Matches {
  const requirements = text
    .split(',')
    .filter((part) => part.trim() !== '')
    .map((part) => parseTerm(part.trim(), supported));
  return (fields) => requirements.every((requirement) => requirement(fields));
}

function parseTerm(term: string, supported: ReadonlySet<string>): Matches {
  const parsed = /^([^=!]+?)(==|=|!=)(.*)$/.exec(term);
  if (parsed === null) throw badRequest(`invalid selector: '${term}'; can't understand '${term}'`);
  const [, field = '', operator, raw = ''] = parsed;
  if (!supported.has(field)) throw badRequest(`field label not supported: ${field}`);
  const value = raw.replace(/\\([,=\\])/g, '$1');
  return operator === '!=' ? (fields) => (fields[field] ?? '') !== value : (fields) => (fields[field] ?? '') === value;
}
