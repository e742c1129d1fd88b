import type { Problem } from '@kube-ovn/api';
import { problem } from './problem.ts';

/**
 * What is said of fields that can not be changed any more; undefined when none is.
 *
 * @param object `Kind name`
 * @param fields each with the value that somebody wrote
 * @source Kube-OVN: "not support change" of OvnEip, OvnFip, OvnSnatRule and OvnDnatRule once they are ready
 */
export function immutableProblem(object: string, fields: readonly string[]): Problem | undefined {
  if (fields.length === 0) return undefined;
  const [kind = ''] = object.split(' ');
  const what = 'can not be changed any more, and is put back';
  return problem('IMMUTABLE', { object, field: fields.join(', '), value: '', what, hint: `delete the ${kind} and make another` });
}
