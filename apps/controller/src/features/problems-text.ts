import type { Problem } from '@kube-ovn/api';

/** All problems in one line, for conditions and events. */
export function problemsText(problems: readonly Problem[]): string {
  return problems.map((problem) => problem.message).join(' | ');
}
