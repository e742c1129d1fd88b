/** An answer as text. Pure. */
import type { Answer, Step } from './answer.ts';

const WORDS: Readonly<Record<Answer['reaches'], string>> = {
  all: 'reaches',
  some: 'reaches, but not by every endpoint,',
  doubtful: 'should reach, but may not,',
  none: 'does not reach',
};

/** The answer in one sentence. */
export function verdictText({ from, to, reaches }: Pick<Answer, 'from' | 'to' | 'reaches'>): string {
  return `${from} ${WORDS[reaches]} ${to}.`;
}

export function printAnswer(answer: Answer): string {
  const { culprits, steps, ways, unseen } = answer;
  return [
    verdictText(answer),
    ...culprits.flatMap(({ code, object, message, fix, isDoubt }) => [
      `  ${isDoubt === true ? 'doubt' : 'because'}: ${object} ${message} (${code})`,
      `  fix: ${fix}`,
    ]),
    '',
    ...steps.map(line),
    ...ways.flatMap((way) => [`  to ${way.to}:`, ...way.steps.map((step) => `  ${line(step)}`)]),
    ...unseen.map((reason) => `  not seen: ${reason}`),
  ].join('\n');
}

function line({ at, says, culprit }: Step): string {
  return `  ${mark(culprit)} ${at}: ${says}`;
}

function mark(culprit: Step['culprit']): string {
  if (culprit === undefined) return '✓';
  return culprit.isDoubt === true ? '?' : '✗';
}
